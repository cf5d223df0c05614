"""Presigned URLs of S3's in the old way, Signature Version 2, which boto3 makes unless it is told otherwise.

    https://bucket.s3.amazonaws.com/key?AWSAccessKeyId=AKIA...&Signature=...&Expires=1790000000

The signature is an HMAC-SHA1 of the method, the moment at which it ends, and the path. It covers no host, no
region and no day, and the secret itself is its key: reasons for Version 4.
Source: Amazon S3 User Guide, "Signing and authenticating REST requests" (Version 2), "Query string request
authentication alternative".
"""

import base64
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.protocols.s3_hosts import path_style

# Query items that say what is asked for, and so are signed; all others can be changed.
SIGNED_QUERY = frozenset(
    [
        "accelerate",
        "acl",
        "cors",
        "defaultObjectAcl",
        "location",
        "logging",
        "partNumber",
        "policy",
        "requestPayment",
        "torrent",
        "versioning",
        "versionId",
        "versions",
        "website",
        "uploads",
        "uploadId",
        "response-content-type",
        "response-content-language",
        "response-expires",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "delete",
        "lifecycle",
        "tagging",
        "restore",
        "storageClass",
        "notification",
        "replication",
        "analytics",
        "metrics",
        "inventory",
        "select",
        "select-type",
        "object-lock",
    ]
)


def is_presigned(request: HttpRequest) -> bool:
    """Whether the query carries a signature of Version 2."""
    return "AWSAccessKeyId=" in request.query and "Signature=" in request.query


def access_key_id(request: HttpRequest) -> str:
    """Whose access key it names."""
    return _query(request).get("AWSAccessKeyId", "")


def check_time(request: HttpRequest, now: datetime) -> None:
    """Go on only if the URL still works at this moment of wall time. AccessDenied (403)."""
    expires = _query(request).get("Expires", "")
    if not expires.isascii() or not expires.isdecimal() or len(expires) > 11:
        raise aws_error(
            "AccessDenied",
            403,
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
        )
    ends = datetime.fromtimestamp(int(expires), UTC)
    if ends < now:
        raise expired(ends, now)


def expired(ends: datetime, now: datetime) -> AwsError:
    """S3's answer to a presigned URL, of either version, that has had its time."""
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    return aws_error(
        "AccessDenied", 403, "Request has expired", Expires=f"{ends:{stamp}}", ServerTime=f"{now:{stamp}}"
    )


def is_right(request: HttpRequest, secret: str) -> bool:
    """Whether the signature is the one that this secret makes."""
    made = hmac.digest(secret.encode(), string_to_sign(request).encode(), "sha1")
    return hmac.compare_digest(base64.b64encode(made), _query(request).get("Signature", "").encode())


def string_to_sign(request: HttpRequest) -> str:
    """What was signed. Headers may have become items of the query."""
    query = _query(request)
    said = {name.lower(): value for name, value in query.items()} | dict(request.headers)
    amazon = sorted((name, value.strip()) for name, value in said.items() if name.startswith("x-amz-"))
    signed = sorted((name, value) for name, value in query.items() if name in SIGNED_QUERY)
    items = "&".join(f"{name}={value}" if value else name for name, value in signed)
    lines = [
        request.method,
        said.get("content-md5", ""),
        said.get("content-type", ""),
        query.get("Expires", ""),
    ]
    lines += [f"{name}:{value}" for name, value in amazon]
    return "\n".join([*lines, path_style(request).path + (f"?{items}" if items else "")])


def _query(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True))
