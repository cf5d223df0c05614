"""Imported key material: a key whose bytes were made elsewhere, and which can be taken away again.

1. CreateKey with Origin EXTERNAL: a key without material, PendingImport.
2. GetParametersForImport: a public key to wrap the material with, and a token, both good for 24 hours.
3. The caller wraps the material. KMS has no part in that, which is the point.
4. ImportKeyMaterial: the HSM unwraps it; the key is Enabled.

Only the very same material may come back after it was deleted or has expired. A symmetric key takes further
material, which waits until RotateKeyOnDemand makes it the current one.
Source: KMS Developer Guide, "Importing key material for AWS KMS keys".
"""

from datetime import datetime, timedelta
from typing import Any

from labkit.cloud.services.kms import hsm_imports
from labkit.cloud.services.kms.hsm_imports import DIRECT, HYBRID, SM2PKE
from labkit.cloud.services.kms.imported import (
    EXPIRES,
    IMPORTED,
    PENDING_EVERYWHERE,
    PENDING_ROTATION,
    ImportedMaterial,
    expiry_plan,
)
from labkit.cloud.services.kms.key_specs import KEY_SPECS
from labkit.cloud.services.kms.key_states import EXTERNAL, check_origin
from labkit.cloud.services.kms.model import Key, KeyMaterial
from labkit.cloud.services.kms.service import faults, key_region
from labkit.records import replace

NEW, EXISTING = "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"
TOKEN_LIFE = timedelta(hours=24)
LONGEST = timedelta(days=365)
# Which algorithms wrap which material. RSA private keys are too long to be encrypted with RSA directly.
WRAPPED_BY = {
    "AES": {*DIRECT, SM2PKE},
    "HMAC": {*DIRECT, SM2PKE},
    "ECC": {*DIRECT, *HYBRID, SM2PKE},
    "RSA": {*HYBRID, SM2PKE},
}


def _algorithms_under(wrapping_key_spec: str, region: str) -> set[str]:
    """What wraps under such a key. The China regions have SM2PKE in place of RSA with AES.

    RSAES_PKCS1_V1_5, which the service model still lists, is gone since October 2023.
    """
    china = region.startswith("cn-")
    if wrapping_key_spec == "SM2":
        return {SM2PKE} if china else set()
    return {*DIRECT} if china else {*DIRECT, *HYBRID}


def importable(spec: str) -> bool:
    """Whether a key of this spec may have imported material."""
    return spec in KEY_SPECS and KEY_SPECS[spec].primitive in WRAPPED_BY


class Importing(ImportedMaterial):
    """Key material that comes from outside of KMS."""

    def get_parameters_for_import(
        self, KeyId: str, WrappingAlgorithm: str, WrappingKeySpec: str
    ) -> dict[str, Any]:
        """A wrapping public key, and the token that lets ImportKeyMaterial find its private half.

        Raises:
            UnsupportedOperationException: the key's material is made by KMS, or this algorithm can't wrap
                material of its spec under such a wrapping key.
        """
        key = self._external_key(KeyId)
        self._check_wrapping(key, WrappingAlgorithm, WrappingKeySpec)
        # Whole seconds, as the wire tells them: the token must be good as long as the answer says.
        valid_to = (self.now + TOKEN_LIFE).replace(microsecond=0)
        public_key, token = self.hsm.make_wrapping_key(
            key.Arn, KEY_SPECS[WrappingKeySpec], WrappingAlgorithm, valid_to
        )
        return {
            "KeyId": key.Arn,
            "ImportToken": token,
            "PublicKey": public_key,
            "ParametersValidTo": valid_to,
        }

    def import_key_material(
        self,
        KeyId: str,
        ImportToken: bytes,
        EncryptedKeyMaterial: bytes,
        ValidTo: datetime | None = None,
        ExpirationModel: str = EXPIRES,
        ImportType: str | None = None,
        KeyMaterialDescription: str | None = None,
        KeyMaterialId: str | None = None,
    ) -> dict[str, str]:
        """Give a key its material, or give it back.

        Raises:
            InvalidImportTokenException, ExpiredImportTokenException: get new parameters, and wrap again.
            InvalidCiphertextException: not wrapped under the token's key with the token's algorithm.
            IncorrectKeyMaterialException: no key of this spec, or not the material that is expected.
            ValidationException: the expiration is not one, or the wrapped material has an impossible length.
        """
        key = self._external_key(KeyId)
        self._check_expiration(ExpirationModel, ValidTo)
        if key.KeySpec != "SYMMETRIC_DEFAULT" and (ImportType or KeyMaterialDescription or KeyMaterialId):
            raise faults.UnsupportedOperationException(
                "ImportType, KeyMaterialDescription and KeyMaterialId are only supported "
                "for symmetric encryption KMS keys."
            )
        if ImportType == NEW and KeyMaterialId:
            raise faults.ValidationException(f"KeyMaterialId cannot be specified when ImportType is {NEW}.")
        given = self._unwrapped(key, ImportToken, EncryptedKeyMaterial)
        if KeyMaterialId not in (None, given.KeyMaterialId):
            raise faults.IncorrectKeyMaterialException()
        given = replace(
            given, Description=KeyMaterialDescription, ExpirationModel=ExpirationModel, ValidTo=ValidTo
        )
        first = not self.is_replica(key) and not self.associated_material(key)
        if (ImportType or (NEW if first else EXISTING)) == NEW:
            self._add(key, replace(given, State=None if first else self._waiting_state(key)))
        else:
            self._restore(key, given)
        return self._told(key, given.KeyMaterialId)

    def delete_imported_key_material(self, KeyId: str, KeyMaterialId: str | None = None) -> dict[str, str]:
        """Take material away, by default the current one, until the same is imported again.

        Raises:
            NotFoundException: the key has no material with this id.
        """
        key = self._external_key(KeyId)
        chosen = KeyMaterialId or key.CurrentKeyMaterialId
        if chosen is None:
            return {"KeyId": key.Arn}  # nothing was ever imported
        material = self.materials_of(key).get(chosen)
        if material is None:
            raise faults.NotFoundException(f"Key material {chosen} does not exist for the key: {key.Arn}.")
        self.remove_material(key, material)
        return self._told(key, chosen)

    def delete_expired_key_material(self, KeyId: str, KeyMaterialId: str) -> None:
        """What KMS does by itself at the moment that `ValidTo` names."""
        key = self.find_key(KeyId)
        self.call.resources.append(key.Arn)
        self.remove_material(key, self.materials_of(key)[KeyMaterialId])
        detail = {"key-id": key.KeyId, "key-material-id": KeyMaterialId}
        self.announce("KMS Imported Key Material Expiration", detail, key.Arn)

    def _external_key(self, KeyId: str) -> Key:
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        check_origin(key, EXTERNAL)
        self.check_state(key)
        return key

    def _add(self, key: Key, material: KeyMaterial) -> None:
        """Material that the key has not had: its first, or one that waits for a rotation."""
        if self.is_replica(key):
            raise faults.UnsupportedOperationException(
                f"New key material can only be imported into the primary key: {key.Arn} is a replica key."
            )
        associated = self.associated_material(key)
        if material.KeyMaterialId in associated:
            raise faults.IncorrectKeyMaterialException()
        if any(one.State for one in associated.values()):
            raise faults.KMSInvalidStateException(f"{key.Arn} already has key material pending rotation.")
        current = key.CurrentKeyMaterialId or material.KeyMaterialId
        self._keep(replace(key, CurrentKeyMaterialId=current), material)

    def _restore(self, key: Key, material: KeyMaterial) -> None:
        """Material that the key, or its primary, has had: expired, deleted, or to expire at another time."""
        associated = self.associated_material(key)
        known = associated.get(material.KeyMaterialId)
        if known is None:
            raise faults.IncorrectKeyMaterialException()
        restored = replace(
            material,
            CreationDate=known.CreationDate,
            RotationType=known.RotationType,
            RotationDate=known.RotationDate,
            State=known.State,
            Description=material.Description if material.Description is not None else known.Description,
        )
        current = key.CurrentKeyMaterialId or self.primary_of(key).CurrentKeyMaterialId
        self._keep(replace(key, CurrentKeyMaterialId=current), restored)
        if restored.State == PENDING_EVERYWHERE:
            self._release(key, restored.KeyMaterialId)

    def _keep(self, key: Key, material: KeyMaterial) -> None:
        self.tables.materials.put(replace(material, ImportState=IMPORTED))
        self.settle(key)
        plan = expiry_plan(key, material.KeyMaterialId)
        if material.ValidTo is None:
            self.cancel(plan)
        else:
            named = {"KeyId": key.KeyId, "KeyMaterialId": material.KeyMaterialId}
            self.plan(plan, material.ValidTo, "delete_expired_key_material", named)

    def _waiting_state(self, key: Key) -> str:
        """New material of a primary waits for its replicas first, and then for the rotation."""
        return PENDING_EVERYWHERE if len(self.related_keys(key)) > 1 else PENDING_ROTATION

    def _release(self, key: Key, material_id: str) -> None:
        """Once the primary and every replica have the new material, it may be rotated to."""
        related = self.related_keys(key)
        held = [self.materials_of(one).get(material_id) for one in related]
        if all(held):
            for one, material in zip(related, held, strict=True):
                assert material is not None
                self.tables_in(key_region(one)).materials.put(replace(material, State=PENDING_ROTATION))

    def _unwrapped(self, key: Key, token: bytes, wrapped: bytes) -> KeyMaterial:
        try:
            return self.hsm.import_material(key.Arn, token, wrapped, KEY_SPECS[key.KeySpec], self.now)
        except hsm_imports.BadImportTokenError:
            raise faults.InvalidImportTokenException() from None
        except hsm_imports.ExpiredImportTokenError:
            raise faults.ExpiredImportTokenException() from None
        except hsm_imports.WrappedSizeError:
            raise faults.ValidationException("Invalid encrypted key size.") from None
        except hsm_imports.UnwrappingError:
            raise faults.InvalidCiphertextException() from None
        except hsm_imports.BadMaterialError:
            raise faults.IncorrectKeyMaterialException() from None

    def _check_expiration(self, model: str, valid_to: datetime | None) -> None:
        if model != EXPIRES:
            if valid_to is not None:
                raise faults.ValidationException(
                    f"A validTo date must not be set if the ExpirationModel is {model}"
                )
            return
        if valid_to is None:
            raise faults.ValidationException(
                f"A validTo date must be set if the ExpirationModel is {EXPIRES}"
            )
        if valid_to <= self.now:
            raise faults.ValidationException("ValidTo must be in the future")
        if valid_to > self.now + LONGEST:
            raise faults.ValidationException(
                f"ValidTo must be within {LONGEST.days} days of the request date"
            )

    def _check_wrapping(self, key: Key, algorithm: str, wrapping_key_spec: str) -> None:
        if algorithm not in _algorithms_under(wrapping_key_spec, self.region):
            raise faults.UnsupportedOperationException(
                f"WrappingAlgorithm {algorithm} with WrappingKeySpec {wrapping_key_spec} is not supported."
            )
        long_curve = key.KeySpec == "ECC_NIST_P521" and wrapping_key_spec == "RSA_2048"
        if algorithm not in WRAPPED_BY[KEY_SPECS[key.KeySpec].primitive] or (
            long_curve and algorithm in DIRECT
        ):
            raise faults.UnsupportedOperationException(
                f"WrappingAlgorithm {algorithm} with WrappingKeySpec {wrapping_key_spec} "
                f"is not supported for KeySpec {key.KeySpec}."
            )

    def _told(self, key: Key, material_id: str) -> dict[str, str]:
        told = {"KeyId": key.Arn}
        return told | {"KeyMaterialId": material_id} if key.KeySpec == "SYMMETRIC_DEFAULT" else told
