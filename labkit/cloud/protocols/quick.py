"""The quick way through JSON: nearly every request is right, and one look by msgspec's C code can tell.

The shapes of an operation become Python types with their limits, and a body that fits them is read and
checked in one step. Whatever does not fit at once, right or wrong, goes the long way through `json_read` and
`checks`, which know how AWS words what is wrong. Sources: msgspec's documentation, "Constraints"; Smithy's
"Constraint traits".
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Required, TypedDict

import msgspec
from botocore.model import ListShape, MapShape, Shape, StructureShape

from labkit.cloud.protocols import patterns
from labkit.cloud.protocols.shapes import is_document, wire_name

NO_FIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What a quick reader raises for a body that has to go the long way."""

QuickReader = Callable[[bytes], dict[str, Any]]
QuickWriter = Callable[[Mapping[str, Any]], bytes]

INTEGERS = {"integer": 2**31, "long": 2**63}
PLAIN: Mapping[str, type] = {"string": str, "blob": bytes, "boolean": bool, "integer": int, "long": int}


class _NoTypeError(Exception):
    """The shape is none that can be told by a type."""


def quick_reader(shape: Shape | None) -> QuickReader | None:
    """The function from a body to parameters that keep all constraints; it raises one of NO_FIT for others.

    None if the shape has parts that need the long way.
    """
    if shape is None:
        return None
    try:
        return msgspec.json.Decoder(_type(shape, ())).decode
    except _NoTypeError:
        return None


def quick_writer(shape: Shape | None, write: Callable[[Mapping[str, Any]], bytes]) -> QuickWriter:
    """`write`, and the quick way past it for results whose like it has found right before.

    What a result is like are its members' names and types; that says it all where members are plain.
    """
    plain = isinstance(shape, StructureShape) and all(
        member.type_name in PLAIN and wire_name(member, name) == name
        for name, member in shape.members.items()
    )
    if not plain:
        return write
    encode = msgspec.json.Encoder().encode
    known: set[tuple[object, ...]] = set()

    def quickly(result: Mapping[str, Any]) -> bytes:
        likeness = (*result, *map(type, result.values()))
        if likeness in known:
            return encode(result)
        body = write(result)
        if None not in result.values():  # None is left out, which takes the long way
            known.add(likeness)
        return body

    return quickly


def _type(shape: Shape, inside: tuple[str, ...]) -> Any:
    if shape.name in inside or is_document(shape):
        raise _NoTypeError(shape.name)
    inside = (*inside, shape.name)
    if isinstance(shape, StructureShape):
        return _structure(shape, inside)
    if isinstance(shape, ListShape):
        return _limited(list[_type(shape.member, inside)], shape)  # type: ignore[misc]
    if isinstance(shape, MapShape):
        return _limited(dict[_type(shape.key, inside), _type(shape.value, inside)], shape)  # type: ignore[misc]
    if shape.type_name not in PLAIN:
        raise _NoTypeError(shape.name)
    return _plain(shape)


def _structure(shape: StructureShape, inside: tuple[str, ...]) -> Any:
    members = {}
    for name, member in shape.members.items():
        if wire_name(member, name) != name or member.serialization.get("location"):
            raise _NoTypeError(name)
        kind = _type(member, inside)
        members[name] = Required[kind] if name in shape.required_members else kind
    return TypedDict(shape.name, members, total=False)  # type: ignore[operator]


def _plain(shape: Shape) -> Any:
    kind = PLAIN[shape.type_name]
    if shape.type_name in INTEGERS:
        beyond = INTEGERS[shape.type_name]
        least = max(shape.metadata.get("min", -beyond), -beyond)
        most = min(shape.metadata.get("max", beyond - 1), beyond - 1)
        return Annotated[int, msgspec.Meta(ge=least, le=most)]
    if shape.type_name == "boolean":
        return kind
    if "enum" in shape.metadata:
        if {"min", "max", "pattern"} & shape.metadata.keys():
            raise _NoTypeError(shape.name)
        return Literal[tuple(shape.metadata["enum"])]
    return _limited(kind, shape)


def _limited(kind: Any, shape: Shape) -> Any:
    limits = shape.metadata
    known: dict[str, Any] = {}
    if "min" in limits:
        known["min_length"] = limits["min"]
    if "max" in limits:
        known["max_length"] = limits["max"]
    if "pattern" in limits:
        if r"\p{" in limits["pattern"] or limits["pattern"].startswith("(?"):
            # Thousands of ranges, which the long way compiles if it must; or flags of its own.
            raise _NoTypeError(shape.name)
        known["pattern"] = rf"\A(?a:{patterns.compiled(limits['pattern']).pattern})\Z"
    return Annotated[kind, msgspec.Meta(**known)] if known else kind
