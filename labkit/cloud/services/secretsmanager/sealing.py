"""Encryption at rest: each version under a data key of its own, and that under the KMS key of the secret.

The encryption context names the secret and the version, so a value can't be passed off as another. Secrets
Manager asks KMS in the caller's name; only with the AWS managed key does no one need a permission of KMS's.
Source: Secrets Manager User Guide, "Secret encryption and decryption in AWS Secrets Manager".
"""

from typing import NoReturn

from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.model import Secret, SecretVersion, version_key
from labkit.cloud.services.secretsmanager.service import SecretsService, faults
from labkit.crypto import envelope
from labkit.crypto.aad import encode_context

DEFAULT_KEY = "alias/aws/secretsmanager"


class Sealing(SecretsService):
    """Encryption and decryption of values."""

    def seal(
        self, secret: Secret, version_id: str, kind: str, value: bytes, *, region: str = ""
    ) -> SecretVersion:
        """A new version, not yet kept and without labels, under a key of this region or of another.

        Raises:
            AccessDeniedException: the caller may not use the key. EncryptionFailure: the key does not work.
        """
        key_id, context = secret.KmsKeyId or DEFAULT_KEY, _context(secret, version_id)
        try:
            key = self.ask(
                "kms",
                "GenerateDataKey",
                region=region,
                KeyId=key_id,
                KeySpec="AES_256",
                EncryptionContext=context,
            )
        except AwsError as error:
            _refuse(error, writing=True)
        sealed = envelope.seal(key["Plaintext"], key["CiphertextBlob"], value, encode_context(context))
        return SecretVersion(version_key(secret.ARN, version_id), version_id, self.now, kind, sealed, key_id)

    def open(self, secret: Secret, version: SecretVersion) -> bytes:
        """The value of a version.

        Raises:
            AccessDeniedException: the caller may not use the key. DecryptionFailure: the key does not work.
        """
        context = _context(secret, version.VersionId)
        wrapped = envelope.wrapped_key(version.Sealed)
        try:
            key = self.ask("kms", "Decrypt", CiphertextBlob=wrapped, EncryptionContext=context)
        except AwsError as error:
            _refuse(error, writing=False)
        return envelope.open_(key["Plaintext"], version.Sealed, encode_context(context))


def _context(secret: Secret, version_id: str) -> dict[str, str]:
    return {"SecretARN": secret.ARN, "SecretVersionId": version_id}


def _refuse(error: AwsError, *, writing: bool) -> NoReturn:
    """What KMS has answered, as Secrets Manager hands it on."""
    if error.code in ("AccessDeniedException", "NotFoundException"):
        raise faults.AccessDeniedException("Access to KMS is not allowed") from None
    verb = "encrypt" if writing else "decrypt"
    fault = faults.EncryptionFailure if writing else faults.DecryptionFailure
    raise fault(
        f"Secrets Manager can't {verb} the protected secret text using the provided KMS key. {error.message}"
    ) from None
