"""Copies of a secret's versions: the same values and labels, each sealed under the key of where it is kept.

A replica in another region and one in another account are both kept up in this way.
Source: Secrets Manager User Guide, "Replicate AWS Secrets Manager secrets across Regions"; API Reference,
"AssociateCrossAccountReplica".
"""

from datetime import timedelta
from itertools import islice

from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.identity.principals import principal_of
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.model import (
    CrossAccountReplica,
    Secret,
    SecretVersion,
    deprecated,
    version_key,
)
from labkit.cloud.services.secretsmanager.sealing import Sealing
from labkit.cloud.services.secretsmanager.service import NOT_FOUND, faults
from labkit.cloud.services.secretsmanager.telling import Telling
from labkit.records import replace

IN_SYNC, FAILED, DETACHED = "InSync", "Failed", "Detached"
DEPRECATED_KEPT = 100
YOUNG = timedelta(days=1)


class Copies(Sealing, Telling):
    """Keep copies up to date."""

    def copy_versions(self, secret: Secret, copy: Secret, region: str = "") -> None:
        """Bring the versions of a copy, which may be in another region, to what those of the secret are.

        Raises:
            AccessDeniedException, DecryptionFailure, EncryptionFailure: a key may not be used, or can't.
        """
        mine, there = {one.VersionId: one for one in self.in_use(secret)}, self.tables_of(copy).versions
        for held in self.in_use(copy):
            if held.VersionId not in mine:
                there.put(replace(held, Stages=()))
        for version in mine.values():
            present = self.version(copy, version.VersionId)
            if present is None or present.Kind != version.Kind:
                present = self._sealed_again(secret, version, copy, region)
            there.put(replace(present, Stages=version.Stages))
        self.drop_deprecated(copy)

    def write_follower(self, secret: Secret, follower: CrossAccountReplica) -> CrossAccountReplica:
        """Bring a replica in another account to what its primary is now, as its role or as the caller.

        One that can't be written is told as failed. One that was detached stays as it is.
        """
        if follower.Status == DETACHED:
            return follower
        try:
            with self.cloud.store.transaction:
                writer = self if not follower.Role else self._as_role(follower.Role)
                copy = self._lookup(follower.ARN)
                if copy is None or copy.Follows is None or copy.Follows.ARN != secret.ARN:
                    raise faults.ResourceNotFoundException(NOT_FOUND)
                followed = replace(copy.Follows, Status=IN_SYNC)
                self.put(
                    replace(
                        copy,
                        Description=secret.Description,
                        LastChangedDate=secret.LastChangedDate,
                        Follows=followed,
                    )
                )
                writer.copy_versions(secret, copy)
        except AwsError as error:
            return replace(follower, Status=FAILED, StatusMessage=f"Replication failed: {error.message}")
        return replace(follower, Status=IN_SYNC, StatusMessage="Replication succeeded")

    def _as_role(self, role: str) -> "Copies":
        """The same call, made as a role that trusts Secrets Manager. AccessDenied."""
        answer = self.ask(
            "sts", "AssumeRole", itself=True, RoleArn=role, RoleSessionName="SecretsManagerReplication"
        )
        credential = find_credential(self.cloud, answer["Credentials"]["AccessKeyId"])
        assert credential is not None
        return type(self)(self.cloud, self.call, principal_of(self.cloud, credential))

    def _sealed_again(
        self, secret: Secret, version: SecretVersion, copy: Secret, region: str
    ) -> SecretVersion:
        if not version.Kind:
            return replace(version, Id=version_key(copy.ARN, version.VersionId))
        value = self.open(secret, version)
        sealed = self.seal(copy, version.VersionId, version.Kind, value, region=region)
        return replace(sealed, CreatedDate=version.CreatedDate)

    def drop_deprecated(self, secret: Secret) -> None:
        """Keep the hundred newest of the versions without labels, and any that is younger than a day."""
        there, lives = self.tables_of(secret).versions, deprecated(secret.ARN)
        surplus = there.count_indexed("life", *lives) - DEPRECATED_KEPT
        for one in list(islice(there.ranged("life", *lives), max(0, surplus))):
            if self.now - one.CreatedDate <= YOUNG:
                return
            there.delete(one.Id)
            self.tell("secret_version_deletion", secret, one.VersionId)
