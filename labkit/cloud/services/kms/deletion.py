"""Deleting a key is the one act in KMS that cannot be undone, so it waits for 7 to 30 days.

Source: KMS Developer Guide, "Delete an AWS KMS key".
"""

from datetime import datetime, timedelta
from typing import Any

from labkit.cloud.services.kms.granting import grants_of_key
from labkit.cloud.services.kms.imported import ImportedMaterial, expiry_plan
from labkit.cloud.services.kms.key_states import (
    DISABLED,
    EXTERNAL,
    PENDING_DELETION,
    PENDING_REPLICA_DELETION,
)
from labkit.cloud.services.kms.keystores.backing import KeyStoreService
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.rotation import rotation_plan
from labkit.cloud.services.kms.service import faults, key_region
from labkit.records import replace

SHORTEST, LONGEST = 7, 30


class Deletion(ImportedMaterial, KeyStoreService):
    """The waiting period, its end, and the way back."""

    def schedule_key_deletion(self, KeyId: str, PendingWindowInDays: int = LONGEST) -> dict[str, Any]:
        """Stop a key at once, and delete it when the waiting period ends.

        A multi-Region primary with replicas begins to wait when the last of them has been deleted.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        _check_window(PendingWindowInDays)
        self.check_state(key)
        self.cancel(rotation_plan(key))
        answer = {"KeyId": key.Arn, "PendingWindowInDays": PendingWindowInDays}
        if self._has_replicas(key):
            waiting = replace(
                key, KeyState=PENDING_REPLICA_DELETION, PendingDeletionWindowInDays=PendingWindowInDays
            )
            self.tables.keys.put(waiting)
            return {**answer, "KeyState": PENDING_REPLICA_DELETION}
        deletion = self._begin_waiting(key, PendingWindowInDays)
        return {**answer, "KeyState": PENDING_DELETION, "DeletionDate": deletion}

    def cancel_key_deletion(self, KeyId: str) -> dict[str, str]:
        """Call a deletion off. The key comes back disabled, whatever it was before.

        A key whose imported material is missing by then is PendingImport, as enabling it could not help it.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        back = replace(key, KeyState=DISABLED, DeletionDate=None, PendingDeletionWindowInDays=None)
        self.tables.keys.put(self.if_reachable(back))
        if key.Origin == EXTERNAL:
            self.settle(back)
        self.cancel(_plan_name(key.Arn))
        return {"KeyId": key.Arn}

    def delete_key(self, KeyId: str) -> None:
        """What KMS does at the end of the waiting period: key, material, aliases, grants are gone."""
        key = self.find_key(KeyId)
        self.call.resources.append(key.Arn)
        for alias in self.tables.aliases.having("target", key.KeyId):
            self.tables.aliases.delete(alias.AliasName)
        for material in self.tables.materials.having("key", key.KeyId):
            self.forget_in_key_store(key, material)
            self.hsm.forget(material)
            self.cancel(expiry_plan(key, material.KeyMaterialId))
            self.tables.materials.delete(material.KeyMaterialId)
        while grants := grants_of_key(self.tables, key.KeyId):
            for grant in grants:
                self.tables.grants.delete(grant.place)
        self.tables.keys.delete(key.KeyId)
        self.announce("KMS CMK Deletion", {"key-id": key.KeyId}, key.Arn)
        for primary in self.related_keys(key):
            if primary.KeyState == PENDING_REPLICA_DELETION and not self._has_replicas(primary):
                self._begin_waiting(primary, primary.PendingDeletionWindowInDays or LONGEST)

    def _begin_waiting(self, key: Key, days: int) -> datetime:
        deletion = self.now + timedelta(days=days)
        pending = replace(
            key, KeyState=PENDING_DELETION, DeletionDate=deletion, PendingDeletionWindowInDays=None
        )
        region = key_region(key)
        self.tables_in(region).keys.put(pending)
        self.plan(_plan_name(key.Arn), deletion, "delete_key", {"KeyId": key.KeyId}, region=region)
        return deletion

    def _has_replicas(self, key: Key) -> bool:
        """Whether this is a primary key that still has replicas: they go first, then it waits."""
        return key.PrimaryRegion == key_region(key) and len(self.related_keys(key)) > 1


def _check_window(days: int) -> None:
    """The service model allows 1 to 365 days; KMS itself, and its documentation, 7 to 30."""
    bound = "greater than or equal to 7" if days < SHORTEST else "less than or equal to 30"
    if not SHORTEST <= days <= LONGEST:
        raise faults.ValidationException(
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy "
            f"constraint: Member must have value {bound}"
        )


def _plan_name(key_arn: str) -> str:
    return f"delete {key_arn}"
