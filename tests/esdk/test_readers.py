"""All readers of a message come to the same end, whatever was done to it."""

import pytest
from hypothesis import given, settings

from tests.esdk import readers
from tests.esdk.test_tampering import MESSAGES, exchanged


@pytest.mark.parametrize("message", MESSAGES)
def test_they_agree_on_every_byte_changed_and_every_cut(message: bytes) -> None:
    for at in range(len(message)):
        for byte in (0xEE, 0xFF, message[at] ^ 1):
            readers.check(message[:at] + bytes((byte,)) + message[at + 1 :])
        readers.check(message[:at])


@settings(max_examples=500, deadline=None)
@given(exchanged())
def test_they_agree_on_messages_with_pieces_exchanged(changed: bytes) -> None:
    readers.check(changed)
