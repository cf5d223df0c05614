"""Form bodies: the dotted names of the query and ec2 protocols, grown into a tree and read by a shape.

    Tags.member.1.Key=team&Tags.member.1.Value=red   ->   {"Tags": [{"Key": "team", "Value": "red"}]}

The two protocols differ in how members are named and in what stands between a list's name and an element's
number; a `Dialect` says so. Source: Smithy's "AWS query protocol" and "AWS EC2 query protocol" pages.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import Shape

from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.protocols.shapes import Compiled, element_of, entry_of, members_of, wire_name
from labkit.cloud.protocols.text_values import text_parser


@dataclass(slots=True)
class Field:
    """One node of the tree: what was sent under exactly this name, and what was sent beneath it."""

    text: str | None = None
    parts: dict[str, "Field"] = field(default_factory=dict)


class MalformedField(ValueError):
    """A form that does not fit the input shape; the message is fit for a client."""


FormParser = Callable[[Field], Any]


@dataclass(frozen=True)
class Dialect:
    """A protocol's way with names.

    `member_name` gives a member's name on the wire, `list_part` the part before an element's number, if any.
    """

    member_name: Callable[[Shape, str], str]
    list_part: Callable[[Shape], str | None]


def read_fields(request: HttpRequest) -> dict[str, str]:
    """All fields of a request, in its query string (GET) and its body (POST); ValueError if not UTF-8."""
    pairs = parse_qsl(request.query, keep_blank_values=True, errors="strict")
    pairs += parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict")
    return dict(pairs)


def grown(fields: dict[str, str]) -> Field:
    """The tree that dotted names describe."""
    root = Field()
    for name, text in fields.items():
        node = root
        for part in name.split("."):
            node = node.parts.setdefault(part, Field())
        node.text = text
    return root


def form_parsers(dialect: Dialect) -> Compiled[FormParser]:
    """The functions, one a shape, that read a protocol's trees; they raise MalformedField."""

    def build(shape: Shape, parser: Compiled[FormParser]) -> FormParser:
        if shape.type_name == "structure":
            return _structure_parser(shape, parser, dialect)
        if shape.type_name == "list":
            return _list_parser(dialect.list_part(shape), parser(element_of(shape)))
        if shape.type_name == "map":
            return _map_parser(shape, parser)
        return _scalar_parser(shape)

    return Compiled(build)


def _structure_parser(shape: Shape, parser: Compiled[FormParser], dialect: Dialect) -> FormParser:
    members = [
        (dialect.member_name(member, name), name, parser(member))
        for name, member in members_of(shape).items()
    ]

    def structure(node: Field) -> dict[str, Any]:
        if node.text:
            raise MalformedField("Unexpected complex element termination")
        parts = node.parts
        return {name: parse(parts[wire]) for wire, name, parse in members if wire in parts}

    return structure


def _numbered(node: Field) -> list[Field]:
    """The children of a list or a map, in the order of their numbers; gaps do not matter."""
    if node.text:
        raise MalformedField("Unexpected list element termination")
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in node.parts):
        raise MalformedField("Unexpected list element termination")
    return [node.parts[part] for part in sorted(node.parts, key=int)]


def _list_parser(part: str | None, parse: FormParser) -> FormParser:
    def elements(node: Field) -> list[Any]:
        if part is not None and node.parts:
            node = node.parts.get(part, Field())
        return [parse(child) for child in _numbered(node)]

    return elements


def _map_parser(shape: Shape, parser: Compiled[FormParser]) -> FormParser:
    flattened = bool(shape.serialization.get("flattened"))
    key, content = entry_of(shape)
    key_name, content_name = wire_name(key, "key"), wire_name(content, "value")
    parse_key, parse_content = parser(key), parser(content)

    def entries(node: Field) -> dict[str, Any]:
        if not flattened:
            node = node.parts.get("entry", Field())
        return {
            parse_key(child.parts.get(key_name, Field())): parse_content(
                child.parts.get(content_name, Field())
            )
            for child in _numbered(node)
        }

    return entries


def _scalar_parser(shape: Shape) -> FormParser:
    parse = text_parser(shape)

    def scalar(node: Field) -> Any:
        if node.text is None:
            raise MalformedField("Start of structure or map found where not expected.")
        try:
            return parse(node.text)
        except ValueError as error:
            raise MalformedField(f"Unable to read a {shape.type_name}") from error

    return scalar
