"""The aws-chunked content coding: how SDKs send S3 a body whose checksum follows it.

    5;chunk-signature=...\\r\\n  hello\\r\\n  0;...\\r\\n  x-amz-checksum-crc32:NhCmhg==\\r\\n  \\r\\n

Chunks are joined, and the trailing headers are read as if they had come first. Chunk signatures are not
checked here. Source: Amazon S3 API Reference, "Authenticating Requests", the pages on chunked uploads and
trailing headers.
"""

from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest


def joined(request: HttpRequest) -> HttpRequest:
    """The request with its body in one piece; AwsError IncompleteBody if a chunk is cut short."""
    codings = [coding.strip() for coding in request.headers.get("content-encoding", "").split(",")]
    streaming = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if "aws-chunked" not in codings and not streaming:
        return request
    body, trailers = _join(request.body)
    headers = {**request.headers, **trailers, "content-length": str(len(body))}
    headers.pop("content-encoding", None)
    if kept := ",".join(coding for coding in codings if coding not in ("", "aws-chunked")):
        headers["content-encoding"] = kept
    return request._replace(headers=headers, body=body)


def _join(body: bytes) -> tuple[bytes, dict[str, str]]:
    pieces: list[bytes] = []
    position = 0
    while True:
        end = body.find(b"\r\n", position)
        size = _size(body[position:end]) if end >= 0 else -1
        if size < 0:
            raise incomplete()
        position = end + 2
        if size == 0:
            return b"".join(pieces), _trailers(body[position:])
        if body[position + size : position + size + 2] != b"\r\n":
            raise incomplete()
        pieces.append(body[position : position + size])
        position += size + 2


def _size(line: bytes) -> int:
    """The length that begins a chunk, in hexadecimal before an optional extension; -1 if it is none."""
    digits = line.partition(b";")[0]
    return int(digits, 16) if digits.isalnum() and not digits.strip(b"0123456789abcdefABCDEF") else -1


def _trailers(text: bytes) -> dict[str, str]:
    lines = text.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def incomplete() -> AwsError:
    """S3's answer to a body that ends before its chunks do."""
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return aws_error("IncompleteBody", 400, message)
