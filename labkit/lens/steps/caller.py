"""Step 2: who asked. The signature names an access key, a day, a region and a service; the rest follows."""

import re

from labkit.cloud.core.call import Call
from labkit.lens.steps.step import Row, Step

_SCOPE = re.compile(r"Credential=[^/,\s]+/(\d{8}/[^/,\s]+/[^/,\s]+/aws4_request)")
_EXPLANATION = (
    "Nothing in the body says who is calling. The credential in the signature does: an access key, then its "
    "scope, which is the day, the region and the service that this signature is good for. This lab does not "
    "check the signature itself yet."
)


def step(call: Call) -> Step:
    """What the gateway read off the credential."""
    principal = call.principal
    if principal is None:
        return Step(2, "Who asked", _EXPLANATION, (), "nobody could tell")
    rows = [
        Row("access key", principal.access_key_id, "code"),
        Row("principal", principal.arn, "code"),
        Row("kind", principal.kind),
        Row("account", principal.account),
        Row("region", call.region),
        Row("service", call.service),
    ]
    scope = _SCOPE.search(call.request.headers.get("authorization", ""))
    if scope:
        rows.insert(1, Row("credential scope", scope[1], "code"))
    return Step(
        2,
        "Who asked",
        _EXPLANATION,
        tuple(rows),
        f"{principal.name}, account {principal.account}, {call.region}",
    )
