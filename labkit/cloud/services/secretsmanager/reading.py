"""GetSecretValue and its relatives.

Source: Secrets Manager API Reference, "GetSecretValue", "BatchGetSecretValue", "DescribeSecret",
"ListSecretVersionIds".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.cross_account import told
from labkit.cloud.services.secretsmanager.listing import Listing
from labkit.cloud.services.secretsmanager.model import CURRENT, Secret, SecretVersion
from labkit.cloud.services.secretsmanager.replicas import Replicas
from labkit.cloud.services.secretsmanager.service import faults
from labkit.records import replace

VERSIONS_A_PAGE = 100
BATCH = 20


class Reading(Listing, Replicas):
    """Read secrets."""

    def get_secret_value(
        self, SecretId: str, VersionId: str | None = None, VersionStage: str | None = None
    ) -> dict[str, Any]:
        """The value of the current version, or of another.

        Raises:
            ResourceNotFoundException, InvalidRequestException: there is no such secret, version or label; or
                the version does not have the label; or the secret is marked for deletion.
            AccessDeniedException, DecryptionFailure: KMS does not decrypt it, or not for this caller.
        """
        secret = self.find(SecretId, told=lambda: _facts(VersionId, VersionStage))
        return self._value(secret, self._version(secret, VersionId, VersionStage))

    def batch_get_secret_value(
        self,
        SecretIdList: Sequence[str] = (),
        Filters: Sequence[Mapping[str, Any]] = (),
        MaxResults: int = BATCH,
        NextToken: str | None = None,
    ) -> dict[str, Any]:
        """The current values of up to twenty secrets, by name or by filter; what fails is listed.

        Raises:
            InvalidParameterException: both names and filters, or neither. InvalidNextTokenException.
        """
        self.allow("*")
        if bool(SecretIdList) == bool(Filters):
            raise faults.InvalidParameterException(
                "You must specify either SecretIdList or Filters, not both."
            )
        more = None
        ids: Sequence[str] = SecretIdList
        if Filters:
            page, more = self._page_of_secrets(Filters, NextToken, MaxResults)
            ids = [secret.Name for secret in page]
        values, errors = [], []
        for secret_id in ids:
            try:
                secret = self.find(secret_id, "secretsmanager:GetSecretValue")
                values.append(self._value(secret, self._version(secret, None, None)))
            except AwsError as error:
                errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
        return {"SecretValues": values, "Errors": errors, "NextToken": more}

    def describe_secret(self, SecretId: str) -> dict[str, Any]:
        """Everything about a secret, except for its values. ResourceNotFoundException."""
        secret = self.find(SecretId, marked=True)
        return {
            **self._entry(secret),
            "VersionIdsToStages": self.stages(secret) or None,
            "ReplicationStatus": self.status(secret),
            **told(secret),
        }

    def list_secret_version_ids(
        self,
        SecretId: str,
        MaxResults: int = VERSIONS_A_PAGE,
        NextToken: str | None = None,
        IncludeDeprecated: bool = False,
    ) -> dict[str, Any]:
        """The versions of a secret, the newest first; deprecated ones only if they are asked for.

        Raises:
            ResourceNotFoundException, InvalidNextTokenException.
        """
        secret = self.find(SecretId, marked=True)
        kept = self.versions(secret) if IncludeDeprecated else self.in_use(secret)
        versions = [one for one in reversed(kept) if one.Kind]
        try:
            page, more = page_of_list(versions, lambda one: str(one.VersionId), NextToken, MaxResults)
        except BadMarkerError:
            raise faults.InvalidNextTokenException("The NextToken value is invalid.") from None
        return {
            "Versions": [_version_entry(one) for one in page],
            "NextToken": more,
            "ARN": secret.ARN,
            "Name": secret.Name,
        }

    def _version(self, secret: Secret, version_id: str | None, stage: str | None) -> SecretVersion:
        if version_id is None:
            found = self.labelled(secret, stage or CURRENT)
            if found is None or not found.Kind:
                raise faults.ResourceNotFoundException(
                    "Secrets Manager can't find the specified secret value for staging label: "
                    f"{stage or CURRENT}"
                )
            return found
        version = self.version(secret, version_id)
        if version is None or not version.Kind:
            raise faults.ResourceNotFoundException(
                f"Secrets Manager can't find the specified secret value for VersionId: {version_id}"
            )
        if stage is not None and stage not in version.Stages:
            raise faults.InvalidRequestException(
                "You provided a VersionStage that is not associated to the provided VersionId."
            )
        return version

    def _value(self, secret: Secret, version: SecretVersion) -> dict[str, Any]:
        value = self.open(secret, version)
        today = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        if secret.LastAccessedDate != today:
            self.tables_of(secret).secrets.put(replace(secret, LastAccessedDate=today))
        if version.LastAccessedDate != today:
            self.tables_of(secret).versions.put(replace(version, LastAccessedDate=today))
        return {
            "ARN": secret.ARN,
            "Name": secret.Name,
            "VersionId": version.VersionId,
            version.Kind: value.decode() if version.Kind == "SecretString" else value,
            "VersionStages": list(version.Stages) or None,
            "CreatedDate": version.CreatedDate,
        }


def _facts(version_id: str | None, stage: str | None) -> dict[str, str]:
    told = {"secretsmanager:VersionStage": stage or ("" if version_id else CURRENT)}
    told["secretsmanager:VersionId"] = version_id or ""
    return {name: value for name, value in told.items() if value}


def _version_entry(version: SecretVersion) -> dict[str, Any]:
    return {
        "VersionId": version.VersionId,
        "VersionStages": list(version.Stages) or None,
        "LastAccessedDate": version.LastAccessedDate,
        "CreatedDate": version.CreatedDate,
        "KmsKeyIds": [
            version.KmsKeyId if version.KmsKeyId != "alias/aws/secretsmanager" else "DefaultEncryptionKey"
        ],
    }
