"""SM2 keys, and the DER that they travel in (RFC 5480, RFC 5915, GM/T 0006 for the curve's identifier)."""

from typing import ClassVar

from labkit.crypto import der
from labkit.crypto.pkcs8 import algorithm_identifier, private_key_info, subject_public_key_info
from labkit.crypto.sm2 import curve
from labkit.records import Record

ALGORITHM = algorithm_identifier("1.2.840.10045.2.1", "1.2.156.10197.1.301")
"""id-ecPublicKey, on the curve sm2p256v1: what tells such a key from other elliptic-curve keys."""

_UNCOMPRESSED = b"\x04"
_PUBLIC_KEY = der.context_tag(1, constructed=True)


class Sm2PublicKey(Record):
    """A point on the curve. Raises ValueError for any other point."""

    point: curve.Point

    def __post_init__(self) -> None:
        if not curve.on_curve(self.point):
            raise ValueError("this public key is not a point on the curve of SM2")

    def public_der(self) -> bytes:
        """Return SubjectPublicKeyInfo: 91 bytes."""
        return subject_public_key_info(ALGORITHM, _UNCOMPRESSED + curve.coordinates(*self.point))


class Sm2PrivateKey(Record):
    """A secret number d between 1 and n - 2; the public key is the point d * G."""

    hidden: ClassVar = ("scalar", "_public_key")

    scalar: int
    _public_key: Sm2PublicKey

    @classmethod
    def from_scalar(cls, scalar: int) -> "Sm2PrivateKey":
        """Make the key of this number. Raises ValueError for a number out of range."""
        if not 0 < scalar < curve.N - 1:
            raise ValueError("an SM2 private key is a number between 1 and n - 2")
        return cls(scalar, Sm2PublicKey(curve.multiply(scalar, curve.G)))

    def public_key(self) -> Sm2PublicKey:
        """Return the public half."""
        return self._public_key

    def private_der(self) -> bytes:
        """Return PKCS#8 around an ECPrivateKey with its public key: 138 bytes, as OpenSSL writes them."""
        public = _UNCOMPRESSED + curve.coordinates(*self._public_key.point)
        return private_key_info(
            ALGORITHM,
            der.element(
                der.SEQUENCE,
                der.integer(1),
                der.element(der.OCTET_STRING, curve.coordinates(self.scalar)),
                der.element(_PUBLIC_KEY, der.element(der.BIT_STRING, b"\0", public)),
            ),
        )


def generate() -> Sm2PrivateKey:
    """Make a private key."""
    return Sm2PrivateKey.from_scalar(curve.random_scalar())


def load_private(private_key: bytes) -> Sm2PrivateKey:
    """Load the ECPrivateKey that stands inside PKCS#8. A public key in it is computed anew, not believed.

    Raises ValueError for bytes that are none, or a number out of range.
    """
    outer = der.parse(private_key)
    parts = der.parse(outer[0][1]) if len(outer) == 1 and outer[0][0] == der.SEQUENCE else []
    if parts[:1] != [(der.INTEGER, b"\x01")] or len(parts) < 2 or parts[1][0] != der.OCTET_STRING:
        raise ValueError("these bytes are not an ECPrivateKey")
    return Sm2PrivateKey.from_scalar(int.from_bytes(parts[1][1], "big"))


def load_public(public_key: bytes) -> Sm2PublicKey:
    """Load the point that stands inside SubjectPublicKeyInfo: 04, x, y.

    Raises ValueError for anything else, and for a point that is not on the curve.
    """
    if len(public_key) != 1 + 2 * curve.BYTES or not public_key.startswith(_UNCOMPRESSED):
        raise ValueError("these bytes are not an uncompressed point of 65 bytes")
    x, y = public_key[1 : 1 + curve.BYTES], public_key[1 + curve.BYTES :]
    return Sm2PublicKey((int.from_bytes(x, "big"), int.from_bytes(y, "big")))
