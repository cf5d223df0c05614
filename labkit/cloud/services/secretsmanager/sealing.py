"""Encryption at rest: each version under a data key of its own, and that under the KMS key of the secret.

The encryption context names the secret and the version, so a value can't be passed off as another. Secrets
Manager asks KMS in the caller's name; only with the AWS managed key does no one need a permission of KMS's.
Source: Secrets Manager User Guide, "Secret encryption and decryption in AWS Secrets Manager".
"""

from functools import partial
from typing import NoReturn

from labkit.cloud.core.envelopes import AskKms, key_as_named, open_sealed, seal_under
from labkit.cloud.policy.principal import ASSUMED_ROLE, SERVICE, AttachedPolicy, Principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.model import Secret, SecretVersion, version_key
from labkit.cloud.services.secretsmanager.service import SecretsService, faults
from labkit.cloud.state.arns import arn

DEFAULT_KEY = "alias/aws/secretsmanager"
SPELT = {"rds": "RDS"}
USE_KEYS = AttachedPolicy(
    "UseKeys",
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", '
    '"Action": ["kms:GenerateDataKey", "kms:Decrypt"]}]}',
)


class Sealing(SecretsService):
    """Encryption and decryption of values."""

    def seal(
        self, secret: Secret, version_id: str, kind: str, value: bytes, *, region: str = ""
    ) -> SecretVersion:
        """A new version, not yet kept and without labels, under a key of this region or of another.

        Raises:
            AccessDeniedException: the caller may not use the key. EncryptionFailure: the key does not work.
        """
        key_id = secret.KmsKeyId or DEFAULT_KEY
        owner, region = secret.ARN.split(":")[4], region or self.region
        named = key_as_named(key_id, region, owner=owner, asker=self.account)
        try:
            sealed = seal_under(self._kms(secret, region), named, value, _context(secret, version_id))
        except AwsError as error:
            _refuse(error, writing=True)
        return SecretVersion(version_key(secret.ARN, version_id), version_id, self.now, kind, sealed, key_id)

    def open(self, secret: Secret, version: SecretVersion) -> bytes:
        """The value of a version.

        Raises:
            AccessDeniedException: the caller may not use the key. DecryptionFailure: the key does not work.
        """
        context = _context(secret, version.SealedAs or version.VersionId)
        try:
            return open_sealed(self._kms(secret, self.region), version.Sealed, context)
        except AwsError as error:
            _refuse(error, writing=False)

    def _kms(self, secret: Secret, region: str) -> AskKms:
        """KMS, asked in the caller's name; for a service that works on its own secrets, in its role's."""
        if self.principal.kind != SERVICE:
            return partial(self.ask, "kms", region=region)
        assert self.cloud.call_within is not None
        role = service_linked_role(secret.OwningService, self.account)
        return partial(self.cloud.call_within, self.call, role, "kms", region=region)


def service_linked_role(service: str, account: str) -> Principal:
    """A session of the role by which a service acts in an account, such as AWSServiceRoleForRDS."""
    name = f"AWSServiceRoleFor{SPELT.get(service, service.capitalize())}"
    role = arn("iam", "", account, f"role/aws-service-role/{service}.amazonaws.com/{name}")
    session = arn("sts", "", account, f"assumed-role/{name}/SecretsManager")
    return Principal(
        ASSUMED_ROLE, session, account, f"AROA{name}:SecretsManager", name, policies=(USE_KEYS,), issuer=role
    )


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
