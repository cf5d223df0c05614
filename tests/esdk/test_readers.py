"""All readers of a message come to the same end, whatever was done to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.esdk import readers
from tests.esdk.test_tampering import MESSAGES


@pytest.mark.parametrize("message", MESSAGES)
def test_they_agree_on_every_byte_changed_and_every_cut(message: bytes) -> None:
    for at in range(len(message)):
        for byte in (0xEE, 0xFF, message[at] ^ 1):
            readers.check(message[:at] + bytes((byte,)) + message[at + 1 :])
        readers.check(message[:at])


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(MESSAGES), st.data())
def test_they_agree_on_messages_with_pieces_exchanged(message: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(at, len(message)))
    put = data.draw(st.one_of(st.binary(max_size=60), st.sampled_from(MESSAGES)))
    readers.check(message[:at] + put + message[end:])
