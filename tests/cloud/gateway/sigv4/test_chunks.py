"""Bodies signed in chunks: AWS's own example, and every way to tamper with it."""

import hmac
from hashlib import sha256
from typing import Any

import pytest

from labkit.cloud.gateway.sigv4.claim import read_claim
from labkit.cloud.gateway.sigv4.derivation import signing_key
from labkit.cloud.gateway.sigv4.rules import check_signature
from labkit.cloud.protocols import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from labkit.records import replace

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

# The example of the S3 API Reference's page on payloads in multiple chunks.
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
FIRST = "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
SECOND = "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
LAST = "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"


def chunk(data: bytes, signature: str) -> bytes:
    return b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), signature.encode(), data)


BODY = chunk(b"a" * 65536, FIRST) + chunk(b"a" * 1024, SECOND) + chunk(b"", LAST)


def upload(body: bytes, **changed: str) -> HttpRequest:
    headers = {
        "host": "s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        "content-length": "66824",
        "authorization": "AWS4-HMAC-SHA256 "
        "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
        f"x-amz-decoded-content-length;x-amz-storage-class,Signature={SEED}",
    } | changed
    return HttpRequest("PUT", "https", headers["host"], "/examplebucket/chunkObject.txt", "", headers, body)


def check(request: HttpRequest) -> None:
    check_signature(read_claim(request), request, SECRET)


def test_aws_s_own_example_is_believed() -> None:
    assert len(BODY) == 66824
    check(upload(BODY))


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b"a" * 1024, b"a" * 1023 + b"b"),
        chunk(b"a" * 1024, SECOND) + chunk(b"a" * 65536, FIRST) + chunk(b"", LAST),
        chunk(b"a" * 65536, FIRST) + chunk(b"", LAST),
        BODY.replace(SECOND.encode(), b"0" * 64),
    ],
    ids=["changed", "moved", "left out", "signed otherwise"],
)
def test_a_chunk_that_was_tampered_with_is_noticed(body: bytes) -> None:
    with pytest.raises(AwsError) as caught:
        check(upload(body))
    assert caught.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("body", [BODY[:-90], BODY[:1000], b"", b"5\r\nhello\r\n0\r\n\r\n"])
def test_a_body_cut_short_is_incomplete(body: bytes) -> None:
    with pytest.raises(AwsError) as caught:
        check(upload(body))
    assert caught.value.code == "IncompleteBody"


def test_trailing_headers_end_the_chain() -> None:
    request = upload(b"", **{"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"})
    claim = read_claim(request)
    key = signing_key(SECRET, claim.scope)

    def signed(*lines: Any) -> str:
        return hmac.digest(key, "\n".join(lines).encode(), "sha256").hex()

    seed = signed(*_to_sign(request))
    empty = sha256(b"").hexdigest()
    scope = "20130524/us-east-1/s3/aws4_request"
    last = signed("AWS4-HMAC-SHA256-PAYLOAD", "20130524T000000Z", scope, seed, empty, empty)
    trailer = b"x-amz-checksum-crc32c:sOO8/Q=="
    hashed = sha256(trailer + b"\n").hexdigest()
    end = signed("AWS4-HMAC-SHA256-TRAILER", "20130524T000000Z", scope, last, hashed)
    body = f"0;chunk-signature={last}\r\n{trailer.decode()}\r\nx-amz-trailer-signature:{end}\r\n\r\n".encode()
    authorization = request.headers["authorization"].replace(SEED, seed)
    whole = replace(request, headers={**request.headers, "authorization": authorization}, body=body)
    check(whole)
    with pytest.raises(AwsError, match="does not match"):
        check(replace(whole, body=body.replace(b"sOO8", b"sOO9")))
    with pytest.raises(AwsError, match="did not provide the number of bytes"):
        check(replace(whole, body=body.partition(b"x-amz-trailer-signature")[0]))


def _to_sign(request: HttpRequest) -> list[str]:
    from labkit.cloud.gateway.sigv4.rules import retrace

    return [retrace(read_claim(request), request).string_to_sign]
