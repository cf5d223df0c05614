"""Keys as bytes and as loaded objects: PKCS#8 (RFC 5208) and SubjectPublicKeyInfo (RFC 5280).

Loading DER costs time, so the functions of `rsa` and `ecc` take *loaded* keys and whoever owns a key holds
on to the loaded object. There is deliberately no cache in here: one keyed by the DER bytes would keep a
secret in memory after its owner deleted it, where nobody looks. A key's life is its owner's to end.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def private_der(key: PrivateKey) -> bytes:
    """Return the private key as unencrypted PKCS#8 DER: secret bytes, to be wrapped before being stored."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_der(key: PublicKey) -> bytes:
    """Return the public key as SubjectPublicKeyInfo DER, the form that KMS GetPublicKey answers with."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def load_private(der: bytes, *, validate: bool = True) -> PrivateKey:
    """Load PKCS#8 DER.

    Validating an RSA key tests its primes again and takes some ten thousand times as long as loading it;
    pass `validate=False` only for a key this lab generated itself, never for one that was imported.
    Raises ValueError for bytes that are no such key, without saying more about them.
    """
    try:
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=not validate)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("these bytes are not an unencrypted PKCS#8 private key") from None
    if not isinstance(key, PrivateKey):
        raise ValueError("this private key is neither RSA nor on a curve known here")
    return key


def load_public(der: bytes) -> PublicKey:
    """Load SubjectPublicKeyInfo DER. Raises ValueError for bytes that are no such key."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("these bytes are not a SubjectPublicKeyInfo public key") from None
    if not isinstance(key, PublicKey):
        raise ValueError("this public key is neither RSA nor on a curve known here")
    return key
