"""SM2PKE: public-key encryption of short messages (GB/T 32918.4), its ciphertext in DER (GM/T 0009).

A fresh key pair agrees with the recipient's public key on a point; a stream derived from that point hides the
message, and a hash over both tells whether anything was changed. Compare ECIES, and RSA-OAEP.
"""

import hmac

from labkit.crypto import der
from labkit.crypto.digests import SM3_BYTES, sm3
from labkit.crypto.errors import DecryptionFailed
from labkit.crypto.sm2 import curve
from labkit.crypto.sm2.keys import Sm2PrivateKey, Sm2PublicKey

_REFUSED = "the ciphertext was not made for this key"
_LAYOUT = [der.INTEGER, der.INTEGER, der.OCTET_STRING, der.OCTET_STRING]


def encrypt(key: Sm2PublicKey, plaintext: bytes) -> bytes:
    """Encrypt 1 byte or more. Returns DER SEQUENCE { x, y, hash, ciphertext }, about 107 bytes longer.

    Raises ValueError for nothing to encrypt, as the standard does not say what that would be.
    """
    if not plaintext:
        raise ValueError("there is nothing to encrypt: the plaintext has 0 bytes")
    while True:
        k = curve.random_scalar()
        shared = curve.coordinates(*curve.multiply(k, key.point))
        stream = _stream(shared, len(plaintext))
        # All zeros would show the plaintext as it is. With one byte that comes once in 256 times.
        if any(stream):
            break
    x, y = curve.multiply(k, curve.G)
    return der.element(
        der.SEQUENCE,
        der.integer(x),
        der.integer(y),
        der.element(der.OCTET_STRING, _check(shared, plaintext)),
        der.element(der.OCTET_STRING, _xor(plaintext, stream)),
    )


def decrypt(key: Sm2PrivateKey, ciphertext: bytes) -> bytes:
    """Undo `encrypt`. Raises DecryptionFailed, with one message for every reason there may be."""
    point, check, hidden = _parts(ciphertext)
    if not curve.on_curve(point):
        raise DecryptionFailed(_REFUSED)
    shared = curve.coordinates(*curve.multiply(key.scalar, point))
    plaintext = _xor(hidden, _stream(shared, len(hidden)))
    if not hmac.compare_digest(_check(shared, plaintext), check):
        raise DecryptionFailed(_REFUSED)
    return plaintext


def _stream(shared: bytes, size: int) -> bytes:
    """The key derivation of GB/T 32918.3, section 5.4.3: SM3(shared || 1) || SM3(shared || 2) || ..."""
    blocks = range(1, size // SM3_BYTES + 2)
    return b"".join(sm3(shared, number.to_bytes(4, "big")) for number in blocks)[:size]


def _check(shared: bytes, plaintext: bytes) -> bytes:
    return sm3(shared[: curve.BYTES], plaintext, shared[curve.BYTES :])


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _parts(ciphertext: bytes) -> tuple[curve.Point, bytes, bytes]:
    try:
        ((tag, inside),) = der.parse(ciphertext)
        parts = der.parse(inside)
        if tag == der.SEQUENCE and [one for one, _ in parts] == _LAYOUT:
            x, y, check, hidden = (value for _, value in parts)
            return (der.parse_integer(x), der.parse_integer(y)), check, hidden
    except ValueError:
        pass
    raise DecryptionFailed(_REFUSED)
