"""The rules that real clients seldom break, and the words of each protocol for breaking one."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from labkit.cloud.gateway.sigv4.claim import IncompleteSignature, read_claim, token_of
from labkit.cloud.gateway.sigv4.refusals import Reason, refusal
from labkit.cloud.gateway.sigv4.rules import check_claim, read_host
from labkit.cloud.protocols import AwsError
from labkit.cloud.protocols.messages import HttpRequest

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
SCOPE = "20260401/us-east-1/kms/aws4_request"


def header(
    credential: str = f"AKID/{SCOPE}",
    *,
    headers: str = "host",
    date: str = "20260401T120000Z",
    algorithm: str = "AWS4-HMAC-SHA256",
) -> HttpRequest:
    authorization = f"{algorithm} Credential={credential}, SignedHeaders={headers}, Signature=00"
    sent = {"authorization": authorization, "x-amz-date": date}
    return HttpRequest("POST", "https", "kms.us-east-1.amazonaws.com", "/", "", sent)


def presigned(service: str, expires: str, at: datetime = NOW) -> HttpRequest:
    credential = f"AKID%2F{at:%Y%m%d}%2Fus-east-1%2F{service}%2Faws4_request"
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={at:%Y%m%dT%H%M%SZ}"
        f"&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
    )
    return HttpRequest("GET", "https", f"{service}.us-east-1.amazonaws.com", "/", query)


def checked(request: HttpRequest, now: datetime = NOW) -> None:
    check_claim(read_claim(request), request, now)


def test_a_claim_that_breaks_no_rule_is_fine() -> None:
    checked(header())
    checked(presigned("s3", "604800"), NOW + timedelta(days=7))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            header(headers="x-amz-date"),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            header("AKID/20260331/us-east-1/kms/aws5_request"),
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. "
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'20260331' != '20260401', from '20260401T120000Z'. ",
        ),
        (
            header("AKID/20260401/eu-west-1/sts/aws4_request"),
            "Credential should be scoped to a valid region. "
            "Credential should be scoped to correct service: 'kms'. ",
        ),
    ],
)
def test_a_broken_rule_is_named_as_aws_names_it(request_: HttpRequest, message: str) -> None:
    with pytest.raises(AwsError) as caught:
        checked(request_)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            header("AKID/20260401/us-east-1/kms"),
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            "got 'AKID/20260401/us-east-1/kms'",
        ),
        (
            header(date="yesterday"),
            "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601",
        ),
        (
            header(algorithm="AWS4-HMAC-SHA25"),
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ",
        ),
        (
            HttpRequest("GET", "https", "h", "/", "", {"authorization": "Basic dXNlcjpwYXNz"}),
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and "
            f"encoded with Base64): '{b64encode(sha256(b'dXNlcjpwYXNz').digest()).decode()}'.",
        ),
        (presigned("s3", "soon"), "X-Amz-Expires should be a number"),
    ],
)
def test_a_signature_that_cannot_be_read_says_why(request_: HttpRequest, message: str) -> None:
    with pytest.raises(IncompleteSignature) as caught:
        read_claim(request_)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("-1", "X-Amz-Expires must be non-negative"),
        (
            "604801",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
            "less than 604800 seconds",
        ),
    ],
)
def test_a_url_lives_for_a_week_at_most(expires: str, message: str) -> None:
    with pytest.raises(AwsError) as caught:
        checked(presigned("s3", expires))
    assert caught.value.message == message


def test_a_url_lives_as_long_as_it_says_and_no_longer() -> None:
    checked(presigned("kms", "90"), NOW + timedelta(seconds=90))
    with pytest.raises(AwsError) as caught:
        checked(presigned("kms", "90"), NOW + timedelta(seconds=91))
    assert caught.value.message == (
        "Signature expired: 20260401T120000Z is now earlier than 20260401T120001Z "
        "(20260401T120131Z - 90 sec.)"
    )


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("kms.eu-west-1.amazonaws.com", "kms", "eu-west-1"),
        ("kms-fips.us-gov-west-1.amazonaws.com", "kms", "us-gov-west-1"),
        ("kms.cn-north-1.amazonaws.com.cn:443", "kms", "cn-north-1"),
        ("kms.eu-west-1.api.aws", "kms", "eu-west-1"),
        ("my.bucket.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
        ("sts.amazonaws.com", "sts", "us-east-1"),
        ("iam.us-gov.amazonaws.com", "", ""),
        ("vpce-1.kms.eu-west-1.vpce.amazonaws.com", "", ""),
        ("127.0.0.1:5599", "", ""),
        ("kms.example.com", "", ""),
    ],
)
def test_a_host_of_aws_names_service_and_region(host: str, service: str, region: str) -> None:
    assert read_host(host) == (service, region)


def test_a_session_token_comes_in_a_header_or_in_the_query() -> None:
    assert token_of(HttpRequest("GET", "https", "h", "/", "", {"x-amz-security-token": "a+b"})) == "a+b"
    assert token_of(HttpRequest("GET", "https", "h", "/", "X-Amz-Security-Token=a%2Bb%3D")) == "a+b="
    assert token_of(HttpRequest("GET", "https", "h", "/")) == ""


@pytest.mark.parametrize(
    ("service", "answers"),
    [
        (
            "kms",
            {
                Reason.MISMATCH: ("InvalidSignatureException", 400),
                Reason.UNKNOWN_KEY: ("UnrecognizedClientException", 400),
                Reason.EXPIRED_TOKEN: ("ExpiredTokenException", 400),
            },
        ),
        ("lambda", {Reason.UNKNOWN_KEY: ("UnrecognizedClientException", 403)}),
        (
            "iam",
            {
                Reason.UNKNOWN_KEY: ("InvalidClientTokenId", 403),
                Reason.INCOMPLETE: ("IncompleteSignature", 400),
            },
        ),
        ("ec2", {Reason.UNKNOWN_KEY: ("AuthFailure", 401)}),
        (
            "s3",
            {Reason.UNKNOWN_KEY: ("InvalidAccessKeyId", 403), Reason.UNTIMELY: ("RequestTimeTooSkewed", 403)},
        ),
    ],
)
def test_each_protocol_has_its_own_words(service: str, answers: dict[Reason, Any]) -> None:
    for reason, expected in answers.items():
        error = refusal(reason, service)
        assert (error.code, error.status) == expected
