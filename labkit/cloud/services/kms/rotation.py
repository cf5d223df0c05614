"""Rotation adds a backing key. The id, the ARN, the policy and every old ciphertext stay as they are.

New messages are sealed under the newest backing key; a blob's header names the one that opens it.
Source: KMS Developer Guide, "Rotate AWS KMS keys", "Monitor KMS keys with Amazon EventBridge".
"""

from datetime import timedelta
from typing import Any

from labkit.cloud.services.kms.imported import ImportedMaterial
from labkit.cloud.services.kms.key_specs import KEY_SPECS
from labkit.cloud.services.kms.key_states import (
    AWS_KMS,
    EXTERNAL,
    PENDING_DELETION,
    PENDING_REPLICA_DELETION,
    check_origin,
)
from labkit.cloud.services.kms.model import Key, KeyMaterial, RotationSchedule
from labkit.cloud.services.kms.service import faults
from labkit.records import replace

DEFAULT_PERIOD = 365
ON_DEMAND_LIMIT = 25
TOO_CLOSE = timedelta(minutes=20)
AUTOMATIC, ON_DEMAND = "AUTOMATIC", "ON_DEMAND"


class Rotation(ImportedMaterial):
    """Automatic and on-demand rotation of symmetric encryption keys."""

    def enable_key_rotation(self, KeyId: str, RotationPeriodInDays: int | None = None) -> None:
        """Rotate this key every 90 to 2560 days, by default every 365.

        Raises:
            UnsupportedOperationException: asymmetric keys, HMAC keys, keys with imported material or in a
                custom key store do not rotate by themselves, and replicas rotate with their primary.
        """
        key = self._rotating_key(KeyId, AWS_KMS)
        self._schedule(key, RotationPeriodInDays or DEFAULT_PERIOD)

    def disable_key_rotation(self, KeyId: str) -> None:
        """Stop rotating this key; the backing keys it has stay. A key that never rotates is not told so."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        check_origin(key, AWS_KMS)
        self.check_state(key)
        self._check_not_replica(key)
        self.tables.keys.put(replace(key, Rotation=None))
        self.cancel(rotation_plan(key))

    def get_key_rotation_status(self, KeyId: str) -> dict[str, Any]:
        """Whether, how often and when next a key rotates by itself; one about to be deleted does not.

        A replica tells of its primary, which it rotates with. There is never an OnDemandRotationStartDate:
        a rotation on demand is finished when RotateKeyOnDemand answers.
        """
        key = self.find_key_not_alias(KeyId)
        self.allow_key(key)
        check_origin(key, AWS_KMS)
        _check_rotates(key)
        schedule = self.primary_of(key).Rotation
        if schedule is None or key.KeyState in (PENDING_DELETION, PENDING_REPLICA_DELETION):
            return {"KeyId": key.Arn, "KeyRotationEnabled": False}
        return {
            "KeyId": key.Arn,
            "KeyRotationEnabled": True,
            "RotationPeriodInDays": schedule.PeriodInDays,
            "NextRotationDate": schedule.NextDate,
        }

    def rotate_key_on_demand(self, KeyId: str) -> dict[str, str]:
        """Rotate now. A key can be rotated so 25 times in its life; the schedule is not touched.

        A key with imported material rotates to the material that was imported for it.

        Raises:
            LimitExceededException: it has been.
            ConflictException: the key is about to rotate by itself.
            KMSInvalidStateException: no imported material waits for the rotation.
        """
        key = self._rotating_key(KeyId, AWS_KMS, EXTERNAL)
        if key.OnDemandRotations >= ON_DEMAND_LIMIT:
            raise faults.LimitExceededException(
                "The on-demand rotations limit has been reached for the given keyId. "
                f"No more on-demand rotations can be performed for this key: {key.Arn}"
            )
        if key.Rotation and key.Rotation.NextDate - self.now <= TOO_CLOSE:
            raise faults.ConflictException(
                "An automatic rotation of this key is currently in progress "
                "or scheduled to begin within the next 20 minutes."
            )
        if key.Origin == EXTERNAL:
            self.pending_material(key)
        self.tables.keys.put(replace(key, OnDemandRotations=key.OnDemandRotations + 1))
        asked = {"KeyId": key.KeyId, "RotationType": ON_DEMAND}
        self.plan(f"rotate on demand {key.Arn}", self.now, "rotate_key", asked)
        return {"KeyId": key.Arn}

    def list_key_rotations(
        self,
        KeyId: str,
        IncludeKeyMaterial: str = "ROTATIONS_ONLY",
        Limit: int = 100,
        Marker: str | None = None,
    ) -> dict[str, Any]:
        """The rotations that have been completed, oldest first.

        ALL_KEY_MATERIAL adds the first material, and imported material that waits for a rotation.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        check_origin(key, AWS_KMS, EXTERNAL)
        _check_rotates(key)
        history = sorted(self.tables.materials.having("key", key.KeyId), key=lambda one: one.CreationDate)
        if IncludeKeyMaterial == "ROTATIONS_ONLY":
            history = [material for material in history if material.RotationType]
        page, more = self.page_of_list(history, lambda one: str(one.KeyMaterialId), Marker, Limit)
        return {"Rotations": [_rotation(key, material) for material in page], **more}

    def rotate_key(self, KeyId: str, RotationType: str = AUTOMATIC) -> dict[str, str | None]:
        """What KMS does by itself when the rotation period has passed, or a rotation was asked for."""
        key = self.find_key(KeyId)
        self.call.resources.append(key.Arn)
        if key.Origin == EXTERNAL:
            self.activate_pending(key)
        else:
            self._add_material(key, RotationType)
        rotated = self.find_key(KeyId)
        if RotationType == AUTOMATIC and rotated.Rotation is not None:
            self._schedule(rotated, rotated.Rotation.PeriodInDays)
        detail = {
            "key-id": key.KeyId,
            "key-origin": key.Origin,
            "rotation-type": RotationType,
            "previous-key-material-id": key.CurrentKeyMaterialId,
            "current-key-material-id": rotated.CurrentKeyMaterialId,
        }
        self.announce("KMS CMK Rotation", detail, key.Arn)
        return {
            "RotationType": RotationType,
            "KeyOrigin": key.Origin,
            "PreviousKeyMaterialId": key.CurrentKeyMaterialId,
            "CurrentKeyMaterialId": rotated.CurrentKeyMaterialId,
        }

    def _rotating_key(self, KeyId: str, *origins: str) -> Key:
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        check_origin(key, *origins)
        self.check_state(key)
        _check_rotates(key)
        self._check_not_replica(key)
        return key

    def _check_not_replica(self, key: Key) -> None:
        if self.is_replica(key):
            raise faults.UnsupportedOperationException(f"{key.Arn} is not a multi-region primary key.")

    def _schedule(self, key: Key, period: int) -> None:
        due = self.now + timedelta(days=period)
        self.tables.keys.put(replace(key, Rotation=RotationSchedule(period, due)))
        self.plan(rotation_plan(key), due, "rotate_key", {"KeyId": key.KeyId})

    def _add_material(self, key: Key, rotation_type: str) -> Key:
        material = self.hsm.create_material(key.KeyId, KEY_SPECS[key.KeySpec], self.now)
        made = replace(material, RotationType=rotation_type, RotationDate=self.now)
        self.tables.materials.put(made)
        rotated = replace(key, CurrentKeyMaterialId=made.KeyMaterialId)
        self.tables.keys.put(rotated)
        self.share_material(rotated, made)
        return rotated


def rotation_plan(key: Key) -> str:
    """The name under which a key's next rotation stands in the agenda."""
    return f"rotate {key.Arn}"


def _check_rotates(key: Key) -> None:
    if key.KeySpec != "SYMMETRIC_DEFAULT":
        raise faults.UnsupportedOperationException()


def _rotation(key: Key, material: KeyMaterial) -> dict[str, Any]:
    current = material.KeyMaterialId == key.CurrentKeyMaterialId
    told = {
        "KeyId": key.Arn,
        "KeyMaterialId": material.KeyMaterialId,
        "KeyMaterialDescription": material.Description,
        "ImportState": material.ImportState,
        "KeyMaterialState": material.State or ("CURRENT" if current else "NON_CURRENT"),
        "ExpirationModel": material.ExpirationModel,
        "ValidTo": material.ValidTo,
        "RotationDate": material.RotationDate,
        "RotationType": material.RotationType,
    }
    return {name: value for name, value in told.items() if value is not None}
