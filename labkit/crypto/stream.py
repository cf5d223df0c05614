"""Sealing what is too long to be held: piece by piece, each with a tag of its own.

One tag over a gigabyte could only be checked at its end, when all of it has been handed out already. Here the
plaintext is cut into pieces of 64 KiB, and each is sealed with AES-256-GCM under a nonce that says where it
belongs:

    nonce  =  number of the piece (11 bytes, big-endian) || 1 for the last piece, else 0
    piece  =  ciphertext (as long as the plaintext) || tag (16 bytes)

A piece that is changed, moved or left out fails its own tag, and a stream that was cut short ends in a piece
that is not marked as the last. Any stretch can be opened without the rest. Nonces repeat from stream to
stream, so a key must seal one stream and no more.
Source: Hoang, Reyhanitabar, Rogaway and Vizar, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" (STREAM); the age format uses it with ChaCha20-Poly1305.
"""

from collections.abc import Callable, Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit.crypto.aead import KEY_BYTES, TAG_BYTES
from labkit.crypto.errors import AuthenticationFailed

PIECE_BYTES = 64 * 1024
NUMBER_BYTES = 11


def seal(key: bytes, plaintext: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed pieces of `plaintext`, which may come in pieces of any size.

    `key` is 32 bytes that seal nothing else; ValueError for another size. No plaintext is one empty piece.
    """
    cipher = _cipher(key)
    for number, (piece, last) in enumerate(_cut(plaintext)):
        yield cipher.encrypt(_nonce(number, last), piece, None)


def sealed_size(size: int) -> int:
    """How long a plaintext of `size` bytes is once it is sealed."""
    return size + TAG_BYTES * _pieces(size)


def open_(
    key: bytes, read: Callable[[int, int], bytes], size: int, first: int = 0, end: int | None = None
) -> Iterator[bytes]:
    """The plaintext from byte `first` to just before `end`, piece by piece; all of it by default.

    `read(first, end)` gives a stretch of what `seal` made, and `size` is how long the whole plaintext is.

    Raises:
        AuthenticationFailed: the key is another, or a piece is not what was sealed at its place.
    """
    cipher, end = _cipher(key), size if end is None else end
    last = _pieces(size) - 1
    for number in range(first // PIECE_BYTES, max(end - 1, first) // PIECE_BYTES + 1):
        start = number * PIECE_BYTES
        length = min(PIECE_BYTES, size - start) + TAG_BYTES
        at = number * (PIECE_BYTES + TAG_BYTES)
        try:
            piece = cipher.decrypt(_nonce(number, number == last), read(at, at + length), None)
        except InvalidTag:
            raise AuthenticationFailed(f"piece {number} or the key is not the one that was sealed") from None
        if number and start >= first and start + len(piece) <= end:
            yield piece
        else:
            yield piece[max(first - start, 0) : end - start]


def _cut(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in pieces of PIECE_BYTES, and whether each is the last; only that may be shorter."""
    rest = b""
    for piece in pieces:
        rest = rest + piece if rest else piece
        at = 0
        while len(rest) - at > PIECE_BYTES:
            yield rest[at : at + PIECE_BYTES], False
            at += PIECE_BYTES
        rest = rest[at:] if at else rest
    yield rest, True


def _pieces(size: int) -> int:
    return max(1, -(-size // PIECE_BYTES))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(NUMBER_BYTES, "big") + (b"\x01" if last else b"\x00")


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError(f"an AES-256 key has {KEY_BYTES} bytes, not {len(key)}")
    return AESGCM(key)
