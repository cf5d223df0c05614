"""Keys as bytes and as loaded objects: PKCS#8 (RFC 5958) and SubjectPublicKeyInfo (RFC 5280).

Loading DER costs time, so the functions of `rsa`, `ecc` and the others take *loaded* keys, and whoever owns a
key holds on to the loaded object. There is deliberately no cache in here: one keyed by the DER bytes would
keep a secret in memory after its owner deleted it, where nobody looks. A key's life is its owner's to end.
"""

import base64
import textwrap

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

from labkit.crypto import mlkem, pkcs8
from labkit.crypto.mldsa import MlDsaPrivateKey, MlDsaPublicKey
from labkit.crypto.mlkem import MlKemPrivateKey, MlKemPublicKey
from labkit.crypto.mlkem512 import MLKEM512PrivateKey, MLKEM512PublicKey
from labkit.crypto.sm2 import keys as sm2_keys
from labkit.crypto.sm2.keys import Sm2PrivateKey, Sm2PublicKey

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | MlDsaPrivateKey
    | MlKemPrivateKey
    | Sm2PrivateKey
)
PublicKey = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | MlDsaPublicKey
    | MlKemPublicKey
    | Sm2PublicKey
)


def private_der(key: PrivateKey) -> bytes:
    """Return the private key as unencrypted PKCS#8 DER: secret bytes, to be wrapped before being stored.

    ML-DSA and ML-KEM keys are written as their seeds (RFC 9881, RFC 9935).
    """
    if isinstance(key, Sm2PrivateKey):
        return key.private_der()
    if isinstance(key, MLKEM512PrivateKey):
        return mlkem.private_der_512(key)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_der(key: PublicKey) -> bytes:
    """Return the public key as SubjectPublicKeyInfo DER, the form that KMS GetPublicKey answers with."""
    if isinstance(key, Sm2PublicKey):
        return key.public_der()
    if isinstance(key, MLKEM512PublicKey):
        return mlkem.public_der_512(key)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def private_pem(der: bytes) -> str:
    """Return PKCS#8 DER as the text that tools such as openssl read (RFC 7468)."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"])


def load_private(der: bytes, *, validate: bool = True) -> PrivateKey:
    """Load PKCS#8 DER.

    Validating an RSA key tests its primes again and takes some ten thousand times as long as loading it;
    pass `validate=False` only for a key this lab generated itself, never for one that was imported.
    Raises ValueError for bytes that are no such key, without saying more about them.
    """
    try:
        algorithm, inside = pkcs8.open_private_key_info(der)
        if algorithm == sm2_keys.ALGORITHM:
            return sm2_keys.load_private(inside)
        if algorithm == mlkem.ALGORITHM_512:
            return mlkem.load_private_512(inside)
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=not validate)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("these bytes are not an unencrypted PKCS#8 private key") from None
    if not isinstance(key, PrivateKey):
        raise ValueError("this private key is neither RSA nor on a curve or lattice known here")
    return key


def load_public(der: bytes) -> PublicKey:
    """Load SubjectPublicKeyInfo DER. Raises ValueError for bytes that are no such key.

    A point that is not on its curve is no key.
    """
    try:
        algorithm, inside = pkcs8.open_subject_public_key_info(der)
        if algorithm == sm2_keys.ALGORITHM:
            return sm2_keys.load_public(inside)
        if algorithm == mlkem.ALGORITHM_512:
            return MLKEM512PublicKey.from_public_bytes(inside)
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("these bytes are not a SubjectPublicKeyInfo public key") from None
    if not isinstance(key, PublicKey):
        raise ValueError("this public key is neither RSA nor on a curve or lattice known here")
    return key
