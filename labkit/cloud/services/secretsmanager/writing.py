"""CreateSecret, PutSecretValue, UpdateSecret: three ways to a new version.

A caller may name the version it makes, by a ClientRequestToken. The same call sent twice then makes one
version, and another value under the same token is refused.
Source: Secrets Manager API Reference, "CreateSecret", "PutSecretValue", "UpdateSecret".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.cross_account import following, key_arn
from labkit.cloud.services.secretsmanager.model import CURRENT, Secret
from labkit.cloud.services.secretsmanager.replication import replicas_of
from labkit.cloud.services.secretsmanager.service import SUFFIX_LETTERS, faults
from labkit.cloud.services.secretsmanager.staging import Staging
from labkit.cloud.services.secretsmanager.tags import with_tags
from labkit.crypto.randomness import random_bytes, random_uuid
from labkit.records import replace

NAME = re.compile(r"[\w/_+=.@!-]{1,512}", re.ASCII)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AB"  # 64, so six bits choose one
STRING, BINARY = "SecretString", "SecretBinary"


class Writing(Staging):
    """Make secrets and versions."""

    def create_secret(
        self,
        Name: str,
        ClientRequestToken: str | None = None,
        Description: str = "",
        KmsKeyId: str | None = None,
        SecretBinary: bytes | None = None,
        SecretString: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
        AddReplicaRegions: Sequence[Mapping[str, str]] = (),
        ForceOverwriteReplicaSecret: bool = False,
        Type: str = "",
        CrossAccountPrimaryARN: str = "",
    ) -> dict[str, Any]:
        """Make a secret, with a first version if a value is given.

        Raises:
            InvalidParameterException: no name for a secret, or two values.
            ResourceExistsException: the name is taken. InvalidRequestException: by one marked for deletion.
            AccessDeniedException, EncryptionFailure: KMS does not encrypt with this key.
        """
        arn = self.arn(f"secret:{Name}-{_suffix()}")
        self.allow(arn, facts=lambda: _facts(Name, Description, KmsKeyId) | facts_of_tags(Tags))
        self.check_built(Type=Type)
        if not NAME.fullmatch(Name):
            raise faults.InvalidParameterException(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
                "following: -/_+=.@!"
            )
        held = self.tables.secrets.get(Name)
        if held is not None:
            return self._again(held, ClientRequestToken, SecretString, SecretBinary)
        owner = self._owner_of(Name)
        tags = with_tags((), Tags, by_aws=bool(owner))
        secret = Secret(Name, arn, self.now, self.now, Description, KmsKeyId or None, tags)
        replicas = replicas_of(AddReplicaRegions, self.region)
        secret = replace(secret, Replicas=replicas, OwningService=owner)
        if CrossAccountPrimaryARN:
            self.allow(arn, "secretsmanager:PutResourcePolicy")
            excluded = {
                "SecretString": SecretString,
                "SecretBinary": SecretBinary,
                "Description": Description,
                "AddReplicaRegions": AddReplicaRegions,
            }
            followed = following(CrossAccountPrimaryARN, arn, secret.KmsKeyId, excluded)
            secret = replace(secret, Follows=followed, KmsKeyId=key_arn(secret.KmsKeyId or "", arn))
        value = _value(SecretString, SecretBinary, needed=False)
        self.put(secret)
        made = self._add(secret, ClientRequestToken, *value, [CURRENT]) if value else None
        changed = self.sync(secret, overwrite=ForceOverwriteReplicaSecret)
        return {"ARN": arn, "Name": Name, "VersionId": made, "ReplicationStatus": self.status(changed)}

    def put_secret_value(
        self,
        SecretId: str,
        ClientRequestToken: str | None = None,
        SecretBinary: bytes | None = None,
        SecretString: str | None = None,
        VersionStages: Sequence[str] = (),
        RotationToken: str = "",
    ) -> dict[str, Any]:
        """Add a version, which is current unless it is given other labels.

        Raises:
            ResourceNotFoundException, InvalidRequestException: there is no such secret, or no value.
            ResourceExistsException: the token is another version's. LimitExceededException: too many labels.
            AccessDeniedException, EncryptionFailure: KMS does not encrypt with the key.
        """
        secret = self.find_primary(
            SecretId, told=lambda: {"secretsmanager:VersionStage": tuple(VersionStages)}
        )
        _check_rotation_token(secret, ClientRequestToken, RotationToken)
        value = _value(SecretString, SecretBinary, needed=True)
        assert value is not None
        labels = list(VersionStages) or [CURRENT]
        if not self.has_versions(secret) and CURRENT not in labels:
            labels.append(CURRENT)
        made = self._add(secret, ClientRequestToken, *value, labels)
        self.sync(secret)
        return {"ARN": secret.ARN, "Name": secret.Name, "VersionId": made, "VersionStages": labels}

    def update_secret(
        self,
        SecretId: str,
        ClientRequestToken: str | None = None,
        Description: str | None = None,
        KmsKeyId: str | None = None,
        SecretBinary: bytes | None = None,
        SecretString: str | None = None,
        Type: str = "",
    ) -> dict[str, Any]:
        """Change a secret's description or key; with a value, add a version that is current.

        A new key encrypts the versions that have labels anew. Errors as for PutSecretValue, and
        ResourceExistsException also for the very same call once more.
        """
        secret = self.find_primary(SecretId, told=lambda: _facts("", Description or "", KmsKeyId))
        self.check_built(Type=Type)
        value = _value(SecretString, SecretBinary, needed=False)
        if value and ClientRequestToken and self.version(secret, ClientRequestToken) is not None:
            raise _in_use(secret, ClientRequestToken)
        changed = replace(
            secret,
            Description=secret.Description if Description is None else Description,
            KmsKeyId=secret.KmsKeyId if KmsKeyId is None else KmsKeyId or None,
            LastChangedDate=self.now,
        )
        self.put(changed)
        if changed.KmsKeyId != secret.KmsKeyId:
            for version in self.in_use(secret):
                if version.Kind:
                    again = self.seal(changed, version.VersionId, version.Kind, self.open(secret, version))
                    self.tables_of(secret).versions.put(
                        replace(version, Sealed=again.Sealed, KmsKeyId=again.KmsKeyId, SealedAs="")
                    )
        made = self._add(changed, ClientRequestToken, *value, [CURRENT]) if value else None
        self.sync(secret)
        return {"ARN": secret.ARN, "Name": secret.Name, "VersionId": made}

    def _add(self, secret: Secret, token: str | None, kind: str, value: bytes, labels: Sequence[str]) -> str:
        """Add a version with these labels, unless the very same is there; returns its id."""
        version_id = token or random_uuid()
        made = not self._is_there(secret, version_id, kind, value)
        if made:
            sealed, empty = self.seal(secret, version_id, kind, value), self.version(secret, version_id)
            self.tables_of(secret).versions.put(replace(sealed, Stages=empty.Stages if empty else ()))
            self.put(replace(self.as_it_is(secret), LastChangedDate=self.now))
        self._put_labels(secret, version_id, labels)
        if made and CURRENT in labels:
            self.note_new_value(secret, version_id)
        return version_id

    def _is_there(self, secret: Secret, version_id: str, kind: str, value: bytes) -> bool:
        version = self.version(secret, version_id)
        if version is None or not version.Kind:
            return False
        if (version.Kind, self.open(secret, version)) != (kind, value):
            raise _in_use(secret, version_id)
        return True

    def _owner_of(self, name: str) -> str:
        """The service that manages a new secret: the one that makes it, if it puts its own name in front."""
        asking = self.call.via[-1].removesuffix(".amazonaws.com") if self.call.via else ""
        return asking if asking and name.startswith(f"{asking}!") else ""

    def _again(
        self, held: Secret, token: str | None, text: str | None, binary: bytes | None
    ) -> dict[str, Any]:
        """The answer to a name that is taken: an error, unless it is the very same call once more."""
        if held.DeletionDate is not None:
            raise faults.InvalidRequestException(
                "You can't create this secret because a secret with this name is already scheduled for "
                "deletion."
            )
        value = _value(text, binary, needed=False)
        if token is None or value is None or not self._is_there(held, token, *value):
            raise faults.ResourceExistsException(
                f"The operation failed because the secret {held.Name} already exists."
            )
        return {"ARN": held.ARN, "Name": held.Name, "VersionId": token}


def _in_use(secret: Secret, token: str) -> AwsError:
    return faults.ResourceExistsException(
        f"You can't use ClientRequestToken {token} because that value is already in use for a version of "
        f"secret {secret.ARN}."
    )


def _check_rotation_token(secret: Secret, version_id: str | None, token: str) -> None:
    """Go on only without a token, or with that of the rotation that makes this version."""
    rotation = secret.Rotation
    if token and (rotation is None or rotation.Pending != version_id or rotation.Token != token):
        raise faults.InvalidParameterException(
            "The RotationToken is not that of a rotation that makes this version of the secret."
        )


def _value(text: str | None, binary: bytes | None, *, needed: bool) -> tuple[str, bytes] | None:
    if text is not None and binary is not None:
        raise faults.InvalidParameterException(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    if text is not None:
        return STRING, text.encode()
    if binary is not None:
        return BINARY, binary
    if needed:
        raise faults.InvalidRequestException("You must provide either SecretString or SecretBinary.")
    return None


def _facts(name: str, description: str, key_id: str | None) -> dict[str, Any]:
    given = {"Name": name, "Description": description, "KmsKeyId": key_id}
    return {f"secretsmanager:{key}": value for key, value in given.items() if value}


def _suffix() -> str:
    return "".join(LETTERS[byte % 64] for byte in random_bytes(SUFFIX_LETTERS))
