"""How KMS signs what it asks an external key store proxy: Signature Version 4, for service "kms-xks-proxy".

The secret is one that the proxy's owner gave to KMS; no AWS credential has a part in it.
Source: AWS KMS External Key Store Proxy API Specification, "Using SigV4 to sign XKS proxy requests".
"""

import hmac
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from labkit.cloud.protocols.messages import HttpRequest
from labkit.records import replace

ALGORITHM, SERVICE = "AWS4-HMAC-SHA256", "kms-xks-proxy"
SIGNED_HEADERS = "host;x-amz-date"
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[A-Z2-7]+)/(?P<day>\d{{8}})/(?P<region>[a-z0-9-]+)/{SERVICE}/"
    r"aws4_request, "
    rf"SignedHeaders={SIGNED_HEADERS}, Signature=(?P<signature>[0-9a-f]{{64}})"
)


class Claim(NamedTuple):
    """What a request's headers say: who signed, when, for which region, and the signature."""

    access_key_id: str
    time: datetime
    region: str
    signature: str


def signed(request: HttpRequest, access_key_id: str, secret: str, region: str, now: datetime) -> HttpRequest:
    """The request with the headers that sign it: Host, X-Amz-Date and Authorization."""
    dated = replace(
        request, headers={**request.headers, "host": request.host, "x-amz-date": f"{now:{TIME_FORMAT}}"}
    )
    signature = signature_of(dated, secret, now, region)
    authorization = (
        f"{ALGORITHM} Credential={access_key_id}/{now:%Y%m%d}/{region}/{SERVICE}/aws4_request, "
        f"SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
    )
    return replace(dated, headers={**dated.headers, "authorization": authorization})


def claim_of(request: HttpRequest) -> Claim | None:
    """What the request's signature claims; None if there is none of this form."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    try:
        time = datetime.strptime(request.headers.get("x-amz-date", ""), TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    if not found or found["day"] != f"{time:%Y%m%d}":
        return None
    return Claim(found["key"], time, found["region"], found["signature"])


def signature_of(request: HttpRequest, secret: str, time: datetime, region: str) -> str:
    """The signature that this request must have, in hex."""
    day = f"{time:%Y%m%d}"
    canonical = "\n".join(
        (
            request.method,
            request.path,
            request.query,
            f"host:{request.headers['host']}",
            f"x-amz-date:{request.headers['x-amz-date']}",
            "",
            SIGNED_HEADERS,
            sha256(request.body).hexdigest(),
        )
    )
    scope = f"{day}/{region}/{SERVICE}/aws4_request"
    to_sign = "\n".join(
        (ALGORITHM, request.headers["x-amz-date"], scope, sha256(canonical.encode()).hexdigest())
    )
    key = f"AWS4{secret}".encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()
