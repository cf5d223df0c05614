"""Replicas: the same secret in other regions, which follow the primary and can't be written to.

A replica has the primary's name, and its ARN but for the region. Its values are the same, encrypted under a
key of its own region: what was made in one region opens in no other.
Source: Secrets Manager User Guide, "Replicate AWS Secrets Manager secrets across Regions".
"""

from collections.abc import Callable
from typing import Any

from labkit.cloud.policy.question import Facts
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.copies import FAILED, IN_SYNC, Copies
from labkit.cloud.services.secretsmanager.model import Replica, Secret, SecretTables
from labkit.cloud.services.secretsmanager.service import faults
from labkit.records import replace

REPLICA = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
FOLLOWER = "Operation not permitted on a replica secret. Call must be made in the primary secret's account."


class Replicas(Copies):
    """Base of the chapters that change secrets."""

    def find_primary(
        self,
        SecretId: str,
        told: Callable[[], Facts] | None = None,
        *,
        managed: bool = False,
        follower: bool = False,
    ) -> Secret:
        """A secret that may be changed here; as `find`.

        Raises:
            InvalidRequestException: it is a replica of this account, or of another, unless a `follower` will
                do; or another service manages it, unless `managed` ones will do.
        """
        secret = self.find(SecretId, told=told)
        if secret.Follows is not None and not follower:
            raise faults.InvalidRequestException(FOLLOWER)
        if secret.PrimaryRegion not in (None, self.region):
            raise faults.InvalidRequestException(REPLICA)
        if not managed:
            self.check_owner(secret)
        return secret

    def sync(self, secret: Secret, *, overwrite: bool = False) -> Secret:
        """Bring every replica to what its primary is now. One that can't be written is told as failed.

        `overwrite` lets a replica take the place of another secret of its name.
        """
        now = self.tables_of(secret).secrets.get(secret.Name)
        assert now is not None
        if not now.Replicas and not now.Followers:
            return now
        changed = replace(
            now,
            Replicas=tuple(self._copy(now, replica, overwrite) for replica in now.Replicas),
            Followers=tuple(self.write_follower(now, one) for one in now.Followers),
            PrimaryRegion=self.region if now.Replicas else now.PrimaryRegion,
        )
        self.put(changed)
        return changed

    def drop_copy(self, secret: Secret, region: str) -> None:
        """Delete the replica in a region, if there is one."""
        copy = self.namesake(secret, region)
        if copy is not None and copy.PrimaryRegion == self.region:
            self.forget(copy)

    def namesake(self, secret: Secret, region: str) -> Secret | None:
        """The secret that has this one's name in another region of its account, whichever it is."""
        account = secret.ARN.split(":", 5)[4]
        return self.cloud.store.tables(SecretTables, account, region).secrets.get(secret.Name)

    def status(self, secret: Secret) -> list[dict[str, Any]] | None:
        """The replicas of a secret, as the operations tell them; None if it has none."""
        return [
            {
                "Region": one.Region,
                "KmsKeyId": one.KmsKeyId or "alias/aws/secretsmanager",
                "Status": one.Status,
                "StatusMessage": one.StatusMessage or None,
            }
            for one in secret.Replicas
        ] or None

    def _copy(self, secret: Secret, replica: Replica, overwrite: bool) -> Replica:
        present = self.namesake(secret, replica.Region)
        if present is not None and present.PrimaryRegion != self.region:
            if not overwrite:
                message = f"Secret name {secret.Name} already exists in region {replica.Region}."
                return replace(replica, Status=FAILED, StatusMessage=f"Replication failed: {message}")
            self.forget(present)
            present = None
        copy = replace(
            secret,
            ARN=secret.ARN.replace(f":{self.region}:", f":{replica.Region}:", 1),
            KmsKeyId=replica.KmsKeyId,
            PrimaryRegion=self.region,
            Replicas=(),
            Followers=(),
            Rotation=None,
            LastAccessedDate=present.LastAccessedDate if present else None,
        )
        try:
            with self.cloud.store.transaction:
                self.put(copy)
                self.copy_versions(secret, copy, replica.Region)
        except AwsError as error:
            return replace(replica, Status=FAILED, StatusMessage=f"Replication failed: {error.message}")
        return replace(replica, Status=IN_SYNC, StatusMessage="Replication succeeded")
