"""A place in a message, from which fields are taken one after another, each by its name.

The name serves twice: an error says which field is cut short, and `parts`, where somebody wants it, becomes
the list of all fields that were read. So the layout is written down once, in the code that reads it.
"""

import struct
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from labkit.esdk.errors import MalformedMessage

PIECE = 1 << 20  # a length that a message merely claims is not allocated at once

_NUMBERS = {
    size: struct.Struct(">" + code).unpack_from for size, code in zip((1, 2, 4, 8), "BHIQ", strict=True)
}


class Part(NamedTuple):
    """A field that was read: its name with the structures around it, its place, its length."""

    path: tuple[str, ...]
    offset: int
    size: int


class Cursor:
    """Takes fields from bytes that lie in memory, without copying them."""

    def __init__(self, data: bytes | bytearray | memoryview, parts: list[Part] | None = None) -> None:
        self._data = memoryview(data)
        self._at_hand = len(data) if parts is None else 0  # up to here, fields are taken without ado
        self.at = 0
        self.parts = parts

    def peek(self, size: int) -> memoryview | None:
        """The next `size` bytes, not taken; None if they don't lie at hand, or `parts` are to be told."""
        end = self.at + size
        return self._data[self.at : end] if end <= self._at_hand else None

    def take(self, size: int, name: str, *within: str) -> memoryview:
        """The next `size` bytes. MalformedMessage if there are fewer."""
        start, end = self.at, self.at + size
        if end <= self._at_hand:
            self.at = end
            return self._data[start:end]
        return self._taken(self._data[start:end], start, size, name, within)

    def number(self, size: int, name: str, *within: str) -> int:
        """The next `size` bytes, 1, 2, 4 or 8 of them, as an unsigned number, big-endian."""
        start, end = self.at, self.at + size
        number: int
        if end <= self._at_hand:  # as in `take`, without going there
            self.at = end
            (number,) = _NUMBERS[size](self._data, start)
        else:
            (number,) = _NUMBERS[size](self.take(size, name, *within))
        return number

    def sized(self, name: str, *within: str) -> memoryview:
        """A field with its length before it, a number of two bytes."""
        start = self.at + 2
        if start <= self._at_hand:
            end = start + _NUMBERS[2](self._data, self.at)[0]
            if end <= self._at_hand:
                self.at = end
                return self._data[start:end]
        return self.take(self.number(2, f"{name} length", *within), name, *within)

    def text(self, name: str, *within: str) -> str:
        """The same for a text. MalformedMessage if it is not UTF-8."""
        start = self.at + 2
        try:
            return str(self.sized(name, *within), "utf-8")
        except UnicodeDecodeError:
            raise MalformedMessage(".".join((*within, name)), start, "it is not UTF-8") from None

    def divide(self, within: str, *sizes: tuple[str, int]) -> None:
        """Tell the field that was taken last as these fields; only where `parts` are wanted."""
        assert self.parts is not None
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
