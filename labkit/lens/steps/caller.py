"""Step 2: who asked. The signature names an access key, a day, a region and a service; the rest follows."""

from labkit.cloud.core.call import Call
from labkit.cloud.gateway.sigv4.claim import IncompleteSignature, is_presigned, read_claim
from labkit.cloud.policy.principal import ANONYMOUS
from labkit.lens.steps.step import Row, Step

_EXPLANATION = (
    "Nothing in the body says who is calling. The credential in the signature does: an access key, then its "
    "scope, which is the day, the region and the service that this signature is good for."
)
_CHECKED = (
    "verified: repeating the derivation with this access key's secret gave the same digits, and the date and "
    "the scope are right"
)
_NOT_CHECKED = (
    'not verified: this lab takes any secret for any access key, and only Lab(identities="strict") checks. '
    "On AWS, a signature made with a wrong secret ends the call here"
)
_KEY_CHECKED = "verified: the access key exists and is active; a session's token fits, and is in time"


def step(call: Call) -> Step:
    """What the gateway read off the credential, what of it was verified, and what was taken on trust."""
    principal = call.principal
    if principal is None:
        refused = () if call.error is None else (Row("refused", call.error.message, "deny"),)
        gist = "nobody could tell" if call.error is None else f"refused: {call.error.code}"
        return Step(2, "Who asked", _EXPLANATION, (*_claimed(call), *refused), gist)
    rows = [
        *_claimed(call),
        Row("principal", principal.arn, "code"),
        Row("kind", principal.kind),
        Row("account", principal.account),
        Row("region", call.region),
        Row("service", call.service),
        *_trust(call),
    ]
    where = f"account {principal.account}, {call.region}" if principal.account else call.region
    return Step(2, "Who asked", _EXPLANATION, tuple(rows), f"{principal.name}, {where}")


def _claimed(call: Call) -> list[Row]:
    """What the signature says of itself, as far as it can be read."""
    try:
        claim = read_claim(call.request)
    except IncompleteSignature:
        # A lab that checks nothing answers such calls, too; what it read is the principal's access key.
        known = call.principal.access_key_id if call.principal else ""
        return [Row("access key", known, "code")] if known else []
    where = "in the query: a presigned URL" if claim.presigned else "in the Authorization header"
    return [
        Row("signature", where),
        Row("access key", claim.access_key_id, "code"),
        Row(
            "credential scope",
            f"{claim.scope.date}/{claim.scope.region}/{claim.scope.service}/{claim.terminator}",
            "code",
        ),
        Row("signed at", claim.stamp, "code"),
        Row("signed headers", ";".join(claim.signed_headers), "code"),
    ]


def _trust(call: Call) -> list[Row]:
    """What was verified, and what was not."""
    principal = call.principal
    assert principal is not None
    if principal.kind == ANONYMOUS:
        return [Row("check", "nothing to verify: nobody signed this")]
    if call.via or not (call.request.headers.get("authorization") or is_presigned(call.request)):
        return [Row("check", "nothing to verify: a service asked on somebody's behalf, inside AWS")]
    check = Row("check", _CHECKED if call.signature_checked else _NOT_CHECKED)
    # An administrator may have come in by any key at all; everybody else by one that was made.
    return [check] if principal.administrator else [check, Row("access key and session", _KEY_CHECKED)]
