"""A stream of sealed pieces: whole or in stretches, and nothing that was changed opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto import stream
from labkit.crypto.errors import AuthenticationFailed

KEY = bytes(range(32))
PIECE = stream.PIECE_BYTES


def sealed(plaintext: bytes, cut: int = 1000) -> bytes:
    pieces = (plaintext[at : at + cut] for at in range(0, len(plaintext), cut))
    return b"".join(stream.seal(KEY, pieces))


def opened(content: bytes, size: int, first: int = 0, end: int | None = None) -> bytes:
    return b"".join(stream.open_(KEY, lambda start, stop: content[start:stop], size, first, end))


SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 5]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_and_is_as_long_as_foretold(size: int) -> None:
    plaintext = bytes(size)
    content = sealed(plaintext, 100_000)
    assert len(content) == stream.sealed_size(size)
    assert opened(content, size) == plaintext


@given(st.integers(0, 3 * PIECE), st.integers(0, 3 * PIECE))
def test_any_stretch_opens(one: int, other: int) -> None:
    first, end = sorted((one, other))
    if first < end:
        assert opened(LONG, 3 * PIECE, first, end) == PLAIN[first:end]


PLAIN = bytes(range(256)) * (3 * PIECE // 256)
LONG = sealed(PLAIN, 70_000)


def test_the_first_piece_has_nonce_zero_and_the_last_one_its_mark() -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    assert sealed(b"hello") == AESGCM(KEY).encrypt(bytes(11) + b"\x01", b"hello", None)
    assert LONG[: PIECE + 16] == AESGCM(KEY).encrypt(bytes(12), PLAIN[:PIECE], None)


@pytest.mark.parametrize("at", [0, PIECE, PIECE + 16, 2 * PIECE + 40, 3 * PIECE + 47])
def test_a_flipped_bit_is_found(at: int) -> None:
    broken = bytearray(LONG)
    broken[at] ^= 1
    with pytest.raises(AuthenticationFailed):
        opened(bytes(broken), 3 * PIECE)


def test_pieces_cannot_change_places() -> None:
    swapped = LONG[PIECE + 16 : 2 * PIECE + 32] + LONG[: PIECE + 16] + LONG[2 * PIECE + 32 :]
    with pytest.raises(AuthenticationFailed, match="piece 0"):
        opened(swapped, 3 * PIECE)


def test_a_stream_that_was_cut_short_is_found() -> None:
    with pytest.raises(AuthenticationFailed, match="piece 1"):
        opened(LONG[: 2 * PIECE + 32], 2 * PIECE)


def test_a_short_key_is_no_key() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 16"):
        list(stream.seal(bytes(16), [b""]))
