"""Encrypt, Decrypt, ReEncrypt: at most 4096 bytes, and the key never leaves the HSM.

Source: KMS API Reference, "Encrypt", "Decrypt", "ReEncrypt".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.kms.blob import Blob, MalformedBlob
from labkit.cloud.services.kms.key_specs import ENCRYPT_DECRYPT
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.rsa_encryption import rsa_decrypt, rsa_encrypt
from labkit.cloud.services.kms.service import KmsService, faults, key_account
from labkit.crypto.errors import AuthenticationFailed

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"


class Cryptography(KmsService):
    """Encryption and decryption under symmetric keys and RSA keys."""

    def encrypt(
        self,
        KeyId: str,
        Plaintext: bytes,
        EncryptionContext: Mapping[str, str] = {},
        GrantTokens: Sequence[str] = (),
        EncryptionAlgorithm: str = SYMMETRIC_DEFAULT,
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Encrypt up to 4096 bytes; an RSA key takes less, by its size and algorithm.

        The context is not in the ciphertext and is not secret: it is authenticated, and Decrypt must be
        given the same.
        """
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.check_use(key, ENCRYPT_DECRYPT, EncryptionAlgorithm)
        self.finish(DryRun, {})
        return {
            "CiphertextBlob": self._seal(key, Plaintext, EncryptionContext, EncryptionAlgorithm),
            "KeyId": key.Arn,
            "EncryptionAlgorithm": EncryptionAlgorithm,
        }

    def decrypt(
        self,
        CiphertextBlob: bytes | None = None,
        EncryptionContext: Mapping[str, str] = {},
        GrantTokens: Sequence[str] = (),
        KeyId: str | None = None,
        EncryptionAlgorithm: str = SYMMETRIC_DEFAULT,
        Recipient: Mapping[str, Any] = {},
        DryRun: bool = False,
        DryRunModifiers: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Decrypt. A symmetric ciphertext names its own key; KeyId then only insists on one.

        Raises:
            InvalidCiphertextException: changed, cut, or made with another encryption context. No reason
                is given, as a reason would help whoever tries.
            IncorrectKeyException: it was made under another key than KeyId.
        """
        if CiphertextBlob is None:
            raise faults.ValidationException(MISSING_BLOB)
        key = self._key_of(CiphertextBlob, KeyId, EncryptionAlgorithm)
        self.allow_key(key)
        self.check_use(key, ENCRYPT_DECRYPT, EncryptionAlgorithm)
        self.finish(DryRun, Recipient)
        answer: dict[str, Any] = {
            "KeyId": key.Arn,
            "Plaintext": self._open(key, CiphertextBlob, EncryptionContext, EncryptionAlgorithm),
            "EncryptionAlgorithm": EncryptionAlgorithm,
        }
        if EncryptionAlgorithm == SYMMETRIC_DEFAULT:
            answer["KeyMaterialId"] = Blob.decode(CiphertextBlob).key_reference.hex()
        return answer

    def re_encrypt(
        self,
        DestinationKeyId: str,
        CiphertextBlob: bytes | None = None,
        SourceEncryptionContext: Mapping[str, str] = {},
        SourceKeyId: str | None = None,
        DestinationEncryptionContext: Mapping[str, str] = {},
        SourceEncryptionAlgorithm: str = SYMMETRIC_DEFAULT,
        DestinationEncryptionAlgorithm: str = SYMMETRIC_DEFAULT,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
        DryRunModifiers: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Decrypt and encrypt again, inside the HSM: the plaintext never crosses the wire.

        Two permissions are asked for, kms:ReEncryptFrom on the old key and kms:ReEncryptTo on the new one.
        """
        if CiphertextBlob is None:
            raise faults.ValidationException(MISSING_BLOB)
        source = self._key_of(CiphertextBlob, SourceKeyId, SourceEncryptionAlgorithm)
        destination = self.find_key(DestinationKeyId)
        self.allow_key(source, "kms:ReEncryptFrom")
        self.allow_key(destination, "kms:ReEncryptTo")
        self.check_use(source, ENCRYPT_DECRYPT, SourceEncryptionAlgorithm)
        self.check_use(destination, ENCRYPT_DECRYPT, DestinationEncryptionAlgorithm)
        self.finish(DryRun, {})
        plaintext = self._open(source, CiphertextBlob, SourceEncryptionContext, SourceEncryptionAlgorithm)
        sealed = self._seal(
            destination, plaintext, DestinationEncryptionContext, DestinationEncryptionAlgorithm
        )
        answer: dict[str, Any] = {
            "CiphertextBlob": sealed,
            "SourceKeyId": source.Arn,
            "KeyId": destination.Arn,
            "SourceEncryptionAlgorithm": SourceEncryptionAlgorithm,
            "DestinationEncryptionAlgorithm": DestinationEncryptionAlgorithm,
        }
        if SourceEncryptionAlgorithm == SYMMETRIC_DEFAULT:
            answer["SourceKeyMaterialId"] = Blob.decode(CiphertextBlob).key_reference.hex()
        if DestinationEncryptionAlgorithm == SYMMETRIC_DEFAULT:
            answer["DestinationKeyMaterialId"] = Blob.decode(sealed).key_reference.hex()
        return answer

    def _seal(self, key: Key, plaintext: bytes, context: Mapping[str, str], algorithm: str) -> bytes:
        material = self.material_of(key)
        if algorithm == SYMMETRIC_DEFAULT:
            return self.hsm.encrypt(material, plaintext, context)
        _check_no_context(context, algorithm)
        return rsa_encrypt(self.hsm, key, material, plaintext, algorithm)

    def _open(self, key: Key, ciphertext: bytes, context: Mapping[str, str], algorithm: str) -> bytes:
        if algorithm != SYMMETRIC_DEFAULT:
            _check_no_context(context, algorithm)
            return rsa_decrypt(self.hsm, self.material_of(key), ciphertext, algorithm)
        blob = Blob.decode(ciphertext)
        material = self.tables_of(key_account(key)).materials.get(blob.key_reference.hex())
        assert material is not None  # `_key_of` found the key through it
        try:
            return self.hsm.decrypt(material, blob, context)
        except AuthenticationFailed:
            raise faults.InvalidCiphertextException() from None

    def _key_of(self, ciphertext: bytes, KeyId: str | None, algorithm: str) -> Key:
        """The key that a ciphertext was made under, which must be `KeyId` where one is given."""
        if algorithm != SYMMETRIC_DEFAULT:
            if KeyId is None:
                raise faults.ValidationException(f"KeyId is required for the {algorithm} algorithm.")
            return self.find_key(KeyId)
        named = self.find_key(KeyId) if KeyId else None
        try:
            reference = Blob.decode(ciphertext).key_reference.hex()
        except MalformedBlob:
            raise faults.InvalidCiphertextException() from None
        maker = self.find_maker(reference)
        if named is not None and (maker is None or maker.Arn != named.Arn):
            raise faults.IncorrectKeyException(
                "The key ID in the request does not identify a CMK that can perform this operation."
            )
        if maker is None:
            raise faults.AccessDeniedException(
                "The ciphertext refers to a customer master key that does not exist, "
                "does not exist in this region, or you are not allowed to access."
            )
        return maker


MISSING_BLOB = (
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: "
    "Member must not be null"
)


def _check_no_context(context: Mapping[str, str], algorithm: str) -> None:
    if context:
        raise faults.ValidationException(
            f"EncryptionContext is not supported with the {algorithm} algorithm."
        )
