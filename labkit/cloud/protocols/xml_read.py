"""Reading XML: the bodies that S3's clients send, by a shape.

Names are compared without their namespaces, as AWS does. A document type declaration is refused before it is
parsed: S3 takes none, and entities are how XML bombs are built. Source: Smithy's "XML bindings" page.
"""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from botocore.model import Shape

from labkit.cloud.protocols.shapes import Compiled, element_of, entry_of, members_of, wire_name
from labkit.cloud.protocols.text_values import text_parser

XmlParser = Callable[[Element], Any]
_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


def load(body: bytes) -> Element:
    """The root of a document, or ValueError."""
    if b"<!DOCTYPE" in body:
        raise ValueError("document types are not accepted")
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - without a document type there are no entities
    except (ElementTree.ParseError, LookupError) as error:
        raise ValueError("not well-formed") from error


def build_parser(shape: Shape, parser: Compiled[XmlParser]) -> XmlParser:
    """The function from an element to the value of this shape; it raises ValueError."""
    if shape.type_name == "structure":
        return _structure_parser(shape, parser)
    if shape.type_name == "list":
        return _list_parser(shape, parser)
    if shape.type_name == "map":
        return _map_parser(shape, parser)
    parse = text_parser(shape)
    return lambda element: parse(element.text or "")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _structure_parser(shape: Shape, parser: Compiled[XmlParser]) -> XmlParser:
    single: dict[str, tuple[str, XmlParser]] = {}
    repeated: dict[str, tuple[str, XmlParser]] = {}
    attributes: dict[str, str] = {}
    for name, member in members_of(shape).items():
        wire = wire_name(member, name)
        if member.serialization.get("xmlAttribute"):
            attributes[wire.replace("xsi:", _SCHEMA_INSTANCE)] = name
        elif member.serialization.get("flattened") and member.type_name == "list":
            repeated[wire] = (name, parser(element_of(member)))
        elif member.serialization.get("flattened"):
            repeated[wire] = (name, _entry_parser(member, parser))
        else:
            single[wire] = (name, parser(member))
    maps = {name for name, member in members_of(shape).items() if member.type_name == "map"}

    def structure(element: Element) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for attribute, name in attributes.items():
            if attribute in element.attrib:
                result[name] = element.attrib[attribute]
        for child in element:
            wire = _local(child.tag)
            if wire in single:
                name, parse = single[wire]
                result[name] = parse(child)
            elif wire in repeated:
                name, parse = repeated[wire]
                if name in maps:
                    result.setdefault(name, {}).update([parse(child)])
                else:
                    result.setdefault(name, []).append(parse(child))
        return result

    return structure


def _list_parser(shape: Shape, parser: Compiled[XmlParser]) -> XmlParser:
    parse = parser(element_of(shape))
    return lambda element: [parse(child) for child in element]


def _map_parser(shape: Shape, parser: Compiled[XmlParser]) -> XmlParser:
    entry = _entry_parser(shape, parser)
    return lambda element: dict(entry(child) for child in element)


def _entry_parser(shape: Shape, parser: Compiled[XmlParser]) -> XmlParser:
    key, content = entry_of(shape)
    key_name, content_name = wire_name(key, "key"), wire_name(content, "value")
    parse_key, parse_content = parser(key), parser(content)

    def entry(element: Element) -> tuple[Any, Any]:
        children = {_local(child.tag): child for child in element}
        if key_name not in children or content_name not in children:
            raise ValueError("an entry needs a key and a value")
        return parse_key(children[key_name]), parse_content(children[content_name])

    return entry
