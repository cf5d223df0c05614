"""Data keys: how KMS takes part in encrypting more than 4096 bytes without ever seeing them.

A data key is random bytes, handed out twice: in the clear, to be used and forgotten, and encrypted under
the KMS key, to be kept beside the data.
Source: KMS API Reference, "GenerateDataKey", "GenerateDataKeyWithoutPlaintext".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.kms.blob import material_id_in
from labkit.cloud.services.kms.key_specs import ENCRYPT_DECRYPT, KEY_SPECS
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.sealing import Sealing
from labkit.cloud.services.kms.service import faults, would_succeed

DATA_KEY_BYTES = {"AES_256": 32, "AES_128": 16}


class DataKeys(Sealing):
    """Symmetric data keys."""

    def generate_data_key(
        self,
        KeyId: str,
        EncryptionContext: Mapping[str, str] = {},
        NumberOfBytes: int | None = None,
        KeySpec: str | None = None,
        GrantTokens: Sequence[str] = (),
        Recipient: Mapping[str, Any] = {},
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """A new data key, in the clear and encrypted under a symmetric KMS key."""
        key, size = self._data_key(KeyId, NumberOfBytes, KeySpec)
        if DryRun or Recipient:
            self.finish(DryRun, Recipient)
        plaintext = self.hsm.random(size)
        blob = self.seal(key, plaintext, EncryptionContext)
        answer = {
            "CiphertextBlob": blob,
            "Plaintext": plaintext,
            "KeyId": key.Arn,
            "KeyMaterialId": material_id_in(blob),
        }
        return self.for_recipient(answer, "Plaintext", Recipient) if Recipient else answer

    def generate_data_key_without_plaintext(
        self,
        KeyId: str,
        EncryptionContext: Mapping[str, str] = {},
        KeySpec: str | None = None,
        NumberOfBytes: int | None = None,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """A new data key that only KMS has seen: for a system that hands out keys it must not read."""
        key, size = self._data_key(KeyId, NumberOfBytes, KeySpec)
        if DryRun:
            raise would_succeed()
        blob = self.seal(key, self.hsm.random(size), EncryptionContext)
        return {"CiphertextBlob": blob, "KeyId": key.Arn, "KeyMaterialId": material_id_in(blob)}

    def _data_key(self, KeyId: str, NumberOfBytes: int | None, KeySpec: str | None) -> tuple[Key, int]:
        """The key to wrap with, and how long the data key is to be."""
        key = self.find_key(KeyId)
        self.allow_key(key)
        if (NumberOfBytes is None) == (KeySpec is None):
            raise faults.ValidationException("Please specify either number of bytes or key spec.")
        if key.KeyUsage == ENCRYPT_DECRYPT and not KEY_SPECS[key.KeySpec].symmetric:
            self.check_state(key)
            raise faults.InvalidKeyUsageException("You cannot generate a data key with an asymmetric CMK")
        self.check_use(key, ENCRYPT_DECRYPT, "SYMMETRIC_DEFAULT")
        return key, NumberOfBytes or DATA_KEY_BYTES[str(KeySpec)]
