"""An object's bytes: sealed as they come in, opened as they go out, and never held whole.

Each blob is a stream of sealed pieces (`crypto.stream`) under a key of its own, derived from the object's
data key and the blob's name: a blob that is put in another one's place does not open. DSSE-KMS seals what is
sealed already, with a second key.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from labkit.cloud.services.s3.keys import DataKeys
from labkit.cloud.services.s3.model import StoredPart
from labkit.cloud.state.blobs import Blobs
from labkit.crypto import kdf, stream
from labkit.crypto.aead import KEY_BYTES

INNER, OUTER = b"labkit S3 object", b"labkit S3 object, second layer"


def write(blobs: Blobs, keys: DataKeys, plaintext: Iterable[bytes]) -> str:
    """Seal these bytes into a new blob, and return its name."""
    name = blobs.fresh_name()
    sealed = stream.seal(_key(keys.inner, INNER, name), plaintext)
    if keys.outer:
        sealed = stream.seal(_key(keys.outer, OUTER, name), sealed)
    blobs.write(name, sealed)
    return name


def read(blobs: Blobs, keys: DataKeys, parts: Sequence[StoredPart], first: int, end: int) -> Iterator[bytes]:
    """The plaintext of an object from byte `first` to just before `end`, piece by piece."""
    for part, start, stop in _stretches(parts, first, end):
        with blobs.open(part.Blob) as file:
            yield from _open(file, keys, part, start, stop)


def begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first of which is at hand already: its blob is open, and its tag was right."""
    return chain([next(pieces, b"")], pieces)


def _open(file: BinaryIO, keys: DataKeys, part: StoredPart, first: int, end: int) -> Iterator[bytes]:
    def stored(start: int, stop: int) -> bytes:
        file.seek(start)
        return file.read(stop - start)

    def without_outer(start: int, stop: int) -> bytes:
        size = stream.sealed_size(part.Size)
        return b"".join(stream.open_(_key(keys.outer, OUTER, part.Blob), stored, size, start, stop))

    source = without_outer if keys.outer else stored
    return stream.open_(_key(keys.inner, INNER, part.Blob), source, part.Size, first, end)


def _stretches(parts: Sequence[StoredPart], first: int, end: int) -> Iterator[tuple[StoredPart, int, int]]:
    """The parts that have bytes from `first` to `end`, and which of each one's own."""
    start = 0
    for part in parts:
        stop = start + part.Size
        if start < end and stop > first:
            yield part, max(first, start) - start, min(end, stop) - start
        start = stop


def _key(data_key: bytes, label: bytes, name: str) -> bytes:
    return kdf.derive(data_key, label, name.encode(), KEY_BYTES)
