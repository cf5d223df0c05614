"""What crosses the wire: one HTTP request and one HTTP response, whichever door they use.

An endpoint makes an `HttpRequest`, the gateway answers with an `HttpResponse`. Nothing else in labkit
knows of sockets or of botocore's own request objects.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from labkit.cloud.protocols.bodies import Body, Stream
from labkit.records import Record, replace


class HttpRequest(Record):
    """One request as it arrived.

    `path` and `query` are still percent-encoded, `query` without its question mark; header names are
    lower case; `scheme` is "http" or "https", as the socket was, or as the client's URL says in-process.
    A body that is too long to be held in memory is `spooled`, and `body` is empty then.
    """

    hidden: ClassVar[tuple[str, ...]] = ("query", "headers", "body")

    method: str
    scheme: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    spooled: Body | None = None

    def content(self) -> Body:
        """The body, wherever it is."""
        return self.spooled if self.spooled is not None else Body.of(self.body)

    def whole(self) -> "HttpRequest":
        """The same request with its body in memory."""
        return self if self.spooled is None else replace(self, body=self.spooled.read(), spooled=None)

    def close(self) -> None:
        """Give a spooled body's file back, once the request is answered."""
        if self.spooled is not None:
            self.spooled.close()


class HttpResponse(Record):
    """One answer: status code, headers as they will be sent, and the body.

    A body that is too long to be held in memory is a `stream`, and `body` is empty then.
    """

    hidden: ClassVar[tuple[str, ...]] = ("headers", "body")

    status: int
    headers: Mapping[str, str]
    body: bytes
    stream: Stream | None = None

    def whole(self) -> "HttpResponse":
        """The same answer with its body in memory."""
        if self.stream is None:
            return self
        return replace(self, body=b"".join(self.stream.pieces), stream=None)
