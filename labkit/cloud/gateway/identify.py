"""Who asks, which service, which region: read from the signature, as AWS does.

A signature names its credential and its scope: AKIA.../20260401/eu-west-1/kms/aws4_request. The lab does
not check the signature itself yet; any access key acts as the account's administrator.
Source: IAM User Guide, "Elements of an AWS API request signature".
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs

from labkit.cloud.core.cloud import DEFAULT_ACCOUNT
from labkit.cloud.policy.principal import Principal, administrator
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.state.arns import partition_of

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a request's signature says: who, where, and to which service (its signing name)."""

    principal: Principal
    region: str
    service: str


def identify(request: HttpRequest) -> Identity:
    """Read the credential from the Authorization header or a presigned URL.

    Raises:
        AwsError: MissingAuthenticationToken (403), there is no signature;
            IncompleteSignature (400), it is not one of Signature Version 4.
    """
    header = request.headers.get("authorization", "")
    if not header and "X-Amz-Credential" in request.query:
        header = "Credential=" + parse_qs(request.query)["X-Amz-Credential"][0]
    if not header:
        raise missing_token(request)
    # What follows the first comma differs from call to call; the credential's scope is the same all day.
    return _read(header.split(",", 1)[0])


@lru_cache(maxsize=1024)
def _read(scope: str) -> Identity:
    found = CREDENTIAL.search(scope)
    if not found:
        raise aws_error(
            "IncompleteSignature",
            400,
            "Authorization header requires 'Credential' parameter with a full scope.",
        )
    access_key, region, service = found.groups()
    account = access_key if re.fullmatch(r"\d{12}", access_key) else DEFAULT_ACCOUNT
    return Identity(administrator(account, access_key, partition_of(region)), region, service)


def missing_token(request: HttpRequest) -> AwsError:
    """AWS's answer to a request without a signature; its code depends on the protocol."""
    json = "x-amz-target" in request.headers
    code = "MissingAuthenticationTokenException" if json else "MissingAuthenticationToken"
    text = "Missing Authentication Token" if json else "Request is missing Authentication Token"
    return aws_error(code, 400 if json else 403, text)
