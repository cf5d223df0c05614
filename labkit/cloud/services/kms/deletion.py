"""Deleting a key is the one act in KMS that cannot be undone, so it waits for 7 to 30 days.

Source: KMS Developer Guide, "Delete an AWS KMS key".
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from labkit.cloud.services.kms.key_states import DISABLED, PENDING_DELETION
from labkit.cloud.services.kms.rotation import rotation_plan
from labkit.cloud.services.kms.service import KmsService, faults

SHORTEST, LONGEST = 7, 30


class Deletion(KmsService):
    """The waiting period, its end, and the way back."""

    def schedule_key_deletion(self, KeyId: str, PendingWindowInDays: int = LONGEST) -> dict[str, Any]:
        """Stop a key at once, and delete it when the waiting period ends."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        _check_window(PendingWindowInDays)
        self.check_state(key)
        deletion = self.now + timedelta(days=PendingWindowInDays)
        self.tables.keys.put(replace(key, KeyState=PENDING_DELETION, DeletionDate=deletion))
        self.cancel(rotation_plan(key))
        self.plan(_plan_name(key.Arn), deletion, "delete_key", {"KeyId": key.KeyId})
        return {
            "KeyId": key.Arn,
            "DeletionDate": deletion,
            "KeyState": PENDING_DELETION,
            "PendingWindowInDays": PendingWindowInDays,
        }

    def cancel_key_deletion(self, KeyId: str) -> dict[str, str]:
        """Call a deletion off. The key comes back disabled, whatever it was before."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        self.tables.keys.put(replace(key, KeyState=DISABLED, DeletionDate=None))
        self.cancel(_plan_name(key.Arn))
        return {"KeyId": key.Arn}

    def delete_key(self, KeyId: str) -> None:
        """What KMS does at the end of the waiting period: key, material and aliases are gone for good."""
        key = self.find_key(KeyId)
        self.call.resources.append(key.Arn)
        for alias in self.tables.aliases.having("target", key.KeyId):
            self.tables.aliases.delete(alias.AliasName)
        for material in self.tables.materials.having("key", key.KeyId):
            self.hsm.forget(material)
            self.tables.materials.delete(material.KeyMaterialId)
        self.tables.keys.delete(key.KeyId)


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
