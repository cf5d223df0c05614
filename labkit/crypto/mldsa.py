"""ML-DSA: signatures that a quantum computer does not break, as far as anybody knows (FIPS 204).

RSA and elliptic curves fall to Shor's algorithm; the lattice problem under ML-DSA does not. The price is
size: 2420, 3309 or 4627 bytes a signature. Nobody hashes the message first: the scheme does that itself,
together with the public key, into the 64 bytes that FIPS 204 calls mu. Whoever has the public key can
compute mu, which is how a message longer than a KMS request gets signed (EXTERNAL_MU).
"""

import hashlib
from typing import Literal

from cryptography.exceptions import InvalidSignature as PycaInvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa

from labkit.crypto.errors import InvalidSignature
from labkit.crypto.randomness import random_bytes

MlDsaPrivateKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
MlDsaPublicKey = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey

ParameterSet = Literal[44, 65, 87]

KEYS: dict[ParameterSet, type[MlDsaPrivateKey]] = {
    44: mldsa.MLDSA44PrivateKey,
    65: mldsa.MLDSA65PrivateKey,
    87: mldsa.MLDSA87PrivateKey,
}

SEED_BYTES = 32
MU_BYTES = 64


def generate(parameter_set: ParameterSet) -> MlDsaPrivateKey:
    """Make a private key. The 32-byte seed is all there is to it: everything else is computed from that."""
    return KEYS[parameter_set].from_seed_bytes(random_bytes(SEED_BYTES))


def external_mu(public: MlDsaPublicKey, message: bytes) -> bytes:
    """Return mu, what is signed in a message's place: SHAKE-256(SHAKE-256(public key) || 00 00 || message).

    The two zero bytes are the prefix of FIPS 204, algorithm 2, for "not hashed before" and "no context".
    """
    identity = hashlib.shake_256(public.public_bytes_raw()).digest(MU_BYTES)
    return hashlib.shake_256(identity + b"\0\0" + message).digest(MU_BYTES)


def sign(key: MlDsaPrivateKey, message: bytes) -> bytes:
    """Sign a message with an empty context. Two signatures of one message differ (the hedged variant)."""
    return key.sign(message)


def sign_mu(key: MlDsaPrivateKey, mu: bytes) -> bytes:
    """Sign what `external_mu` returned: a signature like any other. Raises ValueError unless 64 bytes."""
    return key.sign_mu(mu)


def verify(key: MlDsaPublicKey, message: bytes, signature: bytes) -> None:
    """Return if `signature` is `message`'s; raise InvalidSignature if it is not."""
    try:
        key.verify(signature, message)
    except PycaInvalidSignature:
        raise InvalidSignature("the signature does not belong to this message and key") from None


def verify_mu(key: MlDsaPublicKey, mu: bytes, signature: bytes) -> None:
    """Like `verify`, for a mu of 64 bytes in the message's place."""
    try:
        key.verify_mu(signature, mu)
    except PycaInvalidSignature:
        raise InvalidSignature("the signature does not belong to this mu and key") from None
