"""Reading JSON values: what the json 1.0, json 1.1 and rest-json protocols carry in a body, made Python's.

Blobs are base64 text, timestamps epoch seconds unless the model says otherwise, NaN and infinities text. A
null member is an absent one. Source: Smithy's "AWS JSON 1.1 protocol" and "AWS restJson1 protocol" pages.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from botocore.model import Shape

from labkit.cloud.protocols import scalars
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.shapes import (
    Compiled,
    element_of,
    entry_of,
    is_document,
    members_of,
    wire_name,
)

JsonParser = Callable[[Any], Any]


def malformed(message: str = "") -> AwsError:
    """AWS's answer to a body that does not fit the input shape's types."""
    return aws_error("SerializationException", 400, message)


def load(body: bytes) -> Any:
    """The value of a JSON text, or SerializationException."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed() from error


def _token(value: Any) -> str:
    """How AWS's parser names what it found."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"


def _unexpected(value: Any, wanted: str) -> AwsError:
    if isinstance(value, dict):
        return malformed("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return malformed("Start of list found where not expected.")
    if wanted in ("Structure", "Map", "List"):
        return malformed("Unexpected field type")
    return malformed(f"{_token(value)} cannot be converted to {wanted}")


def build_parser(shape: Shape, parser: Compiled[JsonParser]) -> JsonParser:
    """The function that makes a JSON value of this shape Python's, or raises SerializationException."""
    kind = shape.type_name
    if kind == "structure" and not is_document(shape):
        return _structure_parser(shape, parser)
    if kind == "structure":
        return lambda value: value
    if kind == "list":
        return _list_parser(parser(element_of(shape)))
    if kind == "map":
        return _map_parser(parser(entry_of(shape)[1]))
    if kind == "timestamp":
        form = scalars.timestamp_form(shape, "unixTimestamp")
        return lambda value: _timestamp(value, form)
    if kind in ("integer", "long"):
        return lambda value: _integer(value, kind)
    return _SCALARS.get(kind, _string)


def _structure_parser(shape: Shape, parser: Compiled[JsonParser]) -> JsonParser:
    members = {wire_name(member, name): (name, parser(member)) for name, member in members_of(shape).items()}

    def structure(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _unexpected(value, "Structure")
        result = {}
        for wire, item in value.items():
            known = members.get(wire)
            if known is not None and item is not None:
                result[known[0]] = known[1](item)
        return result

    return structure


def _list_parser(element: JsonParser) -> JsonParser:
    def elements(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _unexpected(value, "List")
        return [None if item is None else element(item) for item in value]

    return elements


def _map_parser(content: JsonParser) -> JsonParser:
    def entries(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _unexpected(value, "Map")
        return {key: None if item is None else content(item) for key, item in value.items()}

    return entries


def _string(value: Any) -> str:
    if type(value) is not str:
        raise _unexpected(value, "String")
    return value


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        raise _unexpected(value, "Blob")
    try:
        return scalars.read_blob(value)
    except ValueError as error:
        raise _unexpected(value, "Blob") from error


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _unexpected(value, "Boolean")
    return value


def _integer(value: Any, kind: str) -> int:
    # Like AWS's parser, take 3.0 (and 3.7) for 3: JSON has only one kind of number.
    if type(value) not in (int, float):
        raise _unexpected(value, kind.capitalize())
    try:
        return scalars.fit_integer(int(value), kind)
    except (ValueError, OverflowError) as error:
        raise _unexpected(value, kind.capitalize()) from error


def _float(value: Any) -> float:
    if type(value) not in (int, float) and value not in ("NaN", "Infinity", "-Infinity"):
        raise _unexpected(value, "Double")
    try:
        return float(value)
    except OverflowError as error:
        raise _unexpected(value, "Double") from error


def _timestamp(value: Any, form: str) -> datetime:
    if type(value) not in (int, float, str):
        raise _unexpected(value, "Timestamp")
    try:
        return scalars.read_timestamp(value, form if type(value) is not str else "iso8601")
    except ValueError as error:
        raise _unexpected(value, "Timestamp") from error


_SCALARS: Mapping[str, JsonParser] = {
    "string": _string,
    "character": _string,
    "blob": _blob,
    "boolean": _boolean,
    "float": _float,
    "double": _float,
}
