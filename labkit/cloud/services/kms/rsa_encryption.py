"""RSA keys that encrypt: anyone may with the public key, outside of KMS too; only the HSM can decrypt.

Source: KMS Developer Guide, "Asymmetric keys in AWS KMS"; the sizes follow from RFC 8017, section 7.1.1.
"""

from typing import cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from labkit.cloud.services.kms.hsm import Hsm
from labkit.cloud.services.kms.model import Key, KeyMaterial
from labkit.cloud.services.kms.service import faults
from labkit.crypto import rsa
from labkit.crypto.digests import HashName, digest_size
from labkit.crypto.errors import DecryptionFailed

OAEP_HASH: dict[str, HashName] = {"RSAES_OAEP_SHA_1": "SHA-1", "RSAES_OAEP_SHA_256": "SHA-256"}


def rsa_encrypt(hsm: Hsm, key: Key, material: KeyMaterial, plaintext: bytes, algorithm: str) -> bytes:
    """RSAES-OAEP under the key's public half.

    Raises:
        ValidationException: the plaintext is longer than modulus - 2 * hash - 2 bytes.
    """
    private = cast(RSAPrivateKey, hsm.use(material, "encrypt", algorithm, {"bytes": len(plaintext)}))
    limit = private.key_size // 8 - 2 * digest_size(OAEP_HASH[algorithm]) - 2
    if len(plaintext) > limit:
        raise faults.ValidationException(
            f"Algorithm {algorithm} and key spec {key.KeySpec} cannot encrypt data larger than {limit} bytes."
        )
    return rsa.encrypt(private.public_key(), plaintext, OAEP_HASH[algorithm])


def rsa_decrypt(hsm: Hsm, material: KeyMaterial, ciphertext: bytes, algorithm: str) -> bytes:
    """Undo `rsa_encrypt`; InvalidCiphertextException, without a reason, if that can't be done."""
    private = cast(RSAPrivateKey, hsm.use(material, "decrypt", algorithm, {"bytes": len(ciphertext)}))
    try:
        return rsa.decrypt(private, ciphertext, OAEP_HASH[algorithm])
    except DecryptionFailed:
        raise faults.InvalidCiphertextException() from None
