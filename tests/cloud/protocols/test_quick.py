"""The quick way through JSON comes to what the long way comes to, or leaves it to that."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.protocols import HttpRequest, Operation, contract
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.quick import NO_FIT, quick_writer
from tests.cloud.protocols.client_side import request_for
from tests.cloud.protocols.generated import value_for

JSON_SERVICES = ("kms", "ssm", "secretsmanager", "cloudtrail", "logs", "events")
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def encrypt() -> Operation:
    return contract("kms").operations["Encrypt"]


def request(body: bytes) -> HttpRequest:
    return HttpRequest("POST", "https", "kms.us-east-1.amazonaws.com", "/", "", {}, body)


def the_long_way(operation: Operation, body: bytes) -> dict[str, Any] | None:
    """The parameters if nothing is wrong with them."""
    try:
        parameters = operation._read(request(body))
        operation.check(parameters)
    except AwsError:
        return None
    return parameters


@pytest.mark.parametrize("service", JSON_SERVICES)
def test_what_a_client_sends_is_read_the_same_either_way(service: str) -> None:
    quick = 0
    for name in contract(service).model.operation_names:
        operation = contract(service).operations[name]
        shape = operation.model.input_shape
        sent = request_for(operation.model, (value_for(shape) if shape else None) or {})
        parameters, checked = operation.parse_and_tell(sent)
        if checked:
            quick += 1
            assert parameters == the_long_way(operation, sent.body)
    assert quick > 3


@given(
    members=st.dictionaries(
        st.sampled_from(["KeyId", "Plaintext", "EncryptionContext", "GrantTokens", "DryRun", "Beyond"]),
        values,
    )
)
def test_the_quick_way_takes_nothing_that_the_long_one_refuses(members: dict[str, Any]) -> None:
    body = json.dumps({"KeyId": KEY, "Plaintext": b64encode(b"hello").decode()} | members).encode()
    long = the_long_way(encrypt(), body)
    try:
        parameters, checked = encrypt().parse_and_tell(request(body))
    except AwsError:
        assert long is None
        return
    if checked:
        assert parameters == long


@pytest.mark.parametrize(
    "wrong",
    [
        {"KeyId": ""},
        {"KeyId": "k" * 2049},
        {"KeyId": None},
        {"Plaintext": ""},
        {"Plaintext": b64encode(bytes(4097)).decode()},
        {"Plaintext": "not base64"},
        {"EncryptionAlgorithm": "ROT13"},
        {"GrantTokens": ["x"] * 11},
        {"GrantTokens": [""]},
        {"EncryptionContext": {"a": None}},
        {"DryRun": "true"},
    ],
    ids=str,
)
def test_each_kind_of_limit_sends_a_body_the_long_way(wrong: dict[str, Any]) -> None:
    body = json.dumps({"KeyId": KEY, "Plaintext": b64encode(b"hello").decode()} | wrong).encode()
    quick = encrypt()._read_quickly
    assert quick is not None
    with pytest.raises(NO_FIT):
        quick(body)


def test_a_pattern_must_match_the_whole_text() -> None:
    quick = contract("kms").operations["CreateAlias"]._read_quickly
    assert quick is not None
    assert quick(b'{"AliasName": "alias/a", "TargetKeyId": "k"}')["AliasName"] == "alias/a"
    for name in ("alias/a b", "alias/a\\n", "alias/\N{ARABIC-INDIC DIGIT ONE}"):
        with pytest.raises(NO_FIT):
            quick(f'{{"AliasName": "{name}", "TargetKeyId": "k"}}'.encode())


def test_results_alike_are_written_as_the_first_was() -> None:
    seen: list[Any] = []

    def write(result: Any) -> bytes:
        seen.append(result)
        return b"the long way"

    quickly = quick_writer(contract("kms").operations["Encrypt"].model.output_shape, write)
    assert quickly({"KeyId": "a", "CiphertextBlob": b"x"}) == b"the long way"
    assert json.loads(quickly({"KeyId": "b", "CiphertextBlob": b"y"})) == {
        "KeyId": "b",
        "CiphertextBlob": "eQ==",
    }
    for unlike in ({"KeyId": None}, {"KeyId": None}, {"KeyId": 1, "CiphertextBlob": b"x"}):
        quickly(unlike)
    assert len(seen) == 4
