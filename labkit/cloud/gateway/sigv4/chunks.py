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
from labkit.cloud.protocols.aws_chunked import chunks, incomplete, trailer_lines
from labkit.cloud.protocols.bodies import Body

SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILED = "-TRAILER"

_HEAD = re.compile(rb"[0-9a-fA-F]{1,16};chunk-signature=([0-9a-f]{64})\r\n")
_TRAILER_SIGNATURE = re.compile(rb"x-amz-trailer-signature:([0-9a-f]{64})\r\n")
_NOTHING = sha256(b"").hexdigest()


class Piece(NamedTuple):
    """What is signed at once, by its hash, and the signature that came with it."""

    kind: str
    hash: str
    signature: str


def first_wrong_piece(claim: Claim, body: Body, key: bytes, *, trailed: bool) -> Piece | None:
    """The first chunk whose signature is wrong, or the trailing headers if it was announced that the body is
    `trailed` by some; None if all are right.

    Raises:
        AwsError: IncompleteBody (400), the body ends before its chunks do.
    """
    before = claim.signature
    for piece in _pieces(body, trailed):
        hashes = [piece.hash]
        if piece.kind == "PAYLOAD":
            hashes.insert(0, _NOTHING)  # room for headers of a chunk's own, of which there are none
        text = "\n".join((f"{ALGORITHM}-{piece.kind}", claim.stamp, str(claim.scope), before, *hashes))
        if not compare_digest(signature(key, text), piece.signature):
            return piece
        before = piece.signature
    return None


def _pieces(body: Body, trailed: bool) -> Iterator[Piece]:
    start = 0
    for chunk in chunks(body):
        head = _HEAD.fullmatch(chunk.head)
        if head is None:
            raise incomplete()
        data = Body(body.file, ((chunk.start, chunk.size),))
        yield Piece("PAYLOAD", data.sha256(), head[1].decode())
        start = chunk.start
    if trailed:
        lines = trailer_lines(body, start)
        trailer = _TRAILER_SIGNATURE.search(lines)
        if trailer is None:
            raise incomplete()
        signed = lines[: trailer.start()].replace(b"\r\n", b"\n")
        yield Piece("TRAILER", sha256(signed).hexdigest(), trailer[1].decode())
