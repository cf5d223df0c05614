"""What crosses the wire: one HTTP request and one HTTP response, whichever door they use.

An endpoint makes an `HttpRequest`, the gateway answers with an `HttpResponse`. Nothing else in labkit
knows of sockets or of botocore's own request objects.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class HttpRequest(NamedTuple):
    """One request as it arrived.

    `path` and `query` are still percent-encoded, `query` without its question mark; header names are
    lower case; `scheme` is "http" or "https", as the socket was, or as the client's URL says in-process.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    source_ip: str = "127.0.0.1"


class HttpResponse(NamedTuple):
    """One answer: status code, headers as they will be sent, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
