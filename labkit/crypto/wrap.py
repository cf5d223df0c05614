"""Key wrap: encrypting keys under a key, with no nonce to lose (RFC 3394, RFC 5649, NIST SP 800-38F).

Wrapping the same key twice gives the same bytes. That is acceptable for keys, which are random and never
repeat, and wrong for data. KW takes multiples of 8 bytes; KWP pads, so it takes any length. RSA takes little,
so to send a long key to the owner of an RSA key, wrap it with AES and the AES key with RSA.
"""

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from labkit.crypto import rsa
from labkit.crypto.digests import HashName
from labkit.crypto.errors import AuthenticationFailed
from labkit.crypto.randomness import random_bytes

_AES_KEY_BYTES = 32

_REFUSED = "the wrapped key or the wrapping key is not the one that was used"


def wrap(wrapping_key: bytes, key: bytes) -> bytes:
    """Wrap `key` with AES-KW; the result is 8 bytes longer.

    `wrapping_key` is 16, 24 or 32 bytes, `key` a multiple of 8 and at least 16. Raises ValueError otherwise.
    """
    return keywrap.aes_key_wrap(wrapping_key, key)


def unwrap(wrapping_key: bytes, wrapped: bytes) -> bytes:
    """Return the key that `wrap` wrapped. Raises AuthenticationFailed if the integrity check fails."""
    try:
        return keywrap.aes_key_unwrap(wrapping_key, wrapped)
    except keywrap.InvalidUnwrap:
        raise AuthenticationFailed(_REFUSED) from None


def wrap_padded(wrapping_key: bytes, key: bytes) -> bytes:
    """Wrap `key` of 1 byte or more with AES-KWP; the result is 8 to 15 bytes longer, a multiple of 8."""
    if not key:
        raise ValueError("there is no key to wrap: it has 0 bytes")
    return keywrap.aes_key_wrap_with_padding(wrapping_key, key)


def unwrap_padded(wrapping_key: bytes, wrapped: bytes) -> bytes:
    """Return the key that `wrap_padded` wrapped. Raises AuthenticationFailed if the integrity check fails."""
    try:
        return keywrap.aes_key_unwrap_with_padding(wrapping_key, wrapped)
    except keywrap.InvalidUnwrap:
        raise AuthenticationFailed(_REFUSED) from None


def rsa_aes_wrap(public: RSAPublicKey, key: bytes, hash_name: HashName) -> bytes:
    """Wrap `key` of 1 byte or more for whoever holds the private half of `public`.

    Returns RSAES-OAEP(a fresh AES-256 key) || AES-KWP(`key`), the CKM_RSA_AES_KEY_WRAP of PKCS #11 v2.40.
    """
    ephemeral = random_bytes(_AES_KEY_BYTES)
    return rsa.encrypt(public, ephemeral, hash_name) + wrap_padded(ephemeral, key)


def rsa_aes_unwrap(private: RSAPrivateKey, wrapped: bytes, hash_name: HashName) -> bytes:
    """Return the key that `rsa_aes_wrap` wrapped; the AES key in between may have 16, 24 or 32 bytes.

    Raises DecryptionFailed if the RSA part, AuthenticationFailed if the AES part is not for this key.
    """
    modulus_bytes = private.key_size // 8
    ephemeral = rsa.decrypt(private, wrapped[:modulus_bytes], hash_name)
    try:
        return unwrap_padded(ephemeral, wrapped[modulus_bytes:])
    except ValueError:
        raise AuthenticationFailed(_REFUSED) from None
