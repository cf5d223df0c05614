"""The plain envelope: it opens under its data key and context only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto import envelope
from labkit.crypto.errors import AuthenticationFailed

KEY = bytes(range(32))


@given(st.binary(), st.binary(max_size=300), st.binary(max_size=50))
def test_what_was_sealed_is_opened(plaintext: bytes, wrapped: bytes, aad: bytes) -> None:
    sealed = envelope.seal(KEY, wrapped, plaintext, aad)
    assert envelope.wrapped_key(sealed) == wrapped
    assert envelope.open_(KEY, sealed, aad) == plaintext
    assert len(sealed) == 2 + len(wrapped) + 12 + len(plaintext) + 16


def test_no_byte_behind_the_wrapped_key_may_change() -> None:
    sealed = envelope.seal(KEY, b"wrapped", b"plaintext", b"aad")
    for place in range(2 + len(b"wrapped"), len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(AuthenticationFailed):
            envelope.open_(KEY, bytes(changed), b"aad")
    with pytest.raises(AuthenticationFailed):
        envelope.open_(KEY, sealed, b"another")
