"""HKDF: many keys from one, by two HMACs (RFC 5869). The AWS Encryption SDK derives all its keys so.

`extract` gathers what randomness the input has into one key; `expand` makes of that key as many others as
there are purposes, each named by `info`. SP 800-108's counter mode in `kdf` is the same idea without
the first step. HMAC is written out here (RFC 2104): for inputs as short as these it takes half the time of
the library's, and every message of the SDK derives three keys.
"""

import hashlib

from labkit.crypto.digests import HASHLIB, HashName, digest_size

_HASHES = {name: getattr(hashlib, spelling) for name, spelling in HASHLIB.items()}
_BLOCK_BYTES = {name: make().block_size for name, make in _HASHES.items()}
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


def extract(salt: bytes, key: bytes, hash_name: HashName) -> bytes:
    """The pseudorandom key of `key`: HMAC under `salt`, which may be empty and is no secret."""
    return _hmac(salt, key, hash_name)


def expand(pseudorandom_key: bytes, info: bytes, length: int, hash_name: HashName) -> bytes:
    """`length` bytes for the purpose `info`. ValueError below one byte and beyond 255 hashes."""
    if not 1 <= length <= 255 * digest_size(hash_name):
        raise ValueError(f"HKDF with {hash_name} does not give {length} bytes")
    stream = block = b""
    counter = 0
    while len(stream) < length:
        counter += 1
        block = _hmac(pseudorandom_key, block + info + bytes([counter]), hash_name)
        stream += block
    return stream[:length]


def _hmac(key: bytes, message: bytes, hash_name: HashName) -> bytes:
    make, size = _HASHES[hash_name], _BLOCK_BYTES[hash_name]
    padded = (key if len(key) <= size else make(key).digest()).ljust(size, b"\0")
    inner: bytes = make(padded.translate(_INNER) + message).digest()
    outer: bytes = make(padded.translate(_OUTER) + inner).digest()
    return outer
