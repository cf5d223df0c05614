"""What the audit log may show of a call's parameters and answer.

What was encrypted never reaches it: a member that the service model marks as sensitive, and every blob, is
left out, as CloudTrail leaves it out. Each shape is compiled once into the function that redacts it.
Source: KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail".
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

Redactor = Callable[[Any], Any]


def redactor(shape: Shape | None) -> Redactor:
    """The function that turns a value of `shape` into what CloudTrail shows: lower camel case, no secrets."""
    return _nothing if shape is None else _compiled(shape)


@cache
def _compiled(shape: Shape) -> Redactor:
    if shape.type_name == "structure":
        return _structure(cast(StructureShape, shape))
    if shape.type_name == "list":
        member = _later(cast(ListShape, shape).member)
        return lambda values: [member(value) for value in values]
    if shape.type_name == "map":
        value_of = _later(cast(MapShape, shape).value)
        return lambda values: {key: value_of(value) for key, value in values.items()}
    return _scalar


def _structure(shape: StructureShape) -> Redactor:
    shown = {
        name: (_lower(name), _later(member)) for name, member in shape.members.items() if not _secret(member)
    }

    def structure(values: dict[str, Any]) -> dict[str, Any]:
        told = {}
        for name, value in values.items():
            if value is not None and name in shown:
                label, redact = shown[name]
                told[label] = redact(value)
        return told

    return structure


def _later(shape: Shape) -> Redactor:
    """A redactor that is compiled when it is first used, as shapes may contain themselves."""
    if shape.type_name in ("structure", "list", "map"):
        return lambda value: _compiled(shape)(value)
    return _scalar


def _scalar(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    # As Java prints it, by the examples in the documentation: "Jun 30, 2020 2:34:07 AM".
    return f"{value:%b} {value.day}, {value.year} {value.hour % 12 or 12}:{value:%M:%S %p}"


def _nothing(value: Any) -> None:
    return None


def _secret(shape: Shape) -> bool:
    return shape.type_name == "blob" or bool(shape.metadata.get("sensitive"))


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
