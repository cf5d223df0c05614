"""What a service may answer with: the Python type that each kind of shape wants.

A result that does not fit its output shape is a bug of the lab's. The serializers raise `WrongType` where
they meet it and add the path while it unwinds; the operation turns it into `ContractBroken`. Values are never
shown: they may be secrets.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


class ContractBroken(Exception):
    """A service answered with something its output shape does not allow: a bug of the lab's."""

    def __init__(self, operation: str, path: str, problem: str) -> None:
        where = f"{operation}'s result at {path}" if path else f"{operation}'s result"
        super().__init__(f"{where} {problem}")
        self.operation, self.path, self.problem = operation, path, problem


class WrongType(Exception):
    """Inside a serializer: a value that its shape does not allow, with the path to it so far."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = ""

    def at(self, step: str) -> "WrongType":
        """The same fault seen from one level further out; `step` is a member's name or "[index]"."""
        separator = "." if self.path and not self.path.startswith("[") else ""
        self.path = f"{step}{separator}{self.path}"
        return self


def unknown_member(name: object) -> WrongType:
    """The fault of a key that the shape does not have."""
    return WrongType("is no member of the output shape").at(str(name))


def _wrong(value: object, wanted: str) -> WrongType:
    return WrongType(f"is {type(value).__name__}, should be {wanted}")


def mapping(value: Any) -> Mapping[Any, Any]:
    """A structure's or a map's value."""
    if not isinstance(value, Mapping):
        raise _wrong(value, "a mapping")
    return value


def sequence(value: Any) -> Sequence[Any]:
    """A list's value."""
    if not isinstance(value, list | tuple):
        raise _wrong(value, "a list")
    return value


def text(value: Any) -> str:
    """A string's value."""
    if not isinstance(value, str):
        raise _wrong(value, "str")
    return value


def blob(value: Any) -> bytes:
    """A blob's value."""
    if not isinstance(value, bytes | bytearray | memoryview):
        raise _wrong(value, "bytes")
    return bytes(value)


def boolean(value: Any) -> bool:
    """A boolean's value."""
    if not isinstance(value, bool):
        raise _wrong(value, "bool")
    return value


def integer(value: Any) -> int:
    """An integer's or a long's value."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(value, "int")
    return value


def number(value: Any) -> float:
    """A float's or a double's value."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong(value, "a number")
    return value


def moment(value: Any) -> datetime:
    """A timestamp's value, which must know its time zone."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _wrong(value, "an aware datetime")
    return value
