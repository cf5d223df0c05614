"""Who wrote it: an ECDSA signature over the whole message, by a key made for this one message.

Everybody who can decrypt holds the data key, and so could write other messages under it. The private key of
the signature is forgotten once the message is written; the public key is in the encryption context, to which
the wrapped data keys are bound. Source: Developer Guide, "Message format reference", footer.
"""

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from labkit.crypto import ecc
from labkit.crypto.digests import HASHLIB
from labkit.crypto.errors import InvalidSignature
from labkit.esdk.context import PUBLIC_KEY
from labkit.esdk.cursor import Cursor
from labkit.esdk.errors import MalformedMessage, SignatureNotValid
from labkit.esdk.header import Header
from labkit.esdk.suites import Suite

LONGEST_FOOTER = 2 + 104  # a P-384 signature in DER


def new_key(suite: Suite) -> ec.EllipticCurvePrivateKey | None:
    """A key pair for one message, or for those that share its materials; none for an unsigned suite."""
    return ec.generate_private_key(ecc.CURVES[suite.curve]) if suite.curve else None


def encode_public(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half as the encryption context holds it: a compressed point, in base64."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return base64.b64encode(point).decode()


def hasher(suite: Suite) -> "hashlib._Hash":
    """The hash that is signed, with nothing in it yet."""
    return hashlib.new(HASHLIB[suite.signature_hash])


def footer(suite: Suite, key: ec.EllipticCurvePrivateKey, digest: bytes) -> bytes:
    """The length and the signature of a message with this hash."""
    signature = ecc.sign_digest(key, digest, suite.signature_hash)
    return len(signature).to_bytes(2, "big") + signature


def read(cursor: Cursor) -> tuple[int, bytes]:
    """Read the footer; returns (where the signature begins, the signature)."""
    start = cursor.at + 2
    return start, bytes(cursor.sized("signature", "footer"))


def verify(header: Header, digest: bytes, signature: bytes, offset: int) -> None:
    """SignatureNotValid unless the signature is over `digest`, by the key in the encryption context."""
    key = public_key(header)
    assert key is not None
    try:
        ecc.verify_digest(key, digest, signature, header.suite.signature_hash)
    except InvalidSignature:
        reason = f"it is not a signature over this message by the {PUBLIC_KEY} in its header"
        raise SignatureNotValid("footer.signature", offset, reason) from None


def public_key(header: Header) -> ec.EllipticCurvePublicKey | None:
    """The public key in the context; none for an unsigned suite.

    Raises MalformedMessage if it is missing, if it is no point of the suite's curve, or if it is there though
    nothing is signed: somebody has then exchanged the suite.
    """
    suite, text = header.suite, header.context.get(PUBLIC_KEY)
    if not suite.curve and text is None:
        return None
    field, at = "AAD", header.context_offset
    if not suite.curve:
        raise MalformedMessage(field, at, f"{PUBLIC_KEY} is there, and the suite signs nothing")
    if text is None:
        raise MalformedMessage(field, at, f"a signed message names its key in {PUBLIC_KEY}")
    try:
        point = base64.b64decode(text, validate=True)
        return ec.EllipticCurvePublicKey.from_encoded_point(ecc.CURVES[suite.curve], point)
    except (binascii.Error, ValueError):
        raise MalformedMessage(field, at, f"{PUBLIC_KEY} is no point of {suite.curve} in base64") from None
