"""The door without a socket: plain boto3 works, and nothing else is touched."""

import io
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from labkit import Lab
from labkit.cloud.endpoints import hook, inprocess


def test_a_call_is_answered_once_whatever_session_made_the_client() -> None:
    boto3.setup_default_session()
    for _ in range(2):
        with Lab() as lab:
            for client in (boto3.client("kms"), boto3.Session().client("kms")):
                before = len(lab.gateway.calls)
                client.list_keys()
                assert len(lab.gateway.calls) == before + 1


def test_the_region_is_the_client_s() -> None:
    with Lab():
        key = boto3.client("kms", region_name="ap-south-1").create_key()["KeyMetadata"]
        assert ":ap-south-1:" in key["Arn"]
        assert boto3.client("kms", region_name="eu-west-1").list_keys()["Keys"] == []


def test_the_lab_started_last_answers_and_then_the_one_before() -> None:
    with Lab() as first:
        kms = boto3.client("kms")
        with Lab() as second:
            kms.create_key()
            assert len(second.gateway.calls) == 1
        assert kms.list_keys()["Keys"] == []
        assert len(first.gateway.calls) == 1


def test_other_hosts_are_left_alone() -> None:
    with Lab() as lab:
        elsewhere = boto3.client("kms", endpoint_url="http://127.0.0.1:9")
        elsewhere.meta.events.register("needs-retry", lambda **_: None)
        with pytest.raises(EndpointConnectionError):
            elsewhere.list_keys()
        assert len(lab.gateway.calls) == 0


def prepared(body: Any) -> AWSPreparedRequest:
    """A request as botocore hands it over."""
    headers: Any = HeadersDict()
    return AWSPreparedRequest("POST", "https://kms.eu-west-1.amazonaws.com/", headers, body, False)


@pytest.mark.parametrize("body", [b"abc", "abc", bytearray(b"abc"), io.BytesIO(b"abc")])
def test_bodies_arrive_in_every_form_that_botocore_uses(body: Any) -> None:
    with Lab() as lab:
        response = inprocess._answer(prepared(body))
        assert lab.gateway.calls[-1].request.body == b"abc"
        assert response.status_code == 403


def test_an_answer_can_be_read_in_pieces() -> None:
    raw = hook._Raw(b"abcdefg")
    assert [raw.read(3), raw.read(3), raw.read(3), raw.read(3)] == [b"abc", b"def", b"g", b""]
    assert list(hook._Raw(b"abcde").stream(2)) == [b"ab", b"cd", b"e"]
    assert hook._Raw(b"whole").read() == b"whole"


def test_an_answer_s_body_is_whole_and_a_file() -> None:
    with Lab():
        response = inprocess._answer(prepared(b"{}"))
    assert response.content == response.raw.read() != b""
    assert response.text == response.content.decode()


HEADERS = {"Content-Type": "text/plain", "x-amzn-RequestId": "1", "Expires": "soon"}
NAMES = st.sampled_from([name for key in (*HEADERS, "Missing") for name in (key, key.lower(), key.upper())])
STEPS: dict[str, Callable[[Any, str], object]] = {
    "get": lambda headers, name: headers.get(name, "none"),
    "in": lambda headers, name: name in headers,
    "set": lambda headers, name: headers.__setitem__(name, "new"),
    "delete": lambda headers, name: headers.__delitem__(name) if name in headers else None,
    "pop": lambda headers, name: headers.pop(name, "none"),
    "default": lambda headers, name: headers.setdefault(name, "default"),
    "update": lambda headers, name: headers.update({name: "newer"}),
    "item": lambda headers, name: headers[name] if headers.get(name) else None,
}


@given(steps=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), NAMES), max_size=12))
def test_an_answer_s_headers_are_used_as_botocore_s_own(steps: list[tuple[str, str]]) -> None:
    ours, theirs = hook._Headers(HEADERS), HeadersDict(HEADERS)
    for step, name in steps:
        assert STEPS[step](ours, name) == STEPS[step](theirs, name)
        assert dict(ours) == {name.lower(): value for name, value in theirs.items()}
