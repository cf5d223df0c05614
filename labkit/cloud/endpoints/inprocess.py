"""The door without a socket: botocore hands its finished request over just before it would be sent.

The request is serialised and signed as always, so everything a client does for AWS it does for the lab.
Only hosts of AWS are answered; anything else goes its way. While no lab is started, nothing is touched.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.handlers import BUILTIN_HANDLERS

from labkit.cloud.gateway.gateway import Gateway
from labkit.cloud.protocols.messages import HttpRequest

AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")

_open: list[Gateway] = []


def enter(gateway: Gateway) -> None:
    """Let `gateway` answer the requests of this process; the one that entered last answers."""
    _open.append(gateway)
    if boto3.DEFAULT_SESSION is not None:
        # It may be older than this module and lack the hook; with two of them a call would be answered twice.
        boto3.DEFAULT_SESSION.events.unregister("before-send", _answer)
        boto3.DEFAULT_SESSION.events.register("before-send", _answer)


def leave(gateway: Gateway) -> None:
    """Stop answering with `gateway`. ValueError if it is not open."""
    _open.remove(gateway)


def _answer(request: AWSPreparedRequest, **_: Any) -> Any:
    if not _open:
        return None
    url = _aws_url(request.url)
    if url is None:
        return None
    headers, body = _plain(request.headers), _read(request.body)
    response = _open[-1].handle(
        HttpRequest(request.method, url.scheme, url.netloc, url.path or "/", url.query, headers, body)
    )
    headers_sent: Any = response.headers
    return AWSResponse(request.url, response.status, headers_sent, _Raw(response.body))


@lru_cache(maxsize=256)
def _aws_url(url: str) -> SplitResult | None:
    """The parts of a URL; None if its host is none of AWS's."""
    parts = urlsplit(url)
    return parts if (parts.hostname or "").endswith(AWS_HOSTS) else None


def _plain(headers: Any) -> dict[str, str]:
    """botocore's headers under lower-case names."""
    # Asked in public, it makes an object of every name, which costs more than all else here.
    held = headers._dict
    return {name._lower: value if type(value) is str else _text(value) for name, value in held.items()}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _read(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        content: bytes = body.read()
        return content
    return bytes(body)


class _Raw(BytesIO):
    """A response body as urllib3 offers one: a file that can be streamed, too."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        """The rest of the body, in pieces of `amt` bytes."""
        while piece := self.read(amt):
            yield piece

    def release_conn(self) -> None:
        """There is no connection to give back."""


BUILTIN_HANDLERS.append(("before-send", _answer))
