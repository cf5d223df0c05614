"""AES-256-GCM: secrecy and authenticity in one pass (NIST SP 800-38D).

The initialisation vector is the caller's to choose and must never repeat under one key: two messages sealed
with the same pair give away the XOR of their plaintexts *and* the key that authenticates them.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit.crypto.errors import AuthenticationFailed

KEY_BYTES = 32
IV_BYTES = 12
TAG_BYTES = 16


def seal(key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> tuple[bytes, bytes]:
    """Encrypt `plaintext` and authenticate it together with `aad`.

    `key` is 32 bytes, `iv` 12 bytes and never used before with this key. Returns (ciphertext, tag): the
    ciphertext is as long as the plaintext, the tag 16 bytes. Raises ValueError for another size of key or IV.
    """
    if len(key) != KEY_BYTES or len(iv) != IV_BYTES:
        raise _wrong_size(key, iv)
    sealed = AESGCM(key).encrypt(iv, plaintext, aad)
    return sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]


def open_(key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
    """Check the tag over `aad` and `ciphertext`; only then return the plaintext.

    Raises AuthenticationFailed when any of the five inputs differs from what was sealed, and ValueError for
    a key, IV or tag of another size: a shortened tag is a weaker tag, not a variant.
    """
    if len(key) != KEY_BYTES or len(iv) != IV_BYTES or len(tag) != TAG_BYTES:
        raise _wrong_size(key, iv, tag)
    try:
        return AESGCM(key).decrypt(iv, ciphertext + tag, aad)
    except InvalidTag:
        raise AuthenticationFailed(
            "the ciphertext, its associated data or the key is not the one sealed"
        ) from None


def _wrong_size(key: bytes, iv: bytes, tag: bytes = bytes(TAG_BYTES)) -> ValueError:
    if len(key) != KEY_BYTES:
        return ValueError(f"an AES-256 key has {KEY_BYTES} bytes, not {len(key)}")
    if len(iv) != IV_BYTES:
        return ValueError(f"an AES-GCM initialisation vector here has {IV_BYTES} bytes, not {len(iv)}")
    return ValueError(f"an AES-GCM tag here has {TAG_BYTES} bytes, not {len(tag)}")
