"""Who asks, which service, which region: read from the signature, as AWS does.

A signature names its credential and its scope: AKIA.../20260401/eu-west-1/kms/aws4_request. An access key
that IAM or STS made acts as its user or session. 12 digits act as the administrator of that account, and any
other key as the administrator of account 123456789012.

A lab with strict identities knows only keys that were made, and believes no signature that it has not
checked (`sigv4.rules`). Every lab refuses keys that are inactive or deleted and sessions that are over.
Source: IAM User Guide, "Elements of an AWS API request signature", "How IAM works: Principals".
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs

from labkit.cloud.core.cloud import DEFAULT_ACCOUNT, Cloud
from labkit.cloud.gateway import administrator, sigv2
from labkit.cloud.gateway.sigv4.claim import Claim, IncompleteSignature, is_presigned, read_claim, token_of
from labkit.cloud.gateway.sigv4.refusals import Reason, refusal
from labkit.cloud.gateway.sigv4.rules import S3_DOES_NOT_MATCH, check_claim, check_signature, read_host
from labkit.cloud.identity.credentials import (
    ACTIVE,
    Credential,
    credential_tables,
    find_credential,
    secret_of,
    token_matches,
)
from labkit.cloud.identity.principals import principal_of
from labkit.cloud.policy import principal as principals
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.protocols.s3_hosts import path_style
from labkit.cloud.state.arns import partition_of
from labkit.records import Record

# Services all of whose operations may be asked for by nobody in particular; policies decide. Of the others,
# the service model says which operations need no signature, such as AssumeRoleWithWebIdentity.
TAKES_ANONYMOUS = frozenset({"s3"})

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/,\s]+/([^/,\s]+)/([^/,\s]+)/[^/,\s]+/*$")


class Signer(Record):
    """What a request says of itself: whose access key (empty: nobody signed), and where it wants to go."""

    access_key_id: str
    region: str
    service: str


def read_signer(request: HttpRequest) -> Signer:
    """Read the credential from the Authorization header or a presigned URL, and believe nothing of it.

    Raises:
        AwsError: IncompleteSignature (400), it is not one of Signature Version 4.
    """
    header = request.headers.get("authorization", "")
    if not header:
        if is_presigned(request):
            header = "Credential=" + parse_qs(request.query).get("X-Amz-Credential", [""])[0]
        elif sigv2.is_presigned(request):
            return Signer(sigv2.access_key_id(request), read_host(request.host).region or "us-east-1", "s3")
        else:
            host = read_host(request.host)
            return Signer("", host.region or "us-east-1", host.service or _spoken_by(request))
    # What follows the first comma differs from call to call; the scope is the same all day.
    return _at_once(header.split(",", 1)[0]) or _from_claim(_claim_of(request, _spoken_by(request)))


def identify(cloud: Cloud, request: HttpRequest, signer: Signer, *, strict: bool) -> Principal:
    """The principal that a request acts as; `strict` believes only what it can verify.

    Raises:
        AwsError: there is no signature where one is needed, or it is not to be believed; worded as the
            service that is asked words it.
    """
    if not signer.access_key_id:
        return _nobody(request, signer.service)
    credential = cloud.part(credential_tables).credentials.get(signer.access_key_id)
    if signer.service == "s3" and not strict:
        check_lifetime(request, cloud.clock.wall())
    if strict:
        verify(cloud, request, signer, credential, cloud.clock.wall())
    if credential is None:
        return _administrator(signer.access_key_id, signer.region)
    if credential.Status != ACTIVE:
        raise refusal(Reason.UNKNOWN_KEY, signer.service)
    if not token_matches(cloud, credential, token_of(request)):
        raise refusal(Reason.WRONG_TOKEN, signer.service)
    if credential.Expiration is not None and credential.Expiration <= cloud.clock.now():
        raise refusal(Reason.EXPIRED_TOKEN, signer.service)
    return principal_of(cloud, credential)


def verify(
    cloud: Cloud, request: HttpRequest, signer: Signer, credential: Credential | None, now: datetime
) -> None:
    """What a strict lab asks beyond the others, in AWS's order: form, then key, then signature.

    Raises:
        AwsError: the signature is not to be believed at this moment of wall time.
    """
    if signer.service == "s3" and sigv2.is_presigned(request):
        sigv2.check_time(request, now)
        old_secret = secret_behind(cloud, signer.access_key_id)
        if old_secret is None or (credential is not None and credential.Status != ACTIVE):
            raise refusal(Reason.UNKNOWN_KEY, signer.service)
        if not sigv2.is_right(request, old_secret):
            raise refusal(Reason.MISMATCH, signer.service, S3_DOES_NOT_MATCH)
        return
    claim = _claim_of(request, signer.service)
    if _from_claim(claim) != signer:
        # Or one credential could lend its secret to another that stands beside it in the same header.
        raise refusal(Reason.INCOMPLETE, signer.service, "The request has more than one credential.")
    check_claim(claim, request, now)
    secret = secret_behind(cloud, claim.access_key_id)
    if secret is None or (credential is not None and credential.Status != ACTIVE):
        raise refusal(Reason.UNKNOWN_KEY, signer.service)
    check_signature(claim, request, secret)


def check_lifetime(request: HttpRequest, now: datetime) -> None:
    """Go on only if a presigned URL of S3's, if it is one, still works at this moment of wall time.

    A lab that checks no signatures asks for this all the same: that a URL ends is what it is made for.

    Raises:
        AwsError: AccessDenied (403), it has expired.
    """
    if sigv2.is_presigned(request):
        sigv2.check_time(request, now)
    elif is_presigned(request):
        claim = _claim_of(request, "s3")
        ends = claim.moment + timedelta(seconds=claim.expires or 0)
        if ends < now:
            raise sigv2.expired(ends, now)


def secret_behind(cloud: Cloud, access_key_id: str) -> str | None:
    """The secret access key that goes with an access key id, None if this lab has no such key."""
    credential = find_credential(cloud, access_key_id)
    if credential is not None:
        return secret_of(cloud, credential)
    administrators = access_key_id == administrator.ACCESS_KEY_ID or administrator.is_account_id(
        access_key_id
    )
    return administrator.SECRET_ACCESS_KEY if administrators else None


@lru_cache(maxsize=1024)
def _at_once(scope: str) -> Signer | None:
    found = _CREDENTIAL.search(scope)
    return Signer(*found.groups()) if found else None


def _claim_of(request: HttpRequest, service: str) -> Claim:
    try:
        return read_claim(request)
    except IncompleteSignature as fault:
        raise refusal(Reason.INCOMPLETE, service, str(fault)) from fault


def _from_claim(claim: Claim) -> Signer:
    return Signer(claim.access_key_id, claim.scope.region, claim.scope.service)


@lru_cache(maxsize=1024)
def _administrator(access_key_id: str, region: str) -> Principal:
    account = access_key_id if administrator.is_account_id(access_key_id) else DEFAULT_ACCOUNT
    return principals.administrator(account, access_key_id, partition_of(region))


def _nobody(request: HttpRequest, service: str) -> Principal:
    if service in TAKES_ANONYMOUS:
        return principals.anonymous()
    try:
        operation = contract(service).route(request)
    except AwsError as fault:
        raise missing_token(request) from fault
    if operation.model.auth_type != "none":
        raise missing_token(request)
    return principals.anonymous()


def _spoken_by(request: HttpRequest) -> str:
    """A service that speaks the protocol of a request whose signature does not say which one is meant.

    Only S3 has paths that begin with a name of its users' choice; unsigned, they are a browser's or curl's.
    """
    if "x-amz-target" in request.headers:
        return "kms"
    return "s3" if path_style(request).path != "/" else "sts"


def missing_token(request: HttpRequest) -> AwsError:
    """AWS's answer to a request without a signature; its code depends on the protocol."""
    json = "x-amz-target" in request.headers
    code = "MissingAuthenticationTokenException" if json else "MissingAuthenticationToken"
    text = "Missing Authentication Token" if json else "Request is missing Authentication Token"
    return aws_error(code, 400 if json else 403, text)
