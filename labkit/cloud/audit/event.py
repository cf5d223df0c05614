"""One line of the audit log: a call, allowed or denied, or what a service did by itself.

An event is complete when it is made. Its parameters are JSON text by then, with every secret already left
out, so nothing that happens to the call afterwards can change it.
Source: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element".
"""

from datetime import datetime
from functools import lru_cache

import msgspec

from labkit.cloud.policy.principal import ANONYMOUS, ASSUMED_ROLE, FEDERATED_USER, Principal

KMS = "kms.amazonaws.com"
API_CALL, SERVICE_EVENT = "AwsApiCall", "AwsServiceEvent"
OTHER_ACCOUNT = "AWSAccount"


class Action(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What was done: an operation and its service, such as kms.amazonaws.com."""

    EventName: str
    EventSource: str
    ReadOnly: bool
    EventType: str = API_CALL


class Identity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who it was: what an event keeps of a principal. Its policies are not part of it.

    `Type` is that of CloudTrail's userIdentity, empty for what a service did in nobody's name. `Issuer` is
    the ARN of the role or user whose session this is; `SessionStart` (ISO 8601, UTC), `Mfa` and
    `SourceIdentity` are known for temporary credentials only.
    """

    Type: str
    Account: str
    PrincipalId: str
    Arn: str = ""
    Name: str = ""
    AccessKeyId: str = ""
    Issuer: str = ""
    SessionStart: str = ""
    Mfa: bool = False
    SourceIdentity: str = ""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a call came from. `TlsHost` is the host that the client named, empty without TLS.

    `InvokedBy` is the service that made the call on the caller's behalf, such as ssm.amazonaws.com.
    """

    SourceIp: str
    UserAgent: str
    TlsHost: str = ""
    InvokedBy: str = ""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One event. `Parameters`, `Answer` and `Additional` are JSON, or empty where there is nothing to tell.

    For a service event `Parameters` are its serviceEventDetails. `Resources` are ARNs. `SharedEventId` is the
    same in two events that tell two accounts of one call.
    """

    EventId: str
    EventTime: datetime
    Action: Action
    Identity: Identity
    Origin: Origin
    RequestId: str = ""
    Resources: tuple[str, ...] = ()
    Parameters: str = ""
    Answer: str = ""
    Additional: str = ""
    ErrorCode: str = ""
    ErrorMessage: str = ""
    SharedEventId: str = ""

    @property
    def EventName(self) -> str:
        """The operation's name."""
        return self.Action.EventName


def identity_of(principal: Principal) -> Identity:
    """What an event keeps of `principal`."""
    facts = dict(principal.facts)
    return Identity(
        principal.kind,
        principal.account,
        principal.user_id,
        principal.arn,
        principal.name,
        principal.access_key_id,
        principal.issuer,
        facts.get("aws:TokenIssueTime", ""),
        facts.get("aws:MultiFactorAuthPresent") == "true",
        facts.get("aws:SourceIdentity", ""),
    )


def seen_from_outside(identity: Identity) -> Identity:
    """What another account is told of `identity`: its account and its id, and not its name."""
    if identity.Type == ANONYMOUS:
        return identity
    return Identity(OTHER_ACCOUNT, identity.Account, identity.PrincipalId)


def is_session(identity: Identity) -> bool:
    """Whether temporary credentials were used."""
    return bool(identity.SessionStart) or identity.Type in (ASSUMED_ROLE, FEDERATED_USER)


@lru_cache(maxsize=4096)
def account_of(arn: str) -> str:
    """The account that an ARN names; empty where it names none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else ""


@lru_cache(maxsize=4096)
def resource_type(arn: str) -> str:
    """CloudTrail's type of a resource, from its ARN: AWS::KMS::Key for a key, and for a key's alias too."""
    _, _, service, _, _, resource = arn.split(":", 5)
    if service == "kms":
        return "AWS::KMS::Key"
    kind = resource.split("/")[0].split(":")[0]
    return f"AWS::{service.upper()}::{''.join(word.capitalize() for word in kind.split('-'))}"
