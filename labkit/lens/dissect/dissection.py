"""What a dissection is: a message's bytes as an ordered row of named fields, with no gap and no overlap.

A dissection holds what anyone who intercepts the message holds, and never a key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.lens.dissect.fields import Field
from labkit.lens.dissect.markup import to_html

if TYPE_CHECKING:
    import pandas as pd

_BYTES_A_LINE = 16


@dataclass(frozen=True, repr=False)
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

    def __repr__(self) -> str:
        return f"<Dissection of {self.kind}: {len(bytes(self))} bytes, {len(self)} fields>"

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
        return to_html(self.kind, self.fields)
