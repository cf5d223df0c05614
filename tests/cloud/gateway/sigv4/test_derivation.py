"""The four steps, against AWS's own test suite and against botocore's signer."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.gateway.sigv4 import derivation
from labkit.cloud.gateway.sigv4.claim import read_claim
from labkit.cloud.gateway.sigv4.rules import check_signature, retrace
from labkit.cloud.protocols.messages import HttpRequest
from labkit.records import replace
from tests.vectors.botocore_sdist import signature_vectors

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CASES = 34


def request_of(case: Path) -> HttpRequest:
    """The request of a case as a server gets it, signed."""
    text = expected(case, ".sreq")
    head, _, body = text.partition("\n\n")
    first, *lines = head.replace("\n ", " ").split("\n")
    method, target = first.removesuffix(" HTTP/1.1").split(" ", 1)
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known},{value}"
    headers["authorization"] = expected(case, ".authz")  # one case has another under .sreq, by mistake
    path, _, query = target.partition("?")
    return HttpRequest(method, "https", headers["host"], path, query, headers, body.encode())


def expected(case: Path, suffix: str) -> str:
    return case.with_suffix(suffix).read_text(encoding="utf-8")


def test_aws_s_own_test_suite_passes_step_by_step() -> None:
    cases = sorted(signature_vectors().rglob("*.req"))
    assert len(cases) == CASES
    for case in cases:
        request = request_of(case)
        claim = read_claim(request)
        retraced = retrace(claim, request)
        assert retraced.canonical_request == expected(case, ".creq"), case.name
        assert retraced.string_to_sign == expected(case, ".sts"), case.name
        check_signature(claim, request, SECRET)


def as_received(signed: Any) -> HttpRequest:
    """What botocore signed, as it comes in through a door."""
    sent = signed.prepare()
    parts = urlsplit(sent.url)
    headers = {name.lower(): str(value) for name, value in sent.headers.items()}
    body = sent.body if isinstance(sent.body, bytes) else (sent.body or "").encode()
    return HttpRequest(sent.method, parts.scheme, parts.netloc, parts.path or "/", parts.query, headers, body)


text = st.text(st.characters(codec="utf-8", exclude_characters="/"), max_size=12)
segment = text.map(lambda one: quote(one, safe="~"))
pairs = st.lists(st.tuples(text, text), max_size=4).map(
    lambda them: "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in them if name)
)
value = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
headers = st.dictionaries(
    st.from_regex(r"x-amz-meta-[a-z]{1,8}", fullmatch=True),
    st.lists(value, max_size=3).map("  ".join),
    max_size=3,
)
credentials = st.builds(
    Credentials, st.just("AKIDEXAMPLE"), value, st.one_of(st.none(), value.filter(lambda one: "," not in one))
)


@pytest.mark.parametrize(
    ("signer", "service"),
    [(SigV4Auth, "kms"), (SigV4QueryAuth, "sts"), (S3SigV4Auth, "s3"), (S3SigV4QueryAuth, "s3")],
)
@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    path=st.lists(segment, max_size=4).map(lambda them: "/" + "/".join(them)),
    query=pairs,
    extra=headers,
    body=st.binary(max_size=64),
    credentials=credentials,
)
def test_what_botocore_signs_is_believed_and_nothing_else(
    signer: Any,
    service: str,
    method: str,
    path: str,
    query: str,
    extra: dict[str, str],
    body: bytes,
    credentials: Credentials,
) -> None:
    url = f"https://{service}.eu-west-1.amazonaws.com{path}{'?' if query else ''}{query}"
    # The signer of URLs takes a body for the fields of a form.
    unsigned = AWSRequest(method, url, dict(extra), b"" if issubclass(signer, SigV4QueryAuth) else body)
    signer(credentials, service, "eu-west-1").add_auth(unsigned)
    request = as_received(unsigned)
    claim = read_claim(request)
    assert (claim.access_key_id, claim.scope.region, claim.scope.service) == (
        "AKIDEXAMPLE",
        "eu-west-1",
        service,
    )
    assert claim.token == (credentials.token or "")
    check_signature(claim, request, credentials.secret_key)
    for tampered in (
        replace(request, method="DELETE"),
        replace(request, path=request.path + "/x"),
        replace(request, query=request.query + "&x=1"),
    ):
        with pytest.raises(Exception, match="does not match"):
            check_signature(claim, tampered, credentials.secret_key)
    with pytest.raises(Exception, match="does not match"):
        check_signature(claim, request, credentials.secret_key + "x")


def test_a_path_is_encoded_twice_but_for_s3() -> None:
    assert derivation.canonical_path("/a%20b/../c%2Fd/", "kms") == "/c%252Fd/"
    assert derivation.canonical_path("/a%20b/../c~%7e//", "s3") == "/a%20b/../c~~//"
    assert derivation.canonical_path("", "s3") == "/"


def test_a_query_is_sorted_by_its_encoded_names_and_leaves_the_signature_out() -> None:
    query = "b=2&a=%7e+x&X-Amz-Signature=00&A=&b=1&c"
    assert derivation.canonical_query(query) == "A=&a=~%20x&b=1&b=2&c="


def test_a_signing_key_is_good_for_one_scope_only() -> None:
    scope = derivation.Scope("20150830", "us-east-1", "iam")
    key = derivation.signing_key(SECRET, scope)
    assert key != derivation.signing_key(SECRET, scope._replace(date="20150831"))
    assert key != derivation.signing_key(SECRET, scope._replace(region="us-east-2"))
    assert key != derivation.signing_key(SECRET, scope._replace(service="sts"))
    # The example of the IAM User Guide, "Create a signed AWS API request".
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_only_s3_is_told_what_its_body_hashes_to() -> None:
    declared = HttpRequest("PUT", "https", "h", "/", "", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, b"x")
    assert derivation.payload_hash(declared, "s3", presigned=False) == "UNSIGNED-PAYLOAD"
    assert derivation.payload_hash(declared, "kms", presigned=False).startswith("2d711642")
    assert derivation.payload_hash(replace(declared, headers={}), "s3", presigned=True) == "UNSIGNED-PAYLOAD"


def test_a_body_that_is_not_what_s3_was_told_is_refused() -> None:
    unsigned = AWSRequest("PUT", "https://b.s3.eu-west-1.amazonaws.com/k", {}, b"told")
    S3SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "s3", "eu-west-1").add_auth(unsigned)
    request = as_received(unsigned)
    check_signature(read_claim(request), request, SECRET)
    with pytest.raises(Exception, match="does not match what was computed") as caught:
        check_signature(read_claim(request), replace(request, body=b"other"), SECRET)
    assert caught.value.code == "XAmzContentSHA256Mismatch"  # type: ignore[attr-defined]


def test_a_moment_is_read_from_either_header() -> None:
    authorization = (
        "AWS4-HMAC-SHA256 Credential=A/20260401/us-east-1/kms/aws4_request,SignedHeaders=host,Signature=00"
    )
    moment = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
    for name, date in (("x-amz-date", "20260401T120000Z"), ("date", "Wed, 01 Apr 2026 12:00:00 GMT")):
        request = HttpRequest("POST", "https", "h", "/", "", {"authorization": authorization, name: date})
        assert read_claim(request).moment == moment
        assert read_claim(request).stamp == "20260401T120000Z"
