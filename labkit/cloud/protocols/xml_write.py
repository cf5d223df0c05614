"""Writing XML: results of the query, ec2 and rest-xml protocols.

Every shape becomes a function that appends text to a list: `write(value, name, parts)`. The element's name
comes from the member that refers to the shape. Source: Smithy's "XML bindings" page.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from botocore.model import Shape

from labkit.cloud.protocols import results
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.results import WrongType
from labkit.cloud.protocols.shapes import (
    Compiled,
    element_of,
    entry_of,
    in_head,
    members_of,
    message_member,
    wire_name,
)
from labkit.cloud.protocols.text_values import text_writer

Parts = list[str]
XmlWriter = Callable[[Any, str, Parts], None]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML 1.0, "Char"
_KEPT = {"\r": "&#13;"}  # a parser would read a bare carriage return as a line feed


def escaped(content: str) -> str:
    """Text as it may stand in an element. What XML 1.0 has no way to say becomes U+FFFD: an error that quotes
    such a value must reach its sender.
    """
    return escape(_UNSPEAKABLE.sub("\ufffd", content), _KEPT)


def text(name: str, content: str) -> str:
    """An element that contains text."""
    return f"<{name}>{escaped(content)}</{name}>"


def element(name: str, content: str) -> str:
    """An element that contains elements."""
    return f"<{name}>{content}</{name}>"


def document(root: str, content: str, namespace: str = "") -> bytes:
    """A whole document in UTF-8."""
    attribute = f" xmlns={quoteattr(namespace)}" if namespace else ""
    return f"{_DECLARATION}<{root}{attribute}>{content}</{root}>".encode()


def error_members(error: AwsError, shape: Shape | None, writer: Compiled[XmlWriter]) -> str:
    """An error's code, message and further members, as elements."""
    listed = text("Code", error.code) + (text("Message", error.message) if error.message else "")
    if shape is None:
        return listed + "".join(text(name, str(value)) for name, value in error.members.items())
    named = message_member(shape)
    # Clients that know the shape look for its own spelling, others for "Message".
    message = text(named, error.message) if named not in (None, "Message") else ""
    return listed + message + content_writer(shape, writer)(error.members)


def content_writer(shape: Shape | None, writer: Compiled[XmlWriter]) -> Callable[[Mapping[str, Any]], str]:
    """The function from a structure's value to its members' elements, without one around them."""
    write = _members_writer(shape, writer) if shape else None

    def content(value: Mapping[str, Any]) -> str:
        parts: Parts = []
        if write:
            write(value, parts)
        return "".join(parts)

    return content


def build_writer(shape: Shape, writer: Compiled[XmlWriter]) -> XmlWriter:
    """The function that writes one value of this shape as an element, or raises WrongType."""
    if shape.type_name == "structure":
        return _structure_writer(shape, writer)
    if shape.type_name == "list":
        return _list_writer(shape, writer)
    if shape.type_name == "map":
        return _map_writer(shape, writer)
    convert = text_writer(shape)

    def scalar(value: Any, name: str, parts: Parts) -> None:
        parts.append(text(name, convert(value)))

    return scalar


def _structure_writer(shape: Shape, writer: Compiled[XmlWriter]) -> XmlWriter:
    namespace = _namespace(shape)
    attributes = {
        name: wire_name(member, name)
        for name, member in members_of(shape).items()
        if member.serialization.get("xmlAttribute")
    }
    members = _members_writer(shape, writer)

    def structure(value: Any, name: str, parts: Parts) -> None:
        known = results.mapping(value)
        given = "".join(
            f" {wire}={quoteattr(results.text(known[member]))}"
            for member, wire in attributes.items()
            if known.get(member) is not None
        )
        parts.append(f"<{name}{namespace}{given}>")
        members(known, parts)
        parts.append(f"</{name}>")

    return structure


def _namespace(shape: Shape) -> str:
    declared = shape.serialization.get("xmlNamespace")
    if not declared:
        return ""
    uri, prefix = (declared, None) if isinstance(declared, str) else (declared["uri"], declared.get("prefix"))
    return f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"


def _members_writer(shape: Shape, writer: Compiled[XmlWriter]) -> Callable[[Any, Parts], None]:
    members = {
        name: (_element_name(member, name), writer(member)) for name, member in members_of(shape).items()
    }
    elsewhere = {
        name
        for name, member in members_of(shape).items()
        if member.serialization.get("xmlAttribute") or in_head(member)
    }

    def write_members(value: Any, parts: Parts) -> None:
        for name, item in results.mapping(value).items():
            if name not in members:
                raise results.unknown_member(name)
            if item is None or name in elsewhere:
                continue
            wire, write = members[name]
            try:
                write(item, wire, parts)
            except WrongType as fault:
                raise fault.at(name) from None

    return write_members


def _element_name(shape: Shape, name: str) -> str:
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        return wire_name(element_of(shape), wire_name(shape, name))
    return wire_name(shape, name)


def _list_writer(shape: Shape, writer: Compiled[XmlWriter]) -> XmlWriter:
    flattened = bool(shape.serialization.get("flattened"))
    element_name = wire_name(element_of(shape), "member")
    write = writer(element_of(shape))

    def elements(value: Any, name: str, parts: Parts) -> None:
        if not flattened:
            parts.append(f"<{name}>")
        for index, item in enumerate(results.sequence(value)):
            try:
                write(item, name if flattened else element_name, parts)
            except WrongType as fault:
                raise fault.at(f"[{index}]") from None
        if not flattened:
            parts.append(f"</{name}>")

    return elements


def _map_writer(shape: Shape, writer: Compiled[XmlWriter]) -> XmlWriter:
    flattened = bool(shape.serialization.get("flattened"))
    key, content = entry_of(shape)
    key_name, content_name = wire_name(key, "key"), wire_name(content, "value")
    write_key, write_content = writer(key), writer(content)

    def entries(value: Any, name: str, parts: Parts) -> None:
        entry = name if flattened else "entry"
        if not flattened:
            parts.append(f"<{name}>")
        for item_key, item in results.mapping(value).items():
            parts.append(f"<{entry}>")
            try:
                write_key(item_key, key_name, parts)
                write_content(item, content_name, parts)
            except WrongType as fault:
                raise fault.at(f"[{item_key!r}]") from None
            parts.append(f"</{entry}>")
        if not flattened:
            parts.append(f"</{name}>")

    return entries
