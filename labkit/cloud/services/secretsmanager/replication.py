"""ReplicateSecretToRegions and its counterparts.

Source: Secrets Manager API Reference, "ReplicateSecretToRegions", "RemoveRegionsFromReplication",
"StopReplicationToReplica".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.secretsmanager.copies import DETACHED
from labkit.cloud.services.secretsmanager.model import Replica, Secret
from labkit.cloud.services.secretsmanager.replicas import Replicas
from labkit.cloud.services.secretsmanager.service import faults
from labkit.records import replace


class Replication(Replicas):
    """Start and stop replication."""

    def replicate_secret_to_regions(
        self,
        SecretId: str,
        AddReplicaRegions: Sequence[Mapping[str, str]],
        ForceOverwriteReplicaSecret: bool = False,
    ) -> dict[str, Any]:
        """Keep copies of a secret in more regions. What can't be copied is told as failed, and is no error.

        Raises:
            ResourceNotFoundException, InvalidRequestException: there is no such secret, or it is a replica.
            InvalidParameterException: the primary's own region, or one that is there already.
        """
        secret = self.find_primary(SecretId)
        added = replicas_of(AddReplicaRegions, self.region, secret)
        self.put(replace(secret, Replicas=(*secret.Replicas, *added)))
        changed = self.sync(secret, overwrite=ForceOverwriteReplicaSecret)
        return {"ARN": secret.ARN, "ReplicationStatus": self.status(changed)}

    def remove_regions_from_replication(
        self, SecretId: str, RemoveReplicaRegions: Sequence[str]
    ) -> dict[str, Any]:
        """Delete the replicas in these regions.

        Raises:
            ResourceNotFoundException, InvalidRequestException: there is no such secret, or it is a replica.
            InvalidParameterException: it has no replica in one of them.
        """
        secret = self.find_primary(SecretId)
        known = {one.Region for one in secret.Replicas}
        for region in RemoveReplicaRegions:
            if region not in known:
                raise faults.InvalidParameterException(f"The secret has no replica in region {region}.")
        for region in RemoveReplicaRegions:
            self.drop_copy(secret, region)
        kept = tuple(one for one in secret.Replicas if one.Region not in RemoveReplicaRegions)
        changed = replace(secret, Replicas=kept, PrimaryRegion=self.region if kept else None)
        self.put(changed)
        return {"ARN": secret.ARN, "ReplicationStatus": self.status(changed)}

    def stop_replication_to_replica(self, SecretId: str) -> dict[str, Any]:
        """Make a secret of its own of this replica; the primary forgets it.

        Raises:
            ResourceNotFoundException: there is no such secret.
            InvalidRequestException: it is no replica.
        """
        secret = self.find(SecretId)
        if secret.Follows is not None:
            return self._stop_following(secret, secret.Follows.ARN)
        if secret.PrimaryRegion in (None, self.region):
            raise faults.InvalidRequestException("The secret is not a replica; it is in its primary region.")
        assert secret.PrimaryRegion is not None
        primary = self.namesake(secret, secret.PrimaryRegion)
        if primary is not None:
            kept = tuple(one for one in primary.Replicas if one.Region != self.region)
            region = primary.PrimaryRegion if kept else None
            self.put(replace(primary, Replicas=kept, PrimaryRegion=region))
        self.put(replace(secret, PrimaryRegion=None))
        return {"ARN": secret.ARN}

    def _stop_following(self, secret: Secret, primary_arn: str) -> dict[str, Any]:
        """Make a secret of its own of a replica of another account's; that account's is told so."""
        self.allow_secret(secret.ARN, secret, "secretsmanager:DeleteResourcePolicy")
        primary = self._lookup(primary_arn)
        if primary is not None:
            followers = tuple(
                replace(one, Status=DETACHED, StatusMessage="") if one.ARN == secret.ARN else one
                for one in primary.Followers
            )
            self.put(replace(primary, Followers=followers))
        self.put(replace(secret, Follows=None))
        return {"ARN": secret.ARN}


def replicas_of(
    asked: Sequence[Mapping[str, str]], primary: str, secret: Secret | None = None
) -> tuple[Replica, ...]:
    """The replicas that a request asks for. InvalidParameterException."""
    known = {primary, *(one.Region for one in (secret.Replicas if secret else ()))}
    found = []
    for one in asked:
        if one["Region"] in known:
            raise faults.InvalidParameterException(f"Invalid replica region: {one['Region']}.")
        known.add(one["Region"])
        found.append(Replica(one["Region"], one.get("KmsKeyId") or None))
    return tuple(found)
