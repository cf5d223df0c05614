"""Replicas in another account: made there, and linked here.

    CreateSecret(CrossAccountPrimaryARN=...)    there: an empty secret that waits for its primary, "Pending"
    AssociateCrossAccountReplica                here: its values go there, now and after every change
    DisassociateCrossAccountReplica             here: no more; the replica stays as it is, "Detached"
    StopReplicationToReplica                    there: it becomes a secret like any other

Making one puts a policy of Secrets Manager's own on it, by which the primary's account may write it. What
AWS calls that policy is not public; its name here is the lab's own. As there are no Organizations in a lab,
all of its accounts count as one.
Source: Secrets Manager API Reference, "AssociateCrossAccountReplica", "DisassociateCrossAccountReplica",
"CreateSecret" (CrossAccountPrimaryARN).
"""

import json
from collections.abc import Mapping
from typing import Any

from labkit.cloud.services.secretsmanager.copies import DETACHED, FAILED
from labkit.cloud.services.secretsmanager.model import CrossAccountPrimary, CrossAccountReplica, Secret
from labkit.cloud.services.secretsmanager.scheduling import Scheduling
from labkit.cloud.services.secretsmanager.service import NOT_FOUND, faults
from labkit.cloud.state.arns import Arn, arn
from labkit.records import replace

ACCEPT = "secretsmanager:AcceptCrossAccountReplication"
MANAGED_KEYS = "alias/aws/"


class CrossAccount(Scheduling):
    """Link primaries with replicas in another account."""

    def associate_cross_account_replica(
        self,
        SecretId: str,
        CrossAccountReplicaARN: str,
        ReplicaRestriction: str = "SameOrg",
        ReplicationRoleARN: str = "",
    ) -> dict[str, Any]:
        """Keep a secret of another account at what this one is. The same call again repairs that.

        Raises:
            ResourceNotFoundException: there is no such secret, or replica.
            InvalidRequestException: the other secret was not made as a replica of this one.
            InvalidParameterException: it is in another region, or in the same account.
            LimitExceededException: this secret has a replica in another account.
            AccessDeniedException: the caller may not read this secret, write the other one, or pass the role.
        """
        secret = self.find_primary(SecretId)
        self.find(SecretId, "secretsmanager:GetSecretValue")
        if ReplicationRoleARN:
            self.allow(ReplicationRoleARN, "iam:PassRole")
        check_other_account(CrossAccountReplicaARN, secret.ARN)
        copy = self._lookup(CrossAccountReplicaARN)
        self.allow(CrossAccountReplicaARN, ACCEPT, replication_policy(copy) if copy else None)
        if copy is None:
            raise faults.ResourceNotFoundException(NOT_FOUND)
        if copy.Follows is None or copy.Follows.ARN != secret.ARN:
            raise faults.InvalidRequestException(
                f"Secret {copy.ARN} is not a cross-account replica of secret {secret.ARN}."
            )
        if any(one.ARN != copy.ARN and one.Status != DETACHED for one in secret.Followers):
            raise faults.LimitExceededException("A secret can have one cross-account replica at most.")
        written = self.write_follower(secret, CrossAccountReplica(copy.ARN, ReplicationRoleARN))
        if written.Status == FAILED:
            raise faults.InvalidRequestException(written.StatusMessage)
        self.put(replace(self.as_it_is(secret), Followers=(written,)))
        return {"ARN": secret.ARN, "CrossAccountReplicaARN": copy.ARN, "ReplicationStatus": written.Status}

    def disassociate_cross_account_replica(
        self, SecretId: str, CrossAccountReplicaARN: str
    ) -> dict[str, Any]:
        """Write the replica no more. It stays a replica, and keeps the values that it has.

        Raises:
            ResourceNotFoundException: there is no such secret.
            InvalidRequestException: this one has no such replica.
        """
        secret = self.find_primary(SecretId)
        kept = tuple(one for one in secret.Followers if CrossAccountReplicaARN != one.ARN)
        if kept == secret.Followers:
            raise faults.InvalidRequestException(
                f"Secret {CrossAccountReplicaARN} is not associated with secret {secret.ARN}."
            )
        self.put(replace(secret, Followers=kept))
        copy = self._lookup(CrossAccountReplicaARN)
        if copy is not None and copy.Follows is not None:
            self.put(replace(copy, Follows=replace(copy.Follows, Status=DETACHED)))
        return {"ARN": secret.ARN, "CrossAccountReplicaARN": CrossAccountReplicaARN}


def check_other_account(there: str, here: str) -> None:
    """Go on only if two secrets are in one region of different accounts. InvalidParameterException."""
    other, own = Arn.parse(there), Arn.parse(here)
    assert own is not None
    alike = other is not None and other[:3] == own[:3] and other.account != own.account
    if not alike:
        raise faults.InvalidParameterException(
            "The primary and the replica secret must be in the same Region of different accounts."
        )


def following(
    primary: str, own: str, key_id: str | None, excluded: Mapping[str, object]
) -> CrossAccountPrimary:
    """What a new replica follows, if a request to make it is right. InvalidParameterException."""
    check_other_account(primary, own)
    for name, value in excluded.items():
        if value:
            raise faults.InvalidParameterException(f"You can't specify {name} with CrossAccountPrimaryARN.")
    if key_id is None or MANAGED_KEYS in key_id:
        raise faults.InvalidParameterException(
            "You must specify a customer managed KMS key for a cross-account replica secret."
        )
    return CrossAccountPrimary(primary)


def key_arn(key_id: str, secret_arn: str) -> str:
    """The ARN of a key or alias that is in the account of a secret, as another account has to name it."""
    own = Arn.parse(secret_arn)
    if Arn.parse(key_id) is not None or own is None:
        return key_id
    resource = key_id if key_id.startswith("alias/") else f"key/{key_id}"
    return arn("kms", own.region, own.account, resource)


def replication_policy(secret: Secret) -> str | None:
    """The policy by which the primary's account may write a replica; None on any other secret."""
    primary = Arn.parse(secret.Follows.ARN) if secret.Follows else None
    if primary is None:
        return None
    root = arn("iam", "", primary.account, "root", partition=primary.partition)
    statement = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": ACCEPT, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def told(secret: Secret) -> dict[str, Any]:
    """What DescribeSecret tells of a secret's links to another account."""
    primary = secret.Follows
    followers = [
        {
            "ReplicaSecretARN": one.ARN,
            "ReplicationRoleARN": one.Role or None,
            "ReplicationStatus": one.Status,
            "StatusMessage": one.StatusMessage or None,
        }
        for one in secret.Followers
    ]
    return {
        "CrossAccountPrimary": primary
        and {"PrimarySecretARN": primary.ARN, "ReplicationStatus": primary.Status},
        "CrossAccountReplicas": followers or None,
    }
