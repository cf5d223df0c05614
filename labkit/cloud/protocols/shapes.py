"""From shapes to functions: how a service model becomes code that runs fast.

A shape is looked at once. Each codec (JSON, XML, form fields, constraint checks) turns it into a closure, and
`Compiled` keeps the closures, so that a request only runs functions and never reads the model again.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

Function = TypeVar("Function", bound=Callable[..., Any])


class Compiled(Generic[Function]):
    """A table from shapes to their functions, filled on first use; shapes may contain themselves."""

    def __init__(self, build: Callable[[Shape, "Compiled[Function]"], Function]) -> None:
        self._build = build
        self._functions: dict[str, Function] = {}

    def __call__(self, shape: Shape) -> Function:
        # One shape is spelt differently by the members that refer to it: the name alone is not the key.
        key = f"{shape.name} {shape.serialization}"
        known = self._functions.get(key)
        if known is not None:
            return known
        functions = self._functions
        # While a shape is being built, a member of the same shape gets a function that looks it up later.
        functions[key] = cast(Function, lambda *arguments: functions[key](*arguments))
        functions[key] = self._build(shape, self)
        return functions[key]


def members_of(shape: Shape) -> dict[str, Shape]:
    """The members of a structure, by the name the model gives them."""
    return dict(cast(StructureShape, shape).members)


def element_of(shape: Shape) -> Shape:
    """The shape of a list's elements."""
    return cast(ListShape, shape).member


def entry_of(shape: Shape) -> tuple[Shape, Shape]:
    """The shapes of a map's keys and values."""
    return cast(MapShape, shape).key, cast(MapShape, shape).value


def wire_name(shape: Shape, default: str) -> str:
    """The name a member goes by on the wire (`locationName`), or its own."""
    return str(shape.serialization.get("name", default))


def is_document(shape: Shape) -> bool:
    """Whether a structure is free-form JSON, which has no members to look at."""
    return bool(shape.metadata.get("document", False))


def in_head(shape: Shape) -> bool:
    """Whether an answer carries a member in its headers or status code instead of its body."""
    return shape.serialization.get("location") in ("header", "headers", "statusCode")


def message_member(shape: Shape | None) -> str | None:
    """The member that carries an error's message: models spell it "message" or "Message", or lack it."""
    names = members_of(shape) if shape else {}
    return next((name for name in names if name.lower() == "message"), None)
