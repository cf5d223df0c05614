"""The aws-chunked content coding: how SDKs send S3 a body whose checksum follows it.

    5;chunk-signature=...\\r\\n  hello\\r\\n  0;...\\r\\n  x-amz-checksum-crc32:NhCmhg==\\r\\n  \\r\\n

Chunks are joined without being copied: what counts of the body are the stretches between their heads. The
trailing headers are read as if they had come first. Chunk signatures are checked elsewhere. Source: Amazon S3
API Reference, "Authenticating Requests", the pages on chunked uploads and trailing headers.
"""

from collections.abc import Iterator
from typing import NamedTuple

from labkit.cloud.protocols.bodies import Body
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest
from labkit.records import replace

LONGEST_LINE = 4096
LONGEST_TRAILERS = 65536


class Chunk(NamedTuple):
    """One chunk: the line that begins it, and where in the file its bytes are. The last one has none, and
    begins where the trailing headers do."""

    head: bytes
    start: int
    size: int


def joined(request: HttpRequest) -> HttpRequest:
    """The request with its body in one piece; AwsError IncompleteBody if a chunk is cut short."""
    codings = [coding.strip() for coding in request.headers.get("content-encoding", "").split(",")]
    streaming = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if "aws-chunked" not in codings and not streaming:
        return request
    raw = request.content()
    *pieces, last = chunks(raw)
    body = Body(raw.file, [(piece.start, piece.size) for piece in pieces])
    headers = {**request.headers, **_trailers(raw, last.start), "content-length": str(body.size)}
    headers.pop("content-encoding", None)
    if kept := ",".join(coding for coding in codings if coding not in ("", "aws-chunked")):
        headers["content-encoding"] = kept
    if request.spooled is None:
        return replace(request, headers=headers, body=body.read())
    return replace(request, headers=headers, spooled=body)


def chunks(body: Body) -> Iterator[Chunk]:
    """The chunks of a body as it was sent, the last one with its size of 0 included.

    Raises:
        AwsError: IncompleteBody (400), the body ends before its chunks do.
    """
    position = 0
    while True:
        body.file.seek(position)
        head = body.file.readline(LONGEST_LINE)
        size = _size(head[:-2]) if head.endswith(b"\r\n") else -1
        if size < 0:
            raise incomplete()
        start = position + len(head)
        if size:
            body.file.seek(start + size)
            if body.file.read(2) != b"\r\n":
                raise incomplete()
        yield Chunk(head, start, size)
        if size == 0:
            return
        position = start + size + 2


def _size(line: bytes) -> int:
    """The length that begins a chunk, in hexadecimal before an optional extension; -1 if it is none."""
    digits = line.partition(b";")[0]
    return int(digits, 16) if digits.isalnum() and not digits.strip(b"0123456789abcdefABCDEF") else -1


def trailer_lines(body: Body, start: int) -> bytes:
    """What follows the last chunk, as it was sent."""
    body.file.seek(start)
    return body.file.read(LONGEST_TRAILERS)


def _trailers(body: Body, start: int) -> dict[str, str]:
    lines = trailer_lines(body, start).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def incomplete() -> AwsError:
    """S3's answer to a body that ends before its chunks do."""
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return aws_error("IncompleteBody", 400, message)
