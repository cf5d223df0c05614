"""A signed request byte by byte: every byte has a name, and the bytes are the request again."""

from typing import Any

import boto3
import pytest

from labkit import Lab
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.dissect import NotRecognised
from labkit.lens.dissect.http_request import COVERED, NOT_COVERED, lay_out, read_back
from labkit.records import replace


@pytest.fixture
def request_of(lab: Lab, kms: Any) -> HttpRequest:
    kms.list_keys()
    return lab.gateway.calls[-1].request


def test_the_bytes_are_the_request_again(request_of: HttpRequest) -> None:
    again = read_back(bytes(lay_out(request_of)), request_of)
    assert replace(again, headers={}) == replace(request_of, headers={})
    assert again.headers == {"host": request_of.host, **request_of.headers}


def test_each_part_says_whether_the_signature_covers_it(request_of: HttpRequest) -> None:
    laid_out = lay_out(request_of)
    assert (
        laid_out["x-amz-target"].meaning == laid_out["host"].meaning == laid_out["method"].meaning == COVERED
    )
    assert laid_out["user-agent"].meaning == NOT_COVERED
    assert laid_out["access key"].raw.startswith(b"Credential=AKIA")
    assert len(laid_out["signature"].raw) == len("Signature=") + 64 + 2


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"POST ", b"post ", "a method, a path"),
        (b"host: ", b"host; ", "its name, a colon"),
        (b"\r\n\r\n", b"\r\n\r\n!", "content-length says otherwise"),
    ],
)
def test_what_is_no_request_is_not_read(
    request_of: HttpRequest, old: bytes, new: bytes, expected: str
) -> None:
    with pytest.raises(NotRecognised, match=expected):
        read_back(bytes(lay_out(request_of)).replace(old, new, 1), request_of)


def test_a_session_token_is_not_shown(lab: Lab, kms: Any) -> None:
    session = boto3.client("sts").get_session_token()["Credentials"]
    boto3.client(
        "kms",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    ).list_keys()
    with pytest.raises(ValueError, match="a session token is a secret") as told:
        lay_out(lab.gateway.calls[-1].request)
    assert session["SessionToken"] not in str(told.value)
