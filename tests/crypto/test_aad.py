"""The encryption context as bytes: one encoding a context, one context an encoding."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labkit.crypto.aad import MalformedContext, decode_context, encode_context

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
contexts = st.dictionaries(text, text, max_size=4)


def test_the_lesson_of_the_two_contexts() -> None:
    assert encode_context({"ab": "c"}) != encode_context({"a": "bc"})
    assert encode_context({"a": "b"}).hex(" ") == "00 00 00 01 61 00 00 00 01 62"


def test_no_context_is_no_bytes() -> None:
    assert encode_context({}) == b""
    assert decode_context(b"") == {}


@given(context=contexts)
def test_decoding_gives_the_context_back(context: dict[str, str]) -> None:
    assert decode_context(encode_context(context)) == context


@given(context=contexts)
def test_order_does_not_matter(context: dict[str, str]) -> None:
    assert encode_context(dict(reversed(context.items()))) == encode_context(context)


@given(one=contexts, other=contexts)
def test_different_contexts_have_different_bytes(one: dict[str, str], other: dict[str, str]) -> None:
    assume(one != other)
    assert encode_context(one) != encode_context(other)


@given(data=st.binary(max_size=40))
def test_whatever_decodes_is_canonical(data: bytes) -> None:
    try:
        context = decode_context(data)
    except MalformedContext:
        return
    assert encode_context(context) == data


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("00 00 00", "runs past the end"),
        ("00 00 00 02 61", "runs past the end"),
        ("00 00 00 01 61", "has no value"),
        ("00 00 00 01 ff 00 00 00 00", "not UTF-8"),
        ("00 00 00 01 62 00 00 00 00 00 00 00 01 61 00 00 00 00", "not in order"),
        ("00 00 00 01 61 00 00 00 00 00 00 00 01 61 00 00 00 00", "repeated"),
    ],
)
def test_malformed_bytes_are_refused(data: str, complaint: str) -> None:
    with pytest.raises(MalformedContext, match=complaint):
        decode_context(bytes.fromhex(data))
