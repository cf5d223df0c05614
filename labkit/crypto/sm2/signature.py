"""SM2DSA: a signature over the SM3 hash of who signs and what (GB/T 32918.2, ISO/IEC 14888-3).

Unlike ECDSA it hashes the signer's name (the distinguishing ID) and public key together with the message, so
one signature cannot be claimed by two keys. The ID is not in the signature: both sides must know it.
"""

from labkit.crypto import der
from labkit.crypto.digests import sm3
from labkit.crypto.errors import InvalidSignature
from labkit.crypto.sm2 import curve
from labkit.crypto.sm2.curve import G, N
from labkit.crypto.sm2.keys import Sm2PrivateKey, Sm2PublicKey

DEFAULT_ID = b"1234567812345678"
"""The distinguishing ID that GM/T 0009 sets for whoever has none. KMS uses it for every RAW message."""

_REFUSED = "the signature does not belong to this message and key"


def message_digest(public: Sm2PublicKey, message: bytes, distinguishing_id: bytes = DEFAULT_ID) -> bytes:
    """Return e = SM3(Z || message), the 32 bytes that are signed: what KMS takes as a DIGEST.

    Z = SM3(length of the ID in bits, 2 bytes || ID || a || b || G || public key).
    """
    bits = (8 * len(distinguishing_id)).to_bytes(2, "big")
    parameters = curve.coordinates(curve.A, curve.B, *G, *public.point)
    return sm3(sm3(bits, distinguishing_id, parameters), message)


def sign(key: Sm2PrivateKey, message: bytes) -> bytes:
    """Sign a message under the default ID. Returns the DER SEQUENCE { r, s }, 70 to 72 bytes."""
    return sign_digest(key, message_digest(key.public_key(), message))


def sign_digest(key: Sm2PrivateKey, digest: bytes) -> bytes:
    """Sign what `message_digest` returned."""
    e = int.from_bytes(digest, "big")
    while True:
        k = curve.random_scalar()
        r = (e + curve.multiply(k, G)[0]) % N
        s = pow(1 + key.scalar, -1, N) * (k - r * key.scalar) % N
        # The standard starts again on these three, which would give something of k away: once in 2^255 times.
        if r and r + k != N and s:
            return der.element(der.SEQUENCE, der.integer(r), der.integer(s))


def verify(key: Sm2PublicKey, message: bytes, signature: bytes) -> None:
    """Return if `signature` is `message`'s under the default ID; raise InvalidSignature if it is not."""
    verify_digest(key, message_digest(key, message), signature)


def verify_digest(key: Sm2PublicKey, digest: bytes, signature: bytes) -> None:
    """Like `verify`, for what `message_digest` returned."""
    r, s = _numbers(signature)
    t = (r + s) % N
    point = curve.multiply_add(s, G, t, key.point) if 0 < r < N and 0 < s < N and t else None
    if point is None or (int.from_bytes(digest, "big") + point[0]) % N != r:
        raise InvalidSignature(_REFUSED)


def _numbers(signature: bytes) -> tuple[int, int]:
    try:
        ((tag, inside),) = der.parse(signature)
        (tag_r, r), (tag_s, s) = der.parse(inside)
        if (tag, tag_r, tag_s) == (der.SEQUENCE, der.INTEGER, der.INTEGER):
            return der.parse_integer(r), der.parse_integer(s)
    except ValueError:
        pass
    raise InvalidSignature(_REFUSED)
