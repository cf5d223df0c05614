"""Writing JSON values: a service's result as the json 1.0, json 1.1 and rest-json protocols carry it.

The inverse of `json_read`. A member that is None is left out, so that a service may write
`"NextToken": token`. Source: Smithy's "AWS JSON 1.1 protocol" page.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from botocore.model import Shape

from labkit.cloud.protocols import results, scalars
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.results import WrongType
from labkit.cloud.protocols.shapes import (
    Compiled,
    element_of,
    entry_of,
    is_document,
    members_of,
    message_member,
    wire_name,
)

JsonWriter = Callable[[Any], Any]


def dump(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return msgspec.json.encode(value)


def error_members(error: AwsError, shape: Shape | None, writer: Compiled[JsonWriter]) -> dict[str, Any]:
    """An error's message and further members under their names on the wire; an empty message is left out."""
    members: dict[str, Any] = writer(shape)(error.members) if shape else error.members
    return {**({message_member(shape) or "message": error.message} if error.message else {}), **members}


def build_writer(shape: Shape, writer: Compiled[JsonWriter]) -> JsonWriter:
    """The function that makes one Python value of this shape ready for JSON, or raises WrongType."""
    kind = shape.type_name
    if kind == "structure":
        return _document if is_document(shape) else _structure_writer(shape, writer)
    if kind == "list":
        return _list_writer(writer(element_of(shape)))
    if kind == "map":
        return _map_writer(writer(entry_of(shape)[1]))
    if kind == "timestamp":
        return _timestamp_writer(scalars.timestamp_form(shape, "unixTimestamp"))
    return _SCALARS[kind]


def _document(value: Any) -> Any:
    return value


def _structure_writer(shape: Shape, writer: Compiled[JsonWriter]) -> JsonWriter:
    members = {name: (wire_name(member, name), writer(member)) for name, member in members_of(shape).items()}

    def structure(value: Any) -> dict[str, Any]:
        result = {}
        for name, item in results.mapping(value).items():
            known = members.get(name)
            if known is None:
                raise results.unknown_member(name)
            if item is not None:
                try:
                    result[known[0]] = known[1](item)
                except WrongType as fault:
                    raise fault.at(name) from None
        return result

    return structure


def _list_writer(write: JsonWriter) -> JsonWriter:
    def elements(value: Any) -> list[Any]:
        result = []
        for index, item in enumerate(results.sequence(value)):
            try:
                result.append(None if item is None else write(item))
            except WrongType as fault:
                raise fault.at(f"[{index}]") from None
        return result

    return elements


def _map_writer(write: JsonWriter) -> JsonWriter:
    def entries(value: Any) -> dict[str, Any]:
        result = {}
        for key, item in results.mapping(value).items():
            try:
                result[results.text(key)] = None if item is None else write(item)
            except WrongType as fault:
                raise fault.at(f"[{key!r}]") from None
        return result

    return entries


def _timestamp_writer(form: str) -> JsonWriter:
    if form == "unixTimestamp":
        return lambda value: scalars.epoch_seconds(results.moment(value))
    return lambda value: scalars.write_timestamp(results.moment(value), form)


def _blob(value: Any) -> str:
    return scalars.write_blob(results.blob(value))


def _float(value: Any) -> float | str:
    number = results.number(value)
    return number if math.isfinite(number) else scalars.write_float(number)


_SCALARS: Mapping[str, JsonWriter] = {
    "string": results.text,
    "character": results.text,
    "blob": _blob,
    "boolean": results.boolean,
    "integer": results.integer,
    "long": results.integer,
    "float": _float,
    "double": _float,
}
