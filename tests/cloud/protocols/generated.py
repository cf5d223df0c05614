"""Values that fit a shape, made from the shape alone: always the same, small, awkward where they can be."""

from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape

DEPTH = 4
AWKWARD = 'x <&>"é\N{GRINNING FACE}'


def value_for(shape: Shape, depth: int = DEPTH, name: str = "") -> Any:
    """A value with every member to a depth, below it with the required ones; None for a shape too deep."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, depth)
    if kind == "list":
        element = value_for(shape.member, depth - 1)  # type: ignore[attr-defined]
        return None if element is None else [element, element]
    if kind == "map":
        content = value_for(shape.value, depth - 1)  # type: ignore[attr-defined]
        keys = shape.key.metadata.get("enum") or ["first-key", "second-key"]  # type: ignore[attr-defined]
        return None if content is None else dict.fromkeys(keys[:2], content)
    return _scalar(shape, name)


def _structure(shape: Shape, depth: int) -> dict[str, Any] | None:
    if depth < 0:
        return None
    members = shape.members  # type: ignore[attr-defined]
    if shape.metadata.get("union"):
        members = dict(list(members.items())[:1])
    made = {name: value_for(member, depth - 1, name) for name, member in members.items()}
    # An empty structure or list leaves nothing on a form's wire, so none is made.
    return {name: value for name, value in made.items() if value is not None} or None


def _scalar(shape: Shape, name: str) -> Any:
    if "enum" in shape.metadata:
        return shape.metadata["enum"][-1]
    return {
        "string": _string(shape, name),
        "blob": b"\x00\xff blob",
        "boolean": True,
        "integer": -7,
        "long": 1 << 40,
        "float": 0.5,
        "double": 1.25e-7,
        "timestamp": _moment(shape),
    }[shape.type_name]


def _string(shape: Shape, name: str) -> str:
    location = shape.serialization.get("location")
    if location in ("header", "headers"):
        return f"value-of-{name}"
    return name if name == "Bucket" else AWKWARD


def _moment(shape: Shape) -> datetime:
    whole = shape.serialization.get("timestampFormat") == "rfc822" or "location" in shape.serialization
    return datetime(2024, 2, 29, 23, 59, 58, 0 if whole else 123_000, tzinfo=UTC)
