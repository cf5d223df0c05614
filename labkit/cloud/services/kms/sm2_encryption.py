"""SM2 keys that encrypt, in the regions of China: the same use as RSA's, by another standard.

Source: KMS Developer Guide, "SM2 key spec (China Regions only)"; the limit is that of "Encrypt".
"""

from typing import cast

from labkit.cloud.services.kms.hsm import Hsm
from labkit.cloud.services.kms.model import KeyMaterial
from labkit.cloud.services.kms.service import faults
from labkit.crypto.errors import DecryptionFailed
from labkit.crypto.sm2 import encryption
from labkit.crypto.sm2.keys import Sm2PrivateKey

SM2PKE = "SM2PKE"
LIMIT = 1024


def sm2_encrypt(hsm: Hsm, material: KeyMaterial, plaintext: bytes) -> bytes:
    """SM2PKE under the key's public half, as DER.

    Raises:
        ValidationException: the plaintext is longer than 1024 bytes.
    """
    private = cast(Sm2PrivateKey, hsm.use(material, "encrypt", SM2PKE, {"bytes": len(plaintext)}))
    if len(plaintext) > LIMIT:
        raise faults.ValidationException(
            f"Algorithm {SM2PKE} and key spec SM2 cannot encrypt data larger than {LIMIT} bytes."
        )
    return encryption.encrypt(private.public_key(), plaintext)


def sm2_decrypt(hsm: Hsm, material: KeyMaterial, ciphertext: bytes) -> bytes:
    """Undo `sm2_encrypt`; InvalidCiphertextException, without a reason, if that can't be done."""
    private = cast(Sm2PrivateKey, hsm.use(material, "decrypt", SM2PKE, {"bytes": len(ciphertext)}))
    try:
        return encryption.decrypt(private, ciphertext)
    except DecryptionFailed:
        raise faults.InvalidCiphertextException() from None
