"""Bodies that may be longer than memory: what comes in lies in a file, what goes out comes piece by piece.

Most requests fit into a few kilobytes and are plain bytes. An object of S3 may have gigabytes. Its upload is
a `Body`, which can be read as often as wanted (once for its signature, once to be encrypted); its download is
a `Stream`, which is read once, while it goes out.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO

# What is held in memory at most, of one request's body or of one answer's, in bytes.
IN_MEMORY = 1024 * 1024
PIECE = 256 * 1024
SHOWN = 4096


class Body:
    """Bytes in a file: the `stretches` of it that count, each an offset and a length, one after the other.

    `head` are the first few bytes, which are known also after `close`.
    """

    def __init__(self, file: BinaryIO, stretches: Sequence[tuple[int, int]]) -> None:
        self.file = file
        self.stretches = tuple(stretches)
        self.size = sum(length for _, length in self.stretches)
        self.head = next(self.pieces(SHOWN), b"")

    @classmethod
    def of(cls, content: bytes) -> "Body":
        """Bytes in memory as a body."""
        return cls(BytesIO(content), ((0, len(content)),))

    def __repr__(self) -> str:
        return f"<Body of {self.size} bytes>"

    def pieces(self, most: int = PIECE) -> Iterator[bytes]:
        """The content from its start, at most `most` bytes at a time."""
        for start, length in self.stretches:
            at, end = start, start + length
            while at < end:
                self.file.seek(at)
                if not (piece := self.file.read(min(most, end - at))):
                    return  # the file ends before its stretches do
                at += len(piece)
                yield piece

    def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join(self.pieces())

    def sha256(self) -> str:
        """The hash of the content, in hexadecimal."""
        found = sha256()
        for piece in self.pieces():
            found.update(piece)
        return found.hexdigest()

    def close(self) -> None:
        """Give the file back; a temporary one is gone with that."""
        self.file.close()


class Stream:
    """`size` bytes that come one piece after the other, once."""

    def __init__(self, size: int, pieces: Iterator[bytes]) -> None:
        self.size = size
        self.pieces = pieces

    def __repr__(self) -> str:
        return f"<Stream of {self.size} bytes>"


class Spool:
    """Collects a body as it arrives: in memory, or, once it is too long for that, in a temporary file.

    The file has no name in any folder, so nobody else can open it, and it is gone with this process.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self._size += len(piece)
        if self._file is not None:
            self._file.write(piece)
            return
        self._pieces.append(piece)
        if self._size > IN_MEMORY:
            self._file = TemporaryFile()  # noqa: SIM115 - the body closes it
            self._file.writelines(self._pieces)
            self._pieces.clear()

    def finish(self) -> tuple[bytes, Body | None]:
        """The body in memory, or else in its file."""
        if self._file is not None:
            return b"", Body(self._file, ((0, self._size),))
        content = b"".join(self._pieces)
        self._pieces.clear()  # a body need not be held twice while it is answered
        return content, None

    def drop(self) -> None:
        """Forget what has arrived."""
        self._pieces.clear()
        if self._file is not None:
            self._file.close()
