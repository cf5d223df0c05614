"""Range: a stretch of an object instead of all of it, as "bytes=0-99", "bytes=100-" or "bytes=-5".

Source: RFC 9110, section 14; S3 API Reference, "GetObject".
"""

import re
from typing import NamedTuple

from labkit.cloud.services.s3.model import StoredPart
from labkit.cloud.services.s3.names import fault

_ONE = re.compile(r"bytes=(\d*)-(\d*)")


class Stretch(NamedTuple):
    """From byte `first` to just before `end`."""

    first: int
    end: int

    def header(self, size: int) -> str:
        """How the answer says which part of `size` bytes it is."""
        return f"bytes {self.first}-{self.end - 1}/{size}"


def stretch_of(header: str | None, size: int) -> Stretch | None:
    """The stretch that a header asks for, of an object of `size` bytes; None for all of it.

    What is no range is ignored, as is more than one. InvalidRange (416) for one that begins behind the end.
    """
    found = _ONE.fullmatch((header or "").replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size
        unsatisfiable = int(last) == 0 or size == 0
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
        unsatisfiable = start >= size
    if unsatisfiable:
        raise fault(
            "InvalidRange",
            416,
            "The requested range is not satisfiable",
            ActualObjectSize=size,
            RangeRequested=header,
        )
    return Stretch(start, end)


def stretch_of_part(parts: tuple[StoredPart, ...], number: int) -> Stretch:
    """Where part `number` of an object is, counted from 1. InvalidPartNumber (416)."""
    if not 1 <= number <= len(parts):
        raise fault("InvalidPartNumber", 416, "The requested partnumber is not satisfiable")
    first = sum(part.Size for part in parts[: number - 1])
    return Stretch(first, first + parts[number - 1].Size)
