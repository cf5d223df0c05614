"""Values as text: bytes by their number and first few in hex, times in UTC, structures as JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from labkit.cloud.protocols.bodies import Body
from labkit.records import Record

_HEX_BYTES = 16
_ID_DIGITS = 12


def shown(value: Any) -> str:
    """A value of a parameter or a record as a person reads it."""
    if isinstance(value, str):
        return _document(value) if value.startswith("{") else value or '""'
    if value is None:
        return "none"
    if isinstance(value, bytes | datetime | Body):
        return str(_plain(value))
    return json.dumps(_plain(value), ensure_ascii=False)


def brief(data: bytes) -> str:
    """How many bytes, and the first of them in hex."""
    return beginning(data, len(data))


def beginning(data: bytes, size: int) -> str:
    """The same for `size` bytes of which only the first, `data`, are at hand."""
    rest = " ..." if size > _HEX_BYTES else ""
    return f"{counted(size, 'byte')}: {data[:_HEX_BYTES].hex(' ')}{rest}" if size else "0 bytes"


def short_id(identifier: str) -> str:
    """The beginning of a long identifier, enough to tell it from others."""
    return identifier if len(identifier) <= _ID_DIGITS else identifier[:_ID_DIGITS] + "..."


def moment(time: datetime) -> str:
    """A time in UTC, to the second."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def counted(count: int, noun: str) -> str:
    """`1 byte`, `2 bytes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _document(text: str) -> str:
    """A text that is a JSON object, such as a policy, with a line for each member."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return brief(value)
    if isinstance(value, Body):
        return beginning(value.head, value.size)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Record):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
