"""HTTP bindings, writing: a result as status code, headers and body.

The inverse of `http_read`; a member may also be the status code itself (`location` "statusCode"). Source:
Smithy's "HTTP binding traits" page.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape

from labkit.cloud.protocols import results
from labkit.cloud.protocols.results import WrongType
from labkit.cloud.protocols.scalars import write_blob
from labkit.cloud.protocols.shapes import element_of, in_head, members_of, wire_name
from labkit.cloud.protocols.text_values import TextWriter, text_writer

BodyWriter = Callable[[Any], bytes]


@dataclass
class Answer:
    """An answer in the making."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class ResponseWriter:
    """The bindings of one output shape.

    `body_writer` gives the function that writes a shape as the body. It is told the name of the payload's
    member, or None where the body holds all the members that are bound to nothing else.
    """

    def __init__(self, shape: Shape, body_writer: Callable[[Shape, str | None], BodyWriter]) -> None:
        self._members = members_of(shape)
        self._bound = {
            name: (member.serialization["location"], wire_name(member, name), _writer(member))
            for name, member in self._members.items()
            if in_head(member)
        }
        self._write_body = self._body_writer(shape, body_writer)

    def _body_writer(
        self, shape: Shape, body_writer: Callable[[Shape, str | None], BodyWriter]
    ) -> BodyWriter:
        """The function from the members that are bound to nothing else to the body."""
        payload = shape.serialization.get("payload")
        if not payload:
            return body_writer(shape, None) if len(self._bound) < len(self._members) else lambda unbound: b""
        write = _payload_writer(self._members[payload], payload, body_writer)

        def content(unbound: Mapping[str, Any]) -> bytes:
            try:
                return write(unbound[payload]) if payload in unbound else b""
            except WrongType as fault:
                raise fault.at(payload) from None

        return content

    def __call__(self, result: Mapping[str, Any], status: int) -> Answer:
        """The answer; WrongType for a result that does not fit. A result may have a `status` of its own."""
        answer = Answer(status, {})
        unbound: dict[str, Any] = {}
        for name, value in results.mapping(result).items():
            if name not in self._members:
                raise results.unknown_member(name)
            if value is None:
                continue
            if name not in self._bound:
                unbound[name] = value
                continue
            try:
                self._bind(answer, name, value)
            except WrongType as fault:
                raise fault.at(name) from None
        answer.body = self._write_body(unbound)
        return answer

    def _bind(self, answer: Answer, name: str, value: Any) -> None:
        location, wire, write = self._bound[name]
        if location == "statusCode":
            answer.status = results.integer(value)
        elif location == "headers":
            for key, text in results.mapping(value).items():
                answer.headers[wire + results.text(key)] = results.text(text)
        else:
            answer.headers[wire] = write(value)


def _writer(member: Shape) -> TextWriter:
    if member.serialization.get("jsonvalue"):
        return lambda value: write_blob(json.dumps(value).encode())
    if member.type_name == "list":
        write = text_writer(element_of(member), "rfc822")
        return lambda value: ",".join(map(write, results.sequence(value)))
    return text_writer(member, "rfc822")


def _payload_writer(
    member: Shape, name: str, body_writer: Callable[[Shape, str | None], BodyWriter]
) -> BodyWriter:
    if member.type_name == "blob":
        return results.blob
    if member.type_name == "string":
        return lambda value: results.text(value).encode()
    return body_writer(member, wire_name(member, name))
