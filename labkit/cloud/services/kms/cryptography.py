"""Encrypt, Decrypt, ReEncrypt: at most 4096 bytes, and the key never leaves the HSM.

Source: KMS API Reference, "Encrypt", "Decrypt", "ReEncrypt".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.kms.blob import Blob, MalformedBlob, material_id_in
from labkit.cloud.services.kms.key_specs import ENCRYPT_DECRYPT
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.rsa_encryption import rsa_decrypt, rsa_encrypt
from labkit.cloud.services.kms.sealing import Recognised, Sealing
from labkit.cloud.services.kms.service import faults, would_succeed
from labkit.cloud.services.kms.sm2_encryption import SM2PKE, sm2_decrypt, sm2_encrypt

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
IGNORE_CIPHERTEXT = "IGNORE_CIPHERTEXT"


class Cryptography(Sealing):
    """Encryption and decryption under symmetric keys, RSA keys and SM2 keys."""

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
        if DryRun:
            raise would_succeed()
        sealed = self._seal(key, Plaintext, EncryptionContext, EncryptionAlgorithm)
        return {"CiphertextBlob": sealed, "KeyId": key.Arn, "EncryptionAlgorithm": EncryptionAlgorithm}

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
        ignored = DryRun and IGNORE_CIPHERTEXT in DryRunModifiers
        key, sealed = self._key_of(CiphertextBlob, KeyId, EncryptionAlgorithm, ignored)
        self.allow_key(key)
        self.check_use(key, ENCRYPT_DECRYPT, EncryptionAlgorithm)
        plaintext = b"" if ignored else self._open(key, sealed, EncryptionContext, EncryptionAlgorithm)
        if DryRun or Recipient:
            self.finish(DryRun, Recipient)
        answer: dict[str, Any] = {
            "KeyId": key.Arn,
            "Plaintext": plaintext,
            "EncryptionAlgorithm": EncryptionAlgorithm,
        }
        if isinstance(sealed, Recognised):
            answer["KeyMaterialId"] = sealed.material.KeyMaterialId
        return self.for_recipient(answer, "Plaintext", Recipient) if Recipient else answer

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
        ignored = DryRun and IGNORE_CIPHERTEXT in DryRunModifiers
        source, old = self._key_of(CiphertextBlob, SourceKeyId, SourceEncryptionAlgorithm, ignored)
        destination = self.find_key(DestinationKeyId)
        self.allow_key(source, "kms:ReEncryptFrom")
        self.allow_key(destination, "kms:ReEncryptTo")
        self.check_use(source, ENCRYPT_DECRYPT, SourceEncryptionAlgorithm)
        self.check_use(destination, ENCRYPT_DECRYPT, DestinationEncryptionAlgorithm)
        plaintext = (
            b"" if ignored else self._open(source, old, SourceEncryptionContext, SourceEncryptionAlgorithm)
        )
        if DryRun:
            raise would_succeed()
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
        if isinstance(old, Recognised):
            answer["SourceKeyMaterialId"] = old.material.KeyMaterialId
        if DestinationEncryptionAlgorithm == SYMMETRIC_DEFAULT:
            answer["DestinationKeyMaterialId"] = material_id_in(sealed)
        return answer

    def _seal(self, key: Key, plaintext: bytes, context: Mapping[str, str], algorithm: str) -> bytes:
        if algorithm == SYMMETRIC_DEFAULT:
            return self.seal(key, plaintext, context)
        _check_no_context(context, algorithm)
        if algorithm == SM2PKE:
            return sm2_encrypt(self.hsm, self.material_of(key), plaintext)
        return rsa_encrypt(self.hsm, key, self.material_of(key), plaintext, algorithm)

    def _open(
        self, key: Key, ciphertext: Recognised | bytes, context: Mapping[str, str], algorithm: str
    ) -> bytes:
        if isinstance(ciphertext, Recognised):
            return self.open(key, ciphertext, context)
        _check_no_context(context, algorithm)
        if algorithm == SM2PKE:
            return sm2_decrypt(self.hsm, self.material_of(key), ciphertext)
        return rsa_decrypt(self.hsm, self.material_of(key), ciphertext, algorithm)

    def _key_of(
        self, ciphertext: bytes | None, KeyId: str | None, algorithm: str, ignored: bool
    ) -> tuple[Key, Recognised | bytes]:
        """The key that a ciphertext was made under, which must be `KeyId` where one is given, and the
        ciphertext, recognised if it is a symmetric one.

        A dry run that ignores the ciphertext must be given a KeyId, and takes its word for it.
        """
        if ignored:
            if KeyId is None:
                raise faults.ValidationException(
                    "KeyId is required when DryRun is true and DryRunModifiers is set to IGNORE_CIPHERTEXT."
                )
            return self.find_key(KeyId), b""
        if ciphertext is None:
            raise faults.ValidationException(MISSING_BLOB)
        if algorithm != SYMMETRIC_DEFAULT:
            if KeyId is None:
                raise faults.ValidationException(f"KeyId is required for the {algorithm} algorithm.")
            return self.find_key(KeyId), ciphertext
        named = self.find_key(KeyId) if KeyId else None
        try:
            blob = Blob.decode(ciphertext)
        except MalformedBlob:
            raise faults.InvalidCiphertextException() from None
        maker, material = self.find_maker(blob.key_reference.hex())
        if named is not None and (maker is None or maker.Arn != named.Arn):
            raise faults.IncorrectKeyException(
                "The key ID in the request does not identify a CMK that can perform this operation."
            )
        if maker is None or material is None:
            raise faults.AccessDeniedException(
                "The ciphertext refers to a customer master key that does not exist, "
                "does not exist in this region, or you are not allowed to access."
            )
        return maker, Recognised(blob, material)


MISSING_BLOB = (
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: "
    "Member must not be null"
)


def _check_no_context(context: Mapping[str, str], algorithm: str) -> None:
    if context:
        raise faults.ValidationException(
            f"EncryptionContext is not supported with the {algorithm} algorithm."
        )
