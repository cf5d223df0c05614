"""DER read from left to right, a field at a time: tag, length, value (ITU-T X.690).

DER leaves a writer no choice, so a reader that knows what must come next can name every byte, or say at
which one the message stops being what it claimed to be.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from labkit.crypto.der import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, header
from labkit.lens.dissect.der_names import NAMES, dotted
from labkit.lens.dissect.fields import Field, NotRecognised

NULL = 0x05
SET = 0x31

DER = "DER (X.690, section 8.1)"

_TAGS = {
    INTEGER: "INTEGER",
    BIT_STRING: "BIT STRING",
    OCTET_STRING: "OCTET STRING",
    NULL: "NULL",
    OBJECT_IDENTIFIER: "OBJECT IDENTIFIER",
    SEQUENCE: "SEQUENCE",
    SET: "SET",
}
_CONTEXT = 0x80
_NUMBER = 0x1F
_LONG_FORM = 0x80
_INDEFINITE = 0x80


class DerReader:
    """A message being read: the fields so far, the place, and the structure that is open."""

    def __init__(self, kind: str, data: bytes) -> None:
        self.fields: list[Field] = []
        self._kind = kind
        self._data = data
        self._at = 0
        self._end = len(data)
        self._path: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How many bytes of the open structure are still to be read."""
        return self._end - self._at

    def next_is(self, tag: int) -> bool:
        """Whether an element with this tag comes next."""
        return self._data[self._at : min(self._at + 1, self._end)] == bytes((tag,))

    @contextmanager
    def inside(
        self, name: str, tag: int, meaning: str, origin: str = DER, *, size: int | None = None
    ) -> Iterator[None]:
        """Read a tag and a length as one field; what is read in this block must fill that length.

        `size` is the length it must announce, where the format leaves no other.
        """
        start, length = self._header(name, tag)
        if size not in (None, length):
            raise self.unexpected(name, f"{size} bytes of {named_tag(tag)}", f"{length}")
        told = f"{named_tag(tag)} of {_bytes(length)}{self._long_form(start - self._at)}: {meaning}"
        self._add(name, start, told, origin)
        outside = self._path, self._end
        self._path, self._end = (*self._path, name), start + length
        yield
        if self.left:
            raise self.unexpected(name, "its end", self._shown())
        self._path, self._end = outside

    def take(self, name: str, size: int, meaning: str, origin: str, *, must_be: bytes | None = None) -> bytes:
        """Read `size` bytes of the open structure as one field, and return them."""
        if size > self.left:
            raise self.unexpected(name, _bytes(size), f"{self.left} before the end of what encloses it")
        raw = self._data[self._at : self._at + size]
        if must_be not in (None, raw):
            raise self.unexpected(name, (must_be or b"").hex(" "), raw.hex(" "))
        self._add(name, self._at + size, meaning, origin)
        return raw

    def rest(self, name: str, meaning: str, origin: str) -> bytes:
        """Read what is left of the open structure, which must be something, as one field."""
        if not self.left:
            raise self.unexpected(name, "at least 1 byte", "none")
        return self.take(name, self.left, meaning, origin)

    def constant(self, name: str, value: int, meaning: str, origin: str) -> None:
        """Read an INTEGER that can only be `value`, tag and all, as one field."""
        self._whole(name, INTEGER, bytes((value,)), f"INTEGER of 1 byte, {value}: {meaning}", origin)

    def null(self, name: str, meaning: str, origin: str) -> None:
        """Read a NULL as one field."""
        self._whole(name, NULL, b"", f"NULL of 0 bytes: {meaning}", origin)

    def identifier(self, name: str, *allowed: str, note: str = "") -> str:
        """Read an OBJECT IDENTIFIER that is one of `allowed`, tag and all, and return its numbers."""
        start, length = self._header(name, OBJECT_IDENTIFIER)
        numbers = dotted(self._data[start : start + length])
        if numbers not in allowed:
            known = " or ".join(f"{one} ({NAMES[one].name})" for one in allowed)
            raise self.unexpected(name, known, numbers or "no object identifier", self._at)
        told = NAMES[numbers]
        self._add(
            name,
            start + length,
            f"OBJECT IDENTIFIER of {_bytes(length)}: {numbers}, {told.name}{note}",
            told.origin,
        )
        return numbers

    def integer(self, name: str, value: str, meaning: str, origin: str, *, longest: int | None = None) -> int:
        """Read a positive INTEGER: its header as the field `name`, then its bytes as the field `value`.

        A zero in front, which keeps the number from being read as negative, is a field of its own.
        """
        start, length = self._header(name, INTEGER)
        raw = self._data[start : start + length]
        if not raw.strip(b"\0") or raw[0] & 0x80 or (raw[0] == 0 and not raw[1] & 0x80):
            raise self.unexpected(name, "a positive INTEGER without needless zeros", raw[:2].hex(" "), start)
        digits = raw.lstrip(b"\0")
        if longest is not None and len(digits) > longest:
            raise self.unexpected(name, f"at most {_bytes(longest)}", str(len(digits)), start)
        number = int.from_bytes(digits, "big")
        with self.inside(name, INTEGER, "a number in two's complement, big-endian"):
            if len(digits) < length:
                self.take("leading zero", 1, "without it, the number's top bit would be a minus sign", DER)
            small = f"{number}: " if len(digits) <= 4 else ""
            self.take(value, len(digits), f"{small}{meaning}", origin)
        return number

    def done(self) -> tuple[Field, ...]:
        """The fields, now that the message has been read to its end; else NotRecognised."""
        if self.left:
            raise self.unexpected("end", "no more bytes", _bytes(self.left))
        return tuple(self.fields)

    def unexpected(self, name: str, expected: str, found: str, at: int | None = None) -> NotRecognised:
        """The refusal at this place, or at another one."""
        where = self._at if at is None else at
        return NotRecognised(where, f"{self._kind}, {name}: expected {expected}, found {found}")

    def _whole(self, name: str, tag: int, value: bytes, meaning: str, origin: str) -> None:
        start, length = self._header(name, tag)
        found = self._data[start : start + length]
        if found != value:
            raise self.unexpected(name, value.hex(" ") or "no value", found[:8].hex(" ") or "none", start)
        self._add(name, start + length, meaning, origin)

    def _header(self, name: str, tag: int) -> tuple[int, int]:
        """Where the value of the next element starts, and its length; nothing is read yet."""
        if not self.next_is(tag):
            raise self.unexpected(name, f"{tag:02x}, {named_tag(tag)}", self._shown())
        at = self._at + 1
        if at == self._end:
            raise self.unexpected(name, "a length", "the end", at)
        first = self._data[at]
        if first == _INDEFINITE:
            raise self.unexpected(name, "a definite length, as in DER", "80, BER's indefinite length", at)
        extra = first & ~_LONG_FORM if first > _LONG_FORM else 0
        start = at + 1 + extra
        length = int.from_bytes(self._data[at + 1 : start], "big") if extra else first
        if start > self._end or length > self._end - start:
            left = max(self._end - start, 0)
            raise self.unexpected(name, f"the length to be {left} at most", self._data[at:start].hex(" "), at)
        if header(tag, length) != self._data[self._at : start]:
            raise self.unexpected(name, "the shortest form of a length", self._data[at:start].hex(" "), at)
        return start, length

    def _long_form(self, size: int) -> str:
        extra = size - 2
        return f" (long form: {_LONG_FORM | extra:02x}, then the length in {_bytes(extra)})" if extra else ""

    def _add(self, name: str, end: int, meaning: str, origin: str) -> None:
        self.fields.append(Field((*self._path, name), self._at, self._data[self._at : end], meaning, origin))
        self._at = end

    def _shown(self) -> str:
        return self._data[self._at : min(self._at + 4, self._end)].hex(" ") or "nothing"


def named_tag(tag: int) -> str:
    """A tag byte in words: "SEQUENCE", "[0]"."""
    return _TAGS.get(tag) or f"[{tag & _NUMBER}]"


def contents(data: bytes) -> bytes:
    """What the SEQUENCE holds that `data` begins with; nothing if it begins with none."""
    if data[:1] != bytes((SEQUENCE,)) or len(data) < 2:
        return b""
    return data[2 + (data[1] & ~_LONG_FORM if data[1] & _LONG_FORM else 0) :]


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"
