"""Checksums: what S3 computes over an object's bytes while they pass, and compares with what it was told.

An object's ETag is the MD5 of its bytes under SSE-S3 alone. A checksum that comes with an upload, in a header
or behind the body, is checked and kept. S3 adds one of its own (CRC64NVME) where none comes; the lab doesn't.
Source: S3 User Guide, "Checking object integrity for data uploads in Amazon S3".
"""

import base64
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import md5, sha1, sha256, sha512
from typing import Any, NamedTuple, Protocol

from labkit.cloud.core.faults import not_built
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.s3.crc import CRC32C, CRC64NVME
from labkit.cloud.services.s3.names import fault, faults

FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"


class Digest(Protocol):
    """What every algorithm can do."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class Crc32:
    """CRC-32 as zlib has it."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """The four bytes of it."""
        return self._value.to_bytes(4, "big")


ALGORITHMS: Mapping[str, Callable[[], Digest]] = {
    "CRC32": Crc32,
    "CRC32C": CRC32C,
    "CRC64NVME": CRC64NVME,
    "SHA1": lambda: sha1(usedforsecurity=False),
    "SHA256": sha256,
    "SHA512": sha512,
    "MD5": lambda: md5(usedforsecurity=False),
}
UNKNOWN = ("XXHASH64", "XXHASH3", "XXHASH128")
# These can be computed of a whole object from those of its parts; of the others a hash of hashes is made.
OF_WHOLE = ("CRC32", "CRC32C", "CRC64NVME")


class Measured(NamedTuple):
    """What was found of a body: its size, its MD5 in hexadecimal, its checksum in base64 ("" for none)."""

    size: int
    md5: str
    checksum: str


class Meter:
    """Measures bytes while they pass through."""

    def __init__(self, algorithm: str) -> None:
        self._md5 = md5(usedforsecurity=False)
        self._digest = ALGORITHMS[algorithm]() if algorithm else None
        self._size = 0

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces, measured."""
        for piece in pieces:
            self._size += len(piece)
            self._md5.update(piece)
            if self._digest is not None:
                self._digest.update(piece)
            yield piece

    def result(self) -> Measured:
        """What has passed."""
        checksum = base64.b64encode(self._digest.digest()).decode() if self._digest else ""
        return Measured(self._size, self._md5.hexdigest(), checksum)


def algorithm_in(parameters: Mapping[str, Any]) -> str:
    """Which checksum a request brings or asks for; "" for none. InvalidRequest for two of them."""
    for name in UNKNOWN:
        if parameters.get(f"Checksum{name}") or parameters.get("ChecksumAlgorithm") == name:
            raise not_built("s3", f"checksums with {name}")
    brought = [name for name in ALGORITHMS if parameters.get(f"Checksum{name}")]
    if len(brought) > 1:
        raise faults.InvalidRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    return brought[0] if brought else str(parameters.get("ChecksumAlgorithm") or "")


def check(measured: Measured, algorithm: str, parameters: Mapping[str, Any]) -> None:
    """Go on only if what was measured is what the request announced. BadDigest, InvalidDigest (400)."""
    announced = parameters.get(f"Checksum{algorithm}") if algorithm else None
    if announced and announced != measured.checksum:
        raise bad_digest(f"The {algorithm} you specified did not match the calculated checksum.")
    content_md5 = parameters.get("ContentMD5")
    if not content_md5:
        return
    try:
        told = base64.b64decode(content_md5, validate=True)
    except ValueError:
        told = b""
    if len(told) != 16:
        raise fault("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
    if told.hex() != measured.md5:
        raise bad_digest("The Content-MD5 you specified did not match what we received.")


def bad_digest(message: str) -> AwsError:
    """BadDigest (400)."""
    return fault("BadDigest", 400, message)


def told(algorithm: str, checksum: str, kind: str) -> dict[str, Any]:
    """A checksum as answers have it, under its algorithm's own name; nothing if there is none."""
    return {f"Checksum{algorithm}": checksum, "ChecksumType": kind} if checksum else {}
