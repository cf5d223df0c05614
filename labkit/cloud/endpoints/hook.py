"""botocore's request in the lab's words, and the lab's answer in botocore's.

botocore fires `before-send` just before a request would be sent; whoever returns an answer there has sent it.
Both doors without a socket go through here: this process's own, and that of functions in processes of theirs.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from functools import cached_property, lru_cache
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from labkit.cloud.protocols.bodies import PIECE, Body, Spool
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


def read_request(request: AWSPreparedRequest) -> HttpRequest | None:
    """A request as the gateway takes it; None if its host is none of AWS's."""
    place = _place(request.url)
    if place is None:
        return None
    # Asked in public, botocore's headers make an object of every name, which costs more than all else here.
    held: Any = request.headers
    headers = {}
    for name, value in held._dict.items():
        headers[name._lower] = value.decode("latin-1") if type(value) is bytes else str(value)
    body, spooled = request.body, None
    if type(body) is not bytes:
        body, spooled = _read(body)
    return HttpRequest(request.method, *place, headers, body, spooled=spooled)


def make_response(request: AWSPreparedRequest, response: HttpResponse) -> AWSResponse:
    """The answer to a request, as botocore expects one from its HTTP client: to HEAD, without a body."""
    if response.stream is not None:
        headers: Any = response.headers
        raw: Any = _LongRaw(_Pieces(response.stream.pieces))
        return AWSResponse(request.url, response.status, headers, raw)
    body = b"" if request.method == "HEAD" else response.body
    return _Answer(request.url, response.status, _Headers(response.headers), body)


@lru_cache(maxsize=256)
def _place(url: str) -> tuple[str, str, str, str] | None:
    """The scheme, host, path and query of a URL; None if its host is none of AWS's."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(AWS_HOSTS):
        return None
    return parts.scheme, parts.netloc, parts.path or "/", parts.query


def _read(body: Any) -> tuple[bytes, Body | None]:
    """What botocore takes for a body besides plain bytes."""
    if body is None:
        return b"", None
    if isinstance(body, str):
        return body.encode(), None
    if not hasattr(body, "read"):
        return bytes(body), None
    spool = Spool()
    while piece := body.read(PIECE):
        spool.write(piece)
    return spool.finish()


class _Headers(dict[str, str]):
    """Headers that go by their names in any case.

    botocore's own make an object of each name, also of each that is looked up, and it looks up several. The
    dictionary's methods are called by their class, as `super()` makes an object, too.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        for name, value in headers.items():
            dict.__setitem__(self, name.lower(), value)

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, str(name).lower())

    def __getitem__(self, name: str) -> str:
        return dict.__getitem__(self, name.lower())

    def __setitem__(self, name: str, value: str) -> None:
        dict.__setitem__(self, name.lower(), value)

    def __delitem__(self, name: str) -> None:
        dict.__delitem__(self, name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a header, `default` where there is none."""
        return dict.get(self, name.lower(), default)

    def pop(self, name: str, *default: Any) -> Any:
        """Take a header out, and return its value; `default` where there is none, else KeyError."""
        return dict.pop(self, name.lower(), *default)

    # These go by the methods above, and the dictionary's own would not.
    setdefault: Any = MutableMapping.setdefault
    update: Any = MutableMapping.update


class _Answer(AWSResponse):
    """An answer whose body is at hand, and becomes a file for whoever reads it as one."""

    def __init__(self, url: str, status: int, headers: Any, body: bytes) -> None:
        self.url = url
        self.status_code = status
        self.headers = headers
        self._content = body

    @cached_property
    def raw(self) -> Any:
        """The body as a file."""
        return _Raw(self._content)


class _Urllib3:
    """What botocore asks of a response body beyond what a file has."""

    def stream(self: Any, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        """The rest of the body, in pieces of `amt` bytes."""
        while piece := self.read(amt):
            yield piece

    def release_conn(self) -> None:
        """There is no connection to give back."""


class _Raw(_Urllib3, BytesIO):
    """A short body."""


class _LongRaw(_Urllib3, BufferedReader):
    """A long body, read as it is made."""


class _Pieces(RawIOBase):
    """An iterator's pieces as an unbuffered file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, as many as there are at hand and `buffer` takes; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
