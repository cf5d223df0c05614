"""HTTP bindings, reading: parameters from a request's path, query string, headers and body.

Where a member travels is its `location` in the model: "uri", "querystring", "header", "headers" (all that
share a prefix), or none: the body. One member may be the whole body (`payload`). Source: Smithy's "HTTP
binding traits" page.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape

from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.protocols.routing import Query, Template, read_query
from labkit.cloud.protocols.scalars import read_blob, timestamp_form
from labkit.cloud.protocols.shapes import element_of, entry_of, members_of, wire_name
from labkit.cloud.protocols.text_values import TextParser, text_parser

BodyParser = Callable[[bytes], Any]
_LIST_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*)\s*(?:,|$)')


class BadParameter(ValueError):
    """A label, query item or header whose text does not fit its member."""

    def __init__(self, name: str, text: str, shape: Shape) -> None:
        super().__init__(f"{name} is no {shape.type_name}")
        self.name, self.text, self.shape = name, text, shape


class RequestReader:
    """The bindings of one operation's input shape."""

    def __init__(self, shape: Shape, template: Template, body_parser: Callable[[Shape], BodyParser]) -> None:
        self._template = template
        self._members = members_of(shape)
        self._bound = {
            name: (member.serialization["location"], wire_name(member, name), member, _parser(member))
            for name, member in self._members.items()
            if "location" in member.serialization
        }
        self._query_names = {wire for place, wire, _, _ in self._bound.values() if place == "querystring"}
        self._parse_body = self._body_parser(shape, body_parser)

    def _body_parser(self, shape: Shape, body_parser: Callable[[Shape], BodyParser]) -> BodyParser:
        """The function from a body to the members it holds: one, all that are not bound, or none."""
        payload = shape.serialization.get("payload")
        if payload:
            parse = _payload_parser(self._members[payload], body_parser)
            return lambda body: {payload: parse(body)}
        return body_parser(shape) if len(self._bound) < len(self._members) else lambda body: {}

    def __call__(self, request: HttpRequest) -> dict[str, Any]:
        """The parameters; ValueError, or what the body's parser raises, if they do not fit."""
        labels = self._template.labels(request.path) or {}
        query = read_query(request)
        parameters: dict[str, Any] = {}
        for name, (location, wire, member, parse) in self._bound.items():
            if location == "headers":
                found = _prefixed(request.headers, wire.lower())
            elif location == "header":
                found = _one(wire, request.headers.get(wire.lower()), member, parse)
            elif location == "uri":
                found = _one(wire, labels.get(wire), member, parse)
            elif member.type_name == "map":
                found = _unnamed(query, self._query_names, member)
            else:
                found = _from_query(wire, query, member, parse)
            if found is not None:
                parameters[name] = found
        if request.body:
            parameters |= self._parse_body(request.body)
        return parameters


def _unnamed(query: Query, named: set[str], member: Shape) -> Any:
    """The query items that no other member is bound to, each with all its values or with its first."""
    rest = {name: texts for name, texts in query.items() if name not in named}
    if entry_of(member)[1].type_name != "list":
        return {name: texts[0] for name, texts in rest.items()} or None
    return rest or None


def _from_query(wire: str, query: Query, member: Shape, parse: TextParser) -> Any:
    texts = query.get(wire)
    if texts is None:
        return None
    if member.type_name == "list":
        return [_one(wire, text, element_of(member), parse) for text in texts]
    return _one(wire, texts[0], member, parse)


def _one(name: str, text: str | None, shape: Shape, parse: TextParser) -> Any:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise BadParameter(name, text, shape) from error


def _prefixed(headers: Mapping[str, str], prefix: str) -> dict[str, str] | None:
    found = {name[len(prefix) :]: text for name, text in headers.items() if name.startswith(prefix)}
    return found or None


def _parser(member: Shape) -> TextParser:
    """The function for a member's text where it is bound."""
    if member.serialization.get("jsonvalue"):
        return lambda text: json.loads(read_blob(text))
    in_header = member.serialization["location"] == "header"
    timestamps = "rfc822" if in_header else "iso8601"
    if member.type_name != "list":
        return text_parser(member, timestamps)
    element = element_of(member)
    parse = text_parser(element, timestamps)
    if not in_header:
        return parse
    # An HTTP date has a comma of its own.
    dates = element.type_name == "timestamp" and timestamp_form(element, timestamps) == "rfc822"
    return lambda text: [parse(item) for item in (_dates(text) if dates else _items(text))]


def _dates(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    return [", ".join(parts[index : index + 2]) for index in range(0, len(parts), 2)]


def _items(text: str) -> list[str]:
    """A header's comma-separated items, of which some may be quoted (RFC 9110, section 5.6.1)."""
    items = [match[1].strip() for match in _LIST_ITEM.finditer(text) if match[0]]
    return [re.sub(r"\\(.)", r"\1", item[1:-1]) if item.startswith('"') else item for item in items]


def _payload_parser(member: Shape, body_parser: Callable[[Shape], BodyParser]) -> BodyParser:
    if member.type_name == "blob":
        return bytes
    if member.type_name == "string":
        return lambda body: body.decode()
    return body_parser(member)
