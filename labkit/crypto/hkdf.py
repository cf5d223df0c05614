"""HKDF: many keys from one, by two HMACs (RFC 5869). The AWS Encryption SDK derives all its keys so.

`extract` gathers what randomness the input has into one key; `expand` makes of that key as many others as
there are purposes, each named by `info`. SP 800-108's counter mode in `kdf` is the same idea without
the first step.
"""

import hmac

from labkit.crypto.digests import HASHLIB, HashName, digest_size


def extract(salt: bytes, key: bytes, hash_name: HashName) -> bytes:
    """The pseudorandom key of `key`: HMAC under `salt`, which may be empty and is no secret."""
    name = HASHLIB[hash_name]
    return hmac.digest(salt or bytes(digest_size(hash_name)), key, name)


def expand(pseudorandom_key: bytes, info: bytes, length: int, hash_name: HashName) -> bytes:
    """`length` bytes for the purpose `info`. ValueError below one byte and beyond 255 hashes."""
    name = HASHLIB[hash_name]
    if not 1 <= length <= 255 * digest_size(hash_name):
        raise ValueError(f"HKDF with {hash_name} does not give {length} bytes")
    stream = block = b""
    counter = 0
    while len(stream) < length:
        counter += 1
        block = hmac.digest(pseudorandom_key, block + info + bytes([counter]), name)
        stream += block
    return stream[:length]
