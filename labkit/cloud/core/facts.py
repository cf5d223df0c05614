"""The global condition keys, aws:...: what is known of any request, whichever service it is for.

A key that AWS documents as absent is absent here, too: aws:username for a role, aws:MultiFactorAuthPresent
for a long-term access key. Facts about a session come with its principal.
Source: IAM User Guide, "AWS global condition context keys", "IAM policy elements: Variables and tags"
("Principal key values").
"""

from collections.abc import Iterator, Mapping, Sequence

from labkit.cloud.core.call import Call
from labkit.cloud.policy.principal import (
    ANONYMOUS,
    ASSUMED_ROLE,
    FEDERATED_USER,
    ROOT,
    SERVICE,
    USER,
    Principal,
)
from labkit.cloud.policy.question import Value, owner_of

PRINCIPAL_TYPES = {
    ROOT: "Account",
    USER: "User",
    ASSUMED_ROLE: "AssumedRole",
    FEDERATED_USER: "FederatedUser",
    SERVICE: "Service",
    ANONYMOUS: "Anonymous",
}
BOOLEANS = frozenset({"aws:MultiFactorAuthPresent"})
NUMBERS = frozenset({"aws:MultiFactorAuthAge"})


def global_facts(call: Call, principal: Principal, resource: str, owner: str = "") -> dict[str, Value]:
    """The condition keys of a request for `resource` (an ARN, or "*"), which is in account `owner` if its
    ARN doesn't tell. Times are in UTC; aws:EpochTime is in seconds since 1970."""
    return dict(
        [
            *_of_request(call),
            *_of_principal(principal),
            *_of_resource(resource, owner),
            *_of_way(call, principal),
        ]
    )


def facts_of_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, Value]:
    """The condition keys of the tags that come with a request, as `Key` and `Value`; none for no tags."""
    told: dict[str, Value] = {f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in tags}
    return told | ({"aws:TagKeys": tuple(tag["Key"] for tag in tags)} if tags else {})


def _of_request(call: Call) -> Iterator[tuple[str, Value]]:
    request = call.request
    yield "aws:CurrentTime", call.time
    yield "aws:EpochTime", int(call.time.timestamp())
    yield "aws:SecureTransport", request.scheme == "https"
    yield "aws:RequestedRegion", call.region
    for key, header in (("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")):
        if header in request.headers:
            yield key, request.headers[header]


def _of_principal(principal: Principal) -> Iterator[tuple[str, Value]]:
    yield "aws:PrincipalType", PRINCIPAL_TYPES[principal.kind]
    yield "aws:PrincipalIsAWSService", principal.kind == SERVICE
    if principal.kind == SERVICE:
        yield "aws:PrincipalServiceName", principal.name
        yield "aws:PrincipalServiceNamesList", (principal.name,)
        yield from principal.facts
        return
    if principal.kind == ANONYMOUS:
        yield "aws:userid", "anonymous"
        return
    # Of a role's session, the role is the principal; its ARN has the path that a session's lacks.
    role = principal.issuer if principal.kind == ASSUMED_ROLE else ""
    yield "aws:PrincipalArn", role or principal.arn
    yield "aws:PrincipalAccount", principal.account
    yield "aws:userid", principal.user_id
    if principal.kind == USER:
        yield "aws:username", principal.name
    for name, value in principal.tags:
        yield f"aws:PrincipalTag/{name}", value
    for key, value in principal.facts:
        yield key, _typed(key, value)


def _of_resource(resource: str, owner: str) -> Iterator[tuple[str, Value]]:
    account = owner_of(resource, owner)
    if account:
        yield "aws:ResourceAccount", account


def _of_way(call: Call, principal: Principal) -> Iterator[tuple[str, Value]]:
    """Which services a call came through. One that a service makes tells no address of the caller's."""
    on_behalf = bool(call.via) and principal.kind != SERVICE
    yield "aws:ViaAWSService", on_behalf
    if on_behalf:
        yield "aws:CalledVia", call.via
        yield "aws:CalledViaFirst", call.via[0]
        yield "aws:CalledViaLast", call.via[-1]
    elif principal.kind != SERVICE:
        yield "aws:SourceIp", call.request.source_ip


def _typed(key: str, value: str) -> Value:
    if key in BOOLEANS:
        return value.lower() == "true"
    return int(value) if key in NUMBERS else value
