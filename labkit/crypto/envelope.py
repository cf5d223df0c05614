"""An envelope in its plainest form: data under a data key, and beside it the data key under another key.

    2 bytes     the length of the wrapped data key
    ...         the wrapped data key
    12 bytes    the IV
    ...         the ciphertext, as long as the plaintext
    16 bytes    the tag of AES-256-GCM

This is the lab's own form, for services that keep data under a KMS key and publish none.
"""

from labkit.crypto import aead
from labkit.crypto.randomness import random_bytes

LENGTH_BYTES = 2


def seal(data_key: bytes, wrapped: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """`plaintext` under a 32-byte data key, which must not be used again, with its wrapped form in front."""
    iv = random_bytes(aead.IV_BYTES)
    ciphertext, tag = aead.seal(data_key, iv, plaintext, aad)
    return len(wrapped).to_bytes(LENGTH_BYTES, "big") + wrapped + iv + ciphertext + tag


def wrapped_key(sealed: bytes) -> bytes:
    """The wrapped data key of an envelope: what has to be unwrapped before `open_`."""
    return sealed[LENGTH_BYTES : _end_of_key(sealed)]


def open_(data_key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """What is in an envelope. AuthenticationFailed if a byte behind the wrapped key, or `aad`, is another."""
    start = _end_of_key(sealed)
    iv, ciphertext = sealed[start : start + aead.IV_BYTES], sealed[start + aead.IV_BYTES : -aead.TAG_BYTES]
    return aead.open_(data_key, iv, ciphertext, sealed[-aead.TAG_BYTES :], aad)


def _end_of_key(sealed: bytes) -> int:
    return LENGTH_BYTES + int.from_bytes(sealed[:LENGTH_BYTES], "big")
