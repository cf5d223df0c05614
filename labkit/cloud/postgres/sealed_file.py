"""A file of any length, encrypted chunk by chunk, so that no more than a chunk is ever in memory.

    chunk i:  AES-256-GCM of at most 1 MiB, IV = i, associated data = name || i || whether it is the last one

A data key serves one file, so a counter is as good an IV as any. The number and the mark of the last chunk
are bound in: chunks cannot be exchanged, repeated or cut off. Without a key the file is the plain data.
This is the lab's own form; how AWS lays out a snapshot is not public.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from labkit.crypto import aead

CHUNK = 1 << 20
NUMBER_BYTES = 8


def write(path: Path, data: Iterable[bytes], key: bytes | None, name: bytes) -> int:
    """Write `data` to a new file, under `key` if there is one; how many bytes the file has."""
    written = 0
    with path.open("xb") as file:
        for number, (chunk, last) in enumerate(_with_end(_chunks(data))):
            sealed = chunk
            if key is not None:
                sealed = b"".join(aead.seal(key, _iv(number), chunk, _bound(name, number, last)))
            written += file.write(sealed)
    return written


def read(path: Path, key: bytes | None, name: bytes) -> Iterator[bytes]:
    """The data of a file, each chunk once its tag is checked.

    Raises:
        AuthenticationFailed: the key or the name is another one, or a byte has been changed.
    """
    length = CHUNK + (aead.TAG_BYTES if key is not None else 0)
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(length), b"")
        for number, (piece, last) in enumerate(_with_end(pieces)):
            if key is None:
                yield piece
            else:
                ciphertext, tag = piece[: -aead.TAG_BYTES], piece[-aead.TAG_BYTES :]
                yield aead.open_(key, _iv(number), ciphertext, tag, _bound(name, number, last))


def _chunks(data: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, in pieces of one size and a shorter last one."""
    held = bytearray()
    for piece in data:
        held += piece
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)


def _with_end(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last one."""
    before: bytes | None = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    if before is not None:
        yield before, True


def _iv(number: int) -> bytes:
    return number.to_bytes(aead.IV_BYTES, "big")


def _bound(name: bytes, number: int, last: bool) -> bytes:
    return name + number.to_bytes(NUMBER_BYTES, "big") + bytes([last])
