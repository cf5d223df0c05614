"""Message authentication codes: HMAC with SHA-224, 256, 384 and 512 (FIPS 198-1, RFC 2104, RFC 4231).

Whoever can check a MAC can also make one: both sides hold the same key. A signature tells the sides apart.
"""

import hmac

from labkit.crypto.digests import HASHLIB, HashName
from labkit.crypto.errors import AuthenticationFailed


def generate(key: bytes, message: bytes, hash_name: HashName) -> bytes:
    """Return HMAC(key, message), as long as the hash: 28, 32, 48 or 64 bytes."""
    return hmac.digest(key, message, HASHLIB[hash_name])


def verify(key: bytes, message: bytes, tag: bytes, hash_name: HashName) -> None:
    """Return if `tag` is the whole HMAC of `message`; raise AuthenticationFailed if it is not.

    The comparison takes the same time wherever the first wrong byte is: one that stops early lets an
    attacker find the tag byte by byte. A shortened tag is refused.
    """
    if not hmac.compare_digest(generate(key, message, hash_name), tag):
        raise AuthenticationFailed("the MAC does not belong to this message and key")
