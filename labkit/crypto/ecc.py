"""Elliptic curves: ECDSA (FIPS 186-5; secp256k1 from SEC 2) and Ed25519 (RFC 8032).

ECDSA needs a secret fresh number for every signature, and one repetition gives the private key away; Ed25519
derives that number from the message instead, so its signatures are deterministic. ECDSA signatures are the
DER pair SEQUENCE { r, s }, 70 to 72 bytes on a 256-bit curve; Ed25519's are always 64 bytes.
"""

from typing import Literal

from cryptography.exceptions import InvalidSignature as PycaInvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from labkit.crypto.digests import PYCA, HashName, digest
from labkit.crypto.errors import InvalidSignature
from labkit.crypto.keys import private_der

CurveName = Literal["P-256", "P-384", "P-521", "secp256k1"]

CURVES: dict[CurveName, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}

_REFUSED = "the signature does not belong to this message and key"


def generate(curve: CurveName) -> bytes:
    """Make a private key on `curve`; return it as PKCS#8 DER."""
    return private_der(ec.generate_private_key(CURVES[curve]))


def sign(key: ec.EllipticCurvePrivateKey, message: bytes, hash_name: HashName) -> bytes:
    """Hash and sign a message with ECDSA: KMS's MessageType RAW. Returns the DER signature."""
    return sign_digest(key, digest(message, hash_name), hash_name)


def sign_digest(key: ec.EllipticCurvePrivateKey, hashed: bytes, hash_name: HashName) -> bytes:
    """Sign a message already hashed: KMS's MessageType DIGEST. Raises ValueError for a wrong size."""
    return key.sign(hashed, ec.ECDSA(Prehashed(PYCA[hash_name])))


def verify(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes, hash_name: HashName) -> None:
    """Return if `signature` is `message`'s; raise InvalidSignature if it is not, or is not strict DER."""
    verify_digest(key, digest(message, hash_name), signature, hash_name)


def verify_digest(
    key: ec.EllipticCurvePublicKey, hashed: bytes, signature: bytes, hash_name: HashName
) -> None:
    """Like `verify`, for a message already hashed. Raises ValueError for a digest of another size."""
    try:
        key.verify(signature, hashed, ec.ECDSA(Prehashed(PYCA[hash_name])))
    except PycaInvalidSignature:
        raise InvalidSignature(_REFUSED) from None


def generate_ed25519() -> bytes:
    """Make an Ed25519 private key; return it as PKCS#8 DER."""
    return private_der(ed25519.Ed25519PrivateKey.generate())


def sign_ed25519(key: ed25519.Ed25519PrivateKey, message: bytes) -> bytes:
    """Sign a whole message with Ed25519 (not Ed25519ph). Returns 64 bytes, the same for the same message."""
    return key.sign(message)


def verify_ed25519(key: ed25519.Ed25519PublicKey, message: bytes, signature: bytes) -> None:
    """Return if `signature` is `message`'s; raise InvalidSignature if it is not."""
    try:
        key.verify(signature, message)
    except PycaInvalidSignature:
        raise InvalidSignature(_REFUSED) from None
