"""What a dissection is: a message's bytes as an ordered row of named fields, with no gap and no overlap.

A dissection holds what anyone who intercepts the message holds, and never a key. The name of a field is
what the format's specification calls it; its origin says where the value came from, or admits that nobody
outside AWS knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_BYTES_A_LINE = 16


class NotRecognised(ValueError):
    """The bytes are in no format known here: at `offset`, `expected` was not found."""

    def __init__(self, offset: int, expected: str) -> None:
        super().__init__(f"byte {offset}: {expected}")
        self.offset = offset
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Field:
    """A run of bytes with one meaning; `path` names the structures around it, from the outside in."""

    path: tuple[str, ...]
    offset: int
    raw: bytes
    meaning: str
    origin: str

    @property
    def name(self) -> str:
        """The field's own name, such as "nonce"."""
        return self.path[-1]

    @property
    def length(self) -> int:
        """How many bytes the field has."""
        return len(self.raw)

    @property
    def depth(self) -> int:
        """How many structures enclose the field."""
        return len(self.path) - 1


@dataclass(frozen=True)
class Dissection:
    """A message of a known `kind` and its fields, in the order of their bytes.

    Iterate over it for fields; `dissection["nonce"]` is the first field of that name; `bytes(dissection)`
    is the message again. In a notebook it shows itself.
    """

    kind: str
    fields: tuple[Field, ...]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        """How many fields there are."""
        return len(self.fields)

    def __bytes__(self) -> bytes:
        return b"".join(field.raw for field in self.fields)

    def __getitem__(self, name: str) -> Field:
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"no field {name!r}; there are: {', '.join(field.name for field in self.fields)}")

    def table(self) -> "pd.DataFrame":
        """Return one row a field: name, offset, length, depth, bytes (hex), meaning, origin."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": [field.name for field in self.fields],
                "offset": [field.offset for field in self.fields],
                "length": [field.length for field in self.fields],
                "depth": [field.depth for field in self.fields],
                "bytes": [field.raw.hex(" ") for field in self.fields],
                "meaning": [field.meaning for field in self.fields],
                "origin": [field.origin for field in self.fields],
            }
        )

    def __str__(self) -> str:
        """A hex dump in which every field starts a line of its own."""
        lines = [f"{self.kind}, {len(bytes(self))} bytes"]
        for field in self.fields:
            for start in range(0, field.length, _BYTES_A_LINE):
                row = field.raw[start : start + _BYTES_A_LINE].hex(" ")
                label = "  " * field.depth + field.name if start == 0 else ""
                lines.append(f"{field.offset + start:4}  {row:47}  {label}".rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from labkit.lens.dissect.markup import to_html

        return to_html(self)
