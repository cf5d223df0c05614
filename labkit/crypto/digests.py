"""The hash functions of FIPS 180-4, by the names the standard gives them, and China's SM3.

One table joins each name with the two libraries that compute it, so that no other file has to spell a hash
twice. SHA-1 is here for RSAES_OAEP_SHA_1 alone: it is broken for signatures, not for OAEP.
"""

import hashlib
from typing import Literal

from cryptography.hazmat.primitives import hashes

HashName = Literal["SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"]

PYCA: dict[HashName, hashes.HashAlgorithm] = {
    "SHA-1": hashes.SHA1(),  # noqa: S303 (for OAEP, see above)
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}

SM3_BYTES = 32

HASHLIB: dict[HashName, str] = {name: name.replace("-", "").lower() for name in PYCA}


def digest(message: bytes, hash_name: HashName) -> bytes:
    """Return the hash of `message`, as long as `digest_size(hash_name)` says."""
    return hashlib.new(HASHLIB[hash_name], message).digest()


def digest_size(hash_name: HashName) -> int:
    """Return the hash's length in bytes, such as 32 for SHA-256."""
    return PYCA[hash_name].digest_size


def sm3(*parts: bytes) -> bytes:
    """Return the SM3 hash (GB/T 32905) of `parts`, one after another: 32 bytes.

    Computed by pyca, as not every Python's hashlib was built with it.
    """
    state = hashes.Hash(hashes.SM3())
    for part in parts:
        state.update(part)
    return state.finalize()
