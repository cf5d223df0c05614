"""Data key pairs: an asymmetric key pair for use outside of KMS, its private key sealed under a KMS key.

What a data key is to a file, a data key pair is to signatures and to mail: the public key goes out at once,
the private key is kept beside the data, encrypted, until it is needed.
Source: KMS API Reference, "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.kms.blob import material_id_in
from labkit.cloud.services.kms.key_specs import ENCRYPT_DECRYPT, KEY_SPECS, offered_in
from labkit.cloud.services.kms.key_states import AWS_KMS, EXTERNAL
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.sealing import Sealing
from labkit.cloud.services.kms.service import faults, would_succeed


class DataKeyPairs(Sealing):
    """Asymmetric data keys."""

    def generate_data_key_pair(
        self,
        KeyId: str,
        KeyPairSpec: str,
        EncryptionContext: Mapping[str, str] = {},
        GrantTokens: Sequence[str] = (),
        Recipient: Mapping[str, Any] = {},
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """A new key pair: the public key, and the private key in the clear and encrypted."""
        key = self._sealing_key(KeyId, KeyPairSpec)
        self.finish(DryRun, Recipient)
        private, answer = self._make_pair(key, KeyPairSpec, EncryptionContext)
        answer["PrivateKeyPlaintext"] = private
        return self.for_recipient(answer, "PrivateKeyPlaintext", Recipient) if Recipient else answer

    def generate_data_key_pair_without_plaintext(
        self,
        KeyId: str,
        KeyPairSpec: str,
        EncryptionContext: Mapping[str, str] = {},
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """A new key pair whose private key only KMS has seen, for whoever needs the public key alone now."""
        key = self._sealing_key(KeyId, KeyPairSpec)
        if DryRun:
            raise would_succeed()
        _, answer = self._make_pair(key, KeyPairSpec, EncryptionContext)
        return answer

    def _sealing_key(self, KeyId: str, KeyPairSpec: str) -> Key:
        """The symmetric key that will encrypt the private key.

        Raises:
            InvalidKeyUsageException: it is not symmetric, or not for encryption.
            UnsupportedOperationException: it is in a custom key store, or no such pairs are made here.
        """
        key = self.find_key(KeyId)
        self.allow_key(key)
        if key.KeyUsage == ENCRYPT_DECRYPT and not KEY_SPECS[key.KeySpec].symmetric:
            self.check_state(key)
            raise faults.InvalidKeyUsageException("You cannot generate a data key with an asymmetric CMK")
        self.check_use(key, ENCRYPT_DECRYPT, "SYMMETRIC_DEFAULT")
        if key.Origin not in (AWS_KMS, EXTERNAL):
            raise faults.UnsupportedOperationException(
                f"{key.Arn} origin is {key.Origin} which is not valid for this operation."
            )
        if not offered_in(KeyPairSpec, self.region):
            raise faults.UnsupportedOperationException(
                f"KeyPairSpec {KeyPairSpec} is not supported in this Region"
            )
        return key

    def _make_pair(
        self, key: Key, KeyPairSpec: str, context: Mapping[str, str]
    ) -> tuple[bytes, dict[str, Any]]:
        private, public = self.hsm.random_pair(KEY_SPECS[KeyPairSpec])
        blob = self.seal(key, private, context)
        return private, {
            "PrivateKeyCiphertextBlob": blob,
            "PublicKey": public,
            "KeyId": key.Arn,
            "KeyPairSpec": KeyPairSpec,
            "KeyMaterialId": material_id_in(blob),
        }
