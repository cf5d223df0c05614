"""A body that is signed piece by piece, so that a client need not read it twice before it sends it.

    10000;chunk-signature=ad80c730...\\r\\n  (65536 bytes)  \\r\\n  0;chunk-signature=b6c6ea8a...\\r\\n\\r\\n

The header's signature is the seed. Each chunk's signature covers its bytes and the signature before it, so
no chunk can be changed, left out or moved; trailing headers, if there are any, end the chain the same way.
Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in
Multiple Chunks" and "... Including Trailing Headers".
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from labkit.cloud.gateway.sigv4.claim import Claim
from labkit.cloud.gateway.sigv4.derivation import ALGORITHM, signature
from labkit.cloud.protocols.aws_chunked import incomplete

SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILED = "-TRAILER"

_CHUNK = re.compile(rb"([0-9a-fA-F]{1,16});chunk-signature=([0-9a-f]{64})\r\n")
_TRAILER_SIGNATURE = re.compile(rb"x-amz-trailer-signature:([0-9a-f]{64})\r\n")
_NOTHING = sha256(b"").hexdigest()


class Piece(NamedTuple):
    """What is signed at once, and the signature that came with it."""

    kind: str
    data: bytes
    signature: str


def first_wrong_piece(claim: Claim, body: bytes, key: bytes, *, trailed: bool) -> Piece | None:
    """The first chunk whose signature is wrong, or the trailing headers if it was announced that the body is
    `trailed` by some; None if all are right.

    Raises:
        AwsError: IncompleteBody (400), the body ends before its chunks do.
    """
    before = claim.signature
    for piece in _pieces(body, trailed):
        hashes = [sha256(piece.data).hexdigest()]
        if piece.kind == "PAYLOAD":
            hashes.insert(0, _NOTHING)  # room for headers of a chunk's own, of which there are none
        text = "\n".join((f"{ALGORITHM}-{piece.kind}", claim.stamp, str(claim.scope), before, *hashes))
        if not compare_digest(signature(key, text), piece.signature):
            return piece
        before = piece.signature
    return None


def _pieces(body: bytes, trailed: bool) -> Iterator[Piece]:
    position = 0
    while True:
        head = _CHUNK.match(body, position)
        if head is None:
            raise incomplete()
        start, size = head.end(), int(head[1], 16)
        data = body[start : start + size]
        if len(data) < size:
            raise incomplete()
        yield Piece("PAYLOAD", data, head[2].decode())
        if size == 0:
            break
        position = start + size + 2
        if body[start + size : position] != b"\r\n":
            raise incomplete()
    if trailed:
        trailer = _TRAILER_SIGNATURE.search(body, start)
        if trailer is None:
            raise incomplete()
        lines = body[start : trailer.start()].replace(b"\r\n", b"\n")
        yield Piece("TRAILER", lines, trailer[1].decode())
