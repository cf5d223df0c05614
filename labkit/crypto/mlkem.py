"""ML-KEM: agreeing on a key over an open line, safely even if quantum computers come (FIPS 203).

One side *encapsulates*: out of the other's public key it makes a fresh shared secret and a ciphertext. The
other *decapsulates* the ciphertext into the same secret. A ciphertext that was changed is not refused: it
yields another secret, always the same one (implicit rejection). An error would tell an attacker something
about the private key; a wrong secret tells nothing, and shows when the first message under it fails.
"""

from typing import Literal

from cryptography.hazmat.primitives.asymmetric import mlkem

from labkit.crypto.mlkem512 import SEED_BYTES, MLKEM512PrivateKey, MLKEM512PublicKey
from labkit.crypto.pkcs8 import algorithm_identifier, private_key_info, subject_public_key_info
from labkit.crypto.randomness import random_bytes

MlKemPrivateKey = MLKEM512PrivateKey | mlkem.MLKEM768PrivateKey | mlkem.MLKEM1024PrivateKey
MlKemPublicKey = MLKEM512PublicKey | mlkem.MLKEM768PublicKey | mlkem.MLKEM1024PublicKey

ParameterSet = Literal[512, 768, 1024]

KEYS: dict[ParameterSet, type[MlKemPrivateKey]] = {
    512: MLKEM512PrivateKey,
    768: mlkem.MLKEM768PrivateKey,
    1024: mlkem.MLKEM1024PrivateKey,
}

ALGORITHM_512 = algorithm_identifier("2.16.840.1.101.3.4.4.1")
"""id-alg-ml-kem-512 (RFC 9935, section 3)."""

# [0], the choice of RFC 9935 for a key that is given as its seed alone, and 64, the seed's length.
_SEED_CHOICE = bytes((0x80, SEED_BYTES))


def generate(parameter_set: ParameterSet) -> MlKemPrivateKey:
    """Make a private key out of a 64-byte seed, from which everything else is computed."""
    return KEYS[parameter_set].from_seed_bytes(random_bytes(SEED_BYTES))


def encapsulate(key: MlKemPublicKey) -> tuple[bytes, bytes]:
    """Return (shared secret, ciphertext): 32 bytes, and 768, 1088 or 1568 bytes.

    Raises ValueError for a public key that fails the modulus check of FIPS 203, section 7.2.
    """
    return key.encapsulate()


def decapsulate(key: MlKemPrivateKey, ciphertext: bytes) -> bytes:
    """Return the shared secret of 32 bytes; out of a ciphertext that was not made for this key, another one.

    Raises ValueError for a ciphertext of another length: how long it is, is no secret.
    """
    return key.decapsulate(ciphertext)


def private_der_512(key: MLKEM512PrivateKey) -> bytes:
    """Return PKCS#8 in RFC 9935's seed form: 86 bytes, as for every size of ML-KEM."""
    return private_key_info(ALGORITHM_512, _SEED_CHOICE + key.private_bytes_raw())


def public_der_512(key: MLKEM512PublicKey) -> bytes:
    """Return SubjectPublicKeyInfo: 822 bytes."""
    return subject_public_key_info(ALGORITHM_512, key.public_bytes_raw())


def load_private_512(private_key: bytes) -> MLKEM512PrivateKey:
    """Load what stands inside PKCS#8. Raises ValueError unless it is a seed alone."""
    if not private_key.startswith(_SEED_CHOICE):
        raise ValueError("an ML-KEM private key must be given as its seed")
    return MLKEM512PrivateKey.from_seed_bytes(private_key[len(_SEED_CHOICE) :])
