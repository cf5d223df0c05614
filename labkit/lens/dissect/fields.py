"""A field: a run of bytes with a name, a meaning and an origin.

The name is what the format's specification calls it; the origin says where the value came from, or admits
that nobody outside AWS knows.
"""

from dataclasses import dataclass, field


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
    raw: bytes = field(repr=False)  # may be a private key's
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
