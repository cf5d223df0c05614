"""What cryptography refuses, and why it says so little about it.

    CryptoError
    ├── AuthenticationFailed   a tag, MAC or key-wrap integrity check does not match
    ├── DecryptionFailed       RSA-OAEP's padding or SM2's hash is wrong
    └── InvalidSignature       a signature does not belong to this message and key

The messages never tell *which* byte was wrong. An error that tells two kinds of bad padding apart is an
oracle with which an attacker decrypts without the key (Manger 2001 for OAEP, Vaudenay 2002 for CBC).
"""


class CryptoError(Exception):
    """The common ancestor of everything this floor refuses because of the bytes it was given."""


class AuthenticationFailed(CryptoError):
    """The bytes, their associated data or the key are not those that were sealed."""


class DecryptionFailed(CryptoError):
    """The ciphertext was not made for this key with this padding."""


class InvalidSignature(CryptoError):
    """The signature does not verify under this public key, message and algorithm."""
