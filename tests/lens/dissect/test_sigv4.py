"""A signature taken apart: a request of the trace, a presigned URL, a header alone; and never a key."""

from typing import Any

import boto3
import pytest

from labkit import Lab, lens
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.dissect import Dissection, NotRecognised, SignedRequest
from labkit.records import replace
from tests.lens.html_reader import Page

HEADER = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, "
    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
)
TOKEN = "IQoJb3JpZ2luX2Vj+a/b=SECRETSECRET"


def dissected(data: Any) -> SignedRequest:
    signed = lens.dissect(data)
    assert isinstance(signed, SignedRequest)
    return signed


@pytest.fixture
def request_(lab: Lab) -> HttpRequest:
    boto3.client("kms", region_name="eu-west-1", **lab.credentials("444455556666")).list_keys()
    return lab.trace[-1].call.request


def test_a_request_says_who_signed_what_and_when(request_: HttpRequest) -> None:
    signed = dissected(request_)
    date = request_.headers["x-amz-date"]
    assert {part.name: part.value for part in signed} == {
        "algorithm": "AWS4-HMAC-SHA256",
        "access key": "444455556666",
        "date": date[:8],
        "region": "eu-west-1",
        "service": "kms",
        "terminator": "aws4_request",
        "signed headers": "content-type;host;x-amz-date;x-amz-target",
        "signature": request_.headers["authorization"].rpartition("=")[2],
        "moment": date,
    }
    assert len(signed) == 9
    assert all(part.meaning and part.origin for part in signed)


def test_the_derivation_is_told_step_by_step_without_a_key(request_: HttpRequest) -> None:
    signed = dissected(request_)
    canonical, to_sign, *keys, signature = signed.steps
    assert canonical.result is not None
    assert canonical.result.startswith(
        "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:kms.eu-west-1"
    )
    assert to_sign.result is not None
    assert to_sign.result.startswith("AWS4-HMAC-SHA256\n")
    assert [step.name for step in keys] == ["kDate", "kRegion", "kService", "kSigning"]
    assert all(step.result is None for step in keys)
    assert keys[1].how == 'HMAC-SHA256(kDate, "eu-west-1")'
    assert signature.result == signed["signature"].value
    assert canonical.result == signed.canonical_request


def test_only_the_lab_can_say_whether_a_signature_is_right(lab: Lab, request_: HttpRequest) -> None:
    assert dissected(request_).matches(lab)
    assert not dissected(replace(request_, body=b'{"Limit": 1}')).matches(lab)
    with pytest.raises(ValueError, match="no access key AKIDEXAMPLE"):
        dissected(replace(request_, headers={**request_.headers, "authorization": HEADER})).matches(lab)
    with pytest.raises(ValueError, match="a header alone"):
        dissected(HEADER).matches(lab)


def test_a_header_alone_has_parts_but_no_request_to_derive_from() -> None:
    signed = dissected(f"  {HEADER}\n")
    assert signed["service"].value == "iam"
    assert signed["signed headers"].value == "content-type;host;x-amz-date"
    assert signed.canonical_request is None
    assert signed.string_to_sign is None
    assert signed.steps[0].result is None
    with pytest.raises(KeyError, match="access key"):
        signed["moment"]


def test_a_presigned_url_is_a_request_and_says_for_how_long(lab: Lab) -> None:
    sts = boto3.client("sts", region_name="us-east-1", **lab.credentials())
    url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET", ExpiresIn=120)
    signed = dissected(url)
    assert signed["expires"].value == "120"
    assert signed["signed headers"].value == "host"
    assert signed["algorithm"].origin == "query"
    assert signed.matches(lab)
    assert not dissected(url.replace("Version=2011-06-15", "Version=2010-05-08")).matches(lab)


def test_a_session_token_is_never_shown_whole(lab: Lab) -> None:
    session = boto3.Session("ASIAEXAMPLE", "secret", TOKEN, region_name="us-east-1")
    url = session.client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    session.client("kms").list_keys()
    for signed in (dissected(url), dissected(lab.trace[-1].call.request)):
        shown = str(signed) + repr(signed) + signed._repr_html_() + str(signed.table())
        assert "SECRET" not in shown
        assert signed["session token"].value == "IQoJb3Jp... (33 characters)"
        assert "IQoJb3Jp..." in (signed.canonical_request or "")


def test_it_is_shown_as_text_as_a_table_and_as_well_formed_html(request_: HttpRequest) -> None:
    signed = dissected(request_)
    text = str(signed)
    assert "  region           eu-west-1" in text
    assert 'kDate = HMAC-SHA256("AWS4" + secret access key, ' in text
    assert repr(signed) == "<Signature Version 4 of 444455556666: kms, eu-west-1>"
    assert list(signed.table()["name"]) == [part.name for part in signed]
    page = Page(signed._repr_html_())
    assert page.count("caption") == 2
    assert page.count("script") == 0
    assert "x-amz-target:TrentService.ListKeys" in page.text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HttpRequest("GET", "https", "kms.amazonaws.com", "/"), "no Authorization header"),
        (
            HttpRequest("GET", "https", "h", "/", "", {"authorization": HEADER}),
            "requires existence of either",
        ),
        ("https://sts.amazonaws.com/?X-Amz-Credential=a", "must include 'X-Amz-Signature'"),
        ("AWS4-HMAC-SHA256 Credential=a/b", "exactly 5 slash-delimited elements"),
    ],
)
def test_what_lacks_a_part_is_refused_with_its_name(data: Any, message: str) -> None:
    with pytest.raises(NotRecognised, match=message):
        lens.dissect(data)


def test_a_ciphertext_in_base64_is_still_a_ciphertext(lab: Lab) -> None:
    import base64

    kms = boto3.client("kms", region_name="eu-west-1")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    assert isinstance(lens.dissect(base64.b64encode(blob).decode()), Dissection)
