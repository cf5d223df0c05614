"""What must hold before a signature is believed, in the order in which AWS asks.

- The signature stands in one place: in the Authorization header or in the query.
- It was made within 5 minutes of now, by the wall clock (15 for STS, IAM and S3). A presigned URL lives for
  its X-Amz-Expires, at most 7 days; STS does not read that, its URLs live for 15 minutes.
- It covers the Host header.
- Its scope names the region and the service that the host names, and the day on which it was made.
- Repeating the derivation with the caller's secret gives the same 64 digits.
- Where S3 took the client's word for the body's hash, that is the body's hash; where a body was signed chunk
  by chunk, each chunk's signature is right.

Who stands between caller and service may still read everything, and send it once more within those minutes:
a signature is neither encryption nor a ticket for one ride.
Source: IAM User Guide, "Troubleshoot signed requests for AWS APIs"; Amazon S3 API Reference,
"Authenticating Requests: Using Query Parameters". The sentences are AWS's.
"""

import hmac
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from labkit.cloud.gateway.sigv4 import derivation
from labkit.cloud.gateway.sigv4.chunks import SIGNED_CHUNKS, TRAILED, first_wrong_piece
from labkit.cloud.gateway.sigv4.claim import MOMENT, Claim
from labkit.cloud.gateway.sigv4.refusals import Reason, refusal
from labkit.cloud.protocols import contract, known_services
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest

SKEW = timedelta(minutes=5)
WIDER_SKEW = timedelta(minutes=15)
WIDER = frozenset({"sts", "iam"}) | derivation.S3_FAMILY
LONGEST = timedelta(days=7)
# Their answers leave out how the signature should have been derived.
TERSE = frozenset({"sts", "iam"}) | derivation.S3_FAMILY

_DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
S3_DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and "
    "signing method."
)
_HASH = re.compile(r"[0-9a-f]{64}")
_AWS_HOST = re.compile(
    r"(?:^|\.)(?P<service>[a-z0-9-]+?)(?:-fips)?(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+))?"
    r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws)(?::\d+)?$"
)


class Host(NamedTuple):
    """What an endpoint's name says: the service, and the region; empty where it says nothing."""

    service: str
    region: str


class Retraced(NamedTuple):
    """The derivation as far as it goes without a secret."""

    canonical_request: str
    string_to_sign: str


@lru_cache(maxsize=256)
def read_host(host: str) -> Host:
    """The service and region that a host of AWS's names; a lab's own address names neither."""
    found = _AWS_HOST.search(host.lower())
    if not found or found["service"] not in known_services():
        return Host("", "")
    return Host(found["service"], found["region"] or "us-east-1")


def check_claim(claim: Claim, request: HttpRequest, now: datetime) -> None:
    """The rules that need no secret; `now` is wall time.

    Raises:
        AwsError: a rule is broken, in the words of the service that the signature is for.
    """
    service = claim.scope.service
    if claim.presigned and "authorization" in request.headers:
        text = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        raise refusal(Reason.MISMATCH, service, text)
    _check_time(claim, service, now)
    if "host" not in claim.signed_headers:
        text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        raise refusal(Reason.MISMATCH, service, text)
    if wrong := _wrong_in_scope(claim, read_host(request.host)):
        raise refusal(Reason.MISMATCH, service, wrong)


def retrace(claim: Claim, request: HttpRequest) -> Retraced:
    """Derive what was to be signed, from the request as it arrived."""
    service = claim.scope.service
    body = derivation.payload_hash(request, service, presigned=claim.presigned)
    canonical = derivation.canonical_request(request, claim.signed_headers, body, service)
    return Retraced(canonical, derivation.string_to_sign(claim.stamp, claim.scope, canonical))


def without_token(text: str, claim: Claim) -> str:
    """`text` with the claim's session token cut short, also where it stands percent-encoded."""
    if not claim.token:
        return text
    for form in (claim.token, quote(claim.token, safe="")):
        text = text.replace(form, f"{claim.token[:8]}...")
    return text


def check_signature(claim: Claim, request: HttpRequest, secret: str) -> None:
    """The rules that need the caller's secret access key.

    Raises:
        AwsError: the signature is another, or S3 was told a wrong hash of the body.
    """
    retraced = retrace(claim, request)
    key = derivation.signing_key(secret, claim.scope)
    right = derivation.signature(key, retraced.string_to_sign)
    # In constant time, or an answer's delay would tell a forger how many digits are right already.
    if not hmac.compare_digest(right.encode(), claim.signature.encode()):
        raise _does_not_match(claim, retraced)
    told = retraced.canonical_request.rpartition("\n")[2]
    if told.startswith(SIGNED_CHUNKS):
        trailed = told.endswith(TRAILED)
        if first_wrong_piece(claim, request.content(), key, trailed=trailed):
            raise _does_not_match(claim, retraced)
    if _HASH.fullmatch(told) and told != (found := request.content().sha256()):
        raise aws_error(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ClientComputedContentSHA256=told,
            S3ComputedContentSHA256=found,
        )


def _check_time(claim: Claim, service: str, now: datetime) -> None:
    skew = WIDER_SKEW if service in WIDER else SKEW
    lifetime = skew
    if claim.expires is not None and service != "sts":
        lifetime = timedelta(seconds=claim.expires)
        if lifetime < timedelta():
            raise refusal(Reason.INCOMPLETE, service, "X-Amz-Expires must be non-negative")
        if lifetime > LONGEST:
            week = int(LONGEST.total_seconds())
            raise refusal(
                Reason.INCOMPLETE,
                service,
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must "
                f"be less than {week} seconds",
            )
    if claim.moment < now - lifetime:
        text = f"{_stamp(now - lifetime)} ({_stamp(now)} - {_spelt(lifetime)})"
        raise refusal(
            Reason.UNTIMELY, service, f"Signature expired: {claim.stamp} is now earlier than {text}"
        )
    if claim.moment > now + skew:
        text = f"{_stamp(now + skew)} ({_stamp(now)} + {_spelt(skew)})"
        raise refusal(
            Reason.UNTIMELY, service, f"Signature not yet current: {claim.stamp} is still later than {text}"
        )


def _wrong_in_scope(claim: Claim, host: Host) -> str:
    """AWS's sentences on all that is wrong with a scope; each ends with a space, as on AWS."""
    scope, wrong = claim.scope, ""
    if host.service and host.region != scope.region and host.service != "s3":
        wrong += "Credential should be scoped to a valid region. "
    if host.service and contract(host.service).model.signing_name != scope.service:
        wrong += f"Credential should be scoped to correct service: '{host.service}'. "
    if claim.terminator != derivation.TERMINATOR:
        wrong += (
            f"Credential should be scoped with a valid terminator: '{derivation.TERMINATOR}', "
            f"not '{claim.terminator}'. "
        )
    if not claim.stamp.startswith(scope.date) or len(scope.date) != 8:
        wrong += (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{scope.date}' != '{claim.stamp[:8]}', from '{claim.stamp}'. "
        )
    return wrong


def _does_not_match(claim: Claim, retraced: Retraced) -> AwsError:
    service = claim.scope.service
    if service in TERSE:
        text = S3_DOES_NOT_MATCH if service in derivation.S3_FAMILY else _DOES_NOT_MATCH
        return refusal(Reason.MISMATCH, service, text)
    # An error ends up in logs, where a session token has no business, even one that its sender knows.
    canonical = without_token(retraced.canonical_request, claim)
    return refusal(
        Reason.MISMATCH,
        service,
        f"{_DOES_NOT_MATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
        f"The String-to-Sign should have been\n'{retraced.string_to_sign}'\n",
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime(MOMENT)


def _spelt(duration: timedelta) -> str:
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes * 60 + seconds} sec." if seconds else f"{minutes} min."
