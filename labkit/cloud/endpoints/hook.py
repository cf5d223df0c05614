"""botocore's request in the lab's words, and the lab's answer in botocore's.

botocore fires `before-send` just before a request would be sent; whoever returns an answer there has sent it.
Both doors without a socket go through here: this process's own, and that of functions in processes of theirs.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


def read_request(request: AWSPreparedRequest) -> HttpRequest | None:
    """A request as the gateway takes it; None if its host is none of AWS's."""
    url = _aws_url(request.url)
    if url is None:
        return None
    headers, body = _plain(request.headers), _read(request.body)
    return HttpRequest(request.method, url.scheme, url.netloc, url.path or "/", url.query, headers, body)


def make_response(url: str, response: HttpResponse) -> AWSResponse:
    """The answer to the request for `url`, as botocore expects one from its HTTP client."""
    headers: Any = response.headers
    return AWSResponse(url, response.status, headers, _Raw(response.body))


@lru_cache(maxsize=256)
def _aws_url(url: str) -> SplitResult | None:
    """The parts of a URL; None if its host is none of AWS's."""
    parts = urlsplit(url)
    return parts if (parts.hostname or "").endswith(AWS_HOSTS) else None


def _plain(headers: Any) -> dict[str, str]:
    """botocore's headers under lower-case names."""
    # Asked in public, it makes an object of every name, which costs more than all else here.
    held = headers._dict
    return {
        name._lower: value.decode("latin-1") if type(value) is bytes else str(value)
        for name, value in held.items()
    }


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
