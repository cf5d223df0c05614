"""What imported material means for its key: which of it there is, and the key state that follows.

All material that a key has ever used belongs to it for good. As long as any of it is missing, because it was
deleted or has expired, the key is PendingImport and does nothing. Material that waits for a rotation does not
belong to the key yet.
Source: KMS Developer Guide, "Importing key material for AWS KMS keys", "Delete imported key material".
"""

from labkit.cloud.services.kms.key_states import (
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
)
from labkit.cloud.services.kms.model import Key, KeyMaterial
from labkit.cloud.services.kms.service import KmsService, faults, key_region
from labkit.records import replace

EXPIRES, DOES_NOT_EXPIRE = "KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"
IMPORTED, MISSING = "IMPORTED", "PENDING_IMPORT"
PENDING_ROTATION = "PENDING_ROTATION"
PENDING_EVERYWHERE = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"


class ImportedMaterial(KmsService):
    """Imported material of a key, and of the keys that are related to it in other regions."""

    def materials_of(self, key: Key) -> dict[str, KeyMaterial]:
        """The records of a key's material in its own region, by KeyMaterialId."""
        held = self.tables_in(key_region(key)).materials.having("key", key.KeyId)
        return {material.KeyMaterialId: material for material in held}

    def associated_material(self, key: Key) -> dict[str, KeyMaterial]:
        """The material that may be imported again: a replica may take whatever its primary has."""
        if not self.is_replica(key):
            return self.materials_of(key)
        return self.materials_of(self.primary_of(key)) | self.materials_of(key)

    def primary_of(self, key: Key) -> Key:
        """The primary of a multi-Region key; any other key is its own."""
        return next((one for one in self.related_keys(key) if key_region(one) == key.PrimaryRegion), key)

    def is_replica(self, key: Key) -> bool:
        """Whether this is a multi-Region key whose primary is in another region."""
        return key.PrimaryRegion not in (None, key_region(key))

    def pending_material(self, key: Key) -> KeyMaterial:
        """The material that waits for a rotation.

        Raises:
            KMSInvalidStateException: none does.
        """
        pending = [one for one in self.materials_of(key).values() if one.State == PENDING_ROTATION]
        if not pending:
            raise faults.KMSInvalidStateException(
                f"No available key material pending rotation for the key: {key.Arn}."
            )
        return pending[0]

    def activate_pending(self, key: Key) -> None:
        """Rotate to the material that waits for it, here and in every replica."""
        pending = self.pending_material(key)
        chosen = pending.KeyMaterialId
        for one in self.related_keys(key) or [key]:
            held = self.materials_of(one).get(chosen) or without_material(pending)
            rotated = replace(held, State=None, RotationType="ON_DEMAND", RotationDate=self.now)
            self.tables_in(key_region(one)).materials.put(rotated)
            self.settle(replace(one, CurrentKeyMaterialId=chosen))

    def remove_material(self, key: Key, material: KeyMaterial) -> None:
        """Erase imported material. Its id stays with the key, so that nothing else can take its place.

        What only waits for a rotation is forgotten altogether, and where it is the primary's, everywhere.
        """
        erased = [key]
        if material.State:
            erased = [key] if self.is_replica(key) else self.related_keys(key) or [key]
        for one in erased:
            self.hsm.forget(material)
            self.cancel(expiry_plan(one, material.KeyMaterialId))
            table = self.tables_in(key_region(one)).materials
            if not material.State:
                table.put(without_material(material))
            elif material.KeyMaterialId in table:
                table.delete(material.KeyMaterialId)
        self.settle(key)

    def settle(self, key: Key) -> None:
        """Store a key with the state, ExpirationModel and ValidTo that follow from its material."""
        own = [one for one in self.materials_of(key).values() if one.State is None]
        there = [one for one in own if one.Token]
        wanted = {one.KeyMaterialId for one in self.associated_material(key).values() if one.State is None}
        complete = bool(wanted) and {one.KeyMaterialId for one in there} == wanted
        state = key.KeyState
        if complete and state == PENDING_IMPORT:
            state = ENABLED
        elif not complete and state not in (PENDING_DELETION, PENDING_REPLICA_DELETION):
            state = PENDING_IMPORT
        ends = [one.ValidTo for one in there if one.ValidTo]
        model = None if not there else EXPIRES if ends else DOES_NOT_EXPIRE
        self.tables_in(key_region(key)).keys.put(
            replace(key, KeyState=state, ExpirationModel=model, ValidTo=min(ends, default=None))
        )


def without_material(material: KeyMaterial) -> KeyMaterial:
    """What is remembered of material that is not there."""
    return replace(material, Token=b"", ImportState=MISSING, ExpirationModel=None, ValidTo=None)


def expiry_plan(key: Key, material_id: str) -> str:
    """The name under which the end of imported material stands in the agenda."""
    return f"expire {material_id} of {key.Arn}"
