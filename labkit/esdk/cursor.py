"""A place in a message, from which fields are taken one after another, each by its name.

The name serves twice: an error says which field is cut short, and `parts`, where somebody wants it, becomes
the list of all fields that were read. So the layout is written down once, in the code that reads it.
"""

from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from labkit.esdk.errors import MalformedMessage

PIECE = 1 << 20  # a length that a message merely claims is not allocated at once


class Part(NamedTuple):
    """A field that was read: its name with the structures around it, its place, its length."""

    path: tuple[str, ...]
    offset: int
    size: int


class Cursor:
    """Takes fields from bytes that lie in memory, without copying them."""

    def __init__(self, data: bytes | bytearray | memoryview, parts: list[Part] | None = None) -> None:
        self._data = memoryview(data)
        self.at = 0
        self.parts = parts

    def take(self, size: int, name: str, *within: str) -> memoryview:
        """The next `size` bytes. MalformedMessage if there are fewer."""
        start, end = self.at, self.at + size
        data = self._data[start:end]
        if self.parts is None and len(data) == size:  # the way of nearly every field
            self.at = end
            return data
        return self._taken(data, start, size, name, within)

    def number(self, size: int, name: str, *within: str) -> int:
        """The next `size` bytes as an unsigned number, big-endian."""
        if self.parts is None:  # as in `take`, without going there
            end = self.at + size
            data = self._data[self.at : end]
            if len(data) == size:
                self.at = end
                return int.from_bytes(data, "big")
        return int.from_bytes(self.take(size, name, *within), "big")

    def text(self, size: int, name: str, *within: str) -> str:
        """The next `size` bytes as text. MalformedMessage if they are not UTF-8."""
        start = self.at
        try:
            return str(self.take(size, name, *within), "utf-8")
        except UnicodeDecodeError:
            raise MalformedMessage(".".join((*within, name)), start, "it is not UTF-8") from None

    def divide(self, within: str, *sizes: tuple[str, int]) -> None:
        """Tell the field that was taken last as these fields, if `parts` are wanted."""
        if self.parts is not None:
            at = self.parts.pop().offset
            for name, size in sizes:
                if size:
                    self.parts.append(Part((within, name), at, size))
                at += size

    def check_end(self) -> None:
        """MalformedMessage if there is more."""
        if self.at < len(self._data):
            raise MalformedMessage("after the message", self.at, "there are bytes that belong to nothing")

    def _taken(
        self, data: memoryview, start: int, size: int, name: str, within: tuple[str, ...]
    ) -> memoryview:
        if len(data) < size:
            field = ".".join((*within, name))
            reason = f"{size} bytes belong here, and the message ends after {len(data)} of them"
            raise MalformedMessage(field, start, reason)
        self.at = start + size
        if self.parts is not None and size:
            self.parts.append(Part((*within, name), start, size))
        return data


class StreamCursor(Cursor):
    """Takes fields from a file or pipe; only the field at hand is in memory. `watch` sees all bytes."""

    def __init__(self, source: BinaryIO, watch: Callable[[bytes], object]) -> None:
        super().__init__(b"")
        self._source = source
        self.watch: Callable[[bytes], object] | None = watch

    def take(self, size: int, name: str, *within: str) -> memoryview:
        """The next `size` bytes. MalformedMessage if there are fewer."""
        left, pieces = size, list[bytes]()
        while left and (piece := self._source.read(min(left, PIECE))):
            pieces.append(piece)
            left -= len(piece)
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if self.watch:
            self.watch(data)
        return self._taken(memoryview(data), self.at, size, name, within)

    def check_end(self) -> None:
        """MalformedMessage if there is more."""
        if self._source.read(1):
            raise MalformedMessage("after the message", self.at, "there are bytes that belong to nothing")
