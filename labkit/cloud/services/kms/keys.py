"""A key's identity: create it, look at it, list it, switch it off and on.

Source: KMS API Reference, "CreateKey", "DescribeKey", "ListKeys", "EnableKey", "DisableKey".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.identity.named import named_in
from labkit.cloud.services.kms.importing import importable
from labkit.cloud.services.kms.key_specs import ENCRYPT_DECRYPT, KEY_SPECS, offered_in
from labkit.cloud.services.kms.key_states import (
    AWS_KMS,
    DISABLED,
    ENABLED,
    EXTERNAL,
    PENDING_IMPORT,
    UNAVAILABLE,
)
from labkit.cloud.services.kms.keystores.new_keys import NewKeysInStores
from labkit.cloud.services.kms.metadata import key_metadata
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.policies import check_new_policy, default_policy
from labkit.cloud.services.kms.rotation import rotation_plan
from labkit.cloud.services.kms.service import faults
from labkit.cloud.services.kms.tags import with_tags
from labkit.crypto.randomness import random_bytes, random_uuid
from labkit.records import replace


class Keys(NewKeysInStores):
    """Keys as things that exist, apart from what they encrypt."""

    def create_key(
        self,
        Policy: str | None = None,
        Description: str = "",
        KeyUsage: str | None = None,
        CustomerMasterKeySpec: str | None = None,
        KeySpec: str | None = None,
        Origin: str = AWS_KMS,
        CustomKeyStoreId: str | None = None,
        BypassPolicyLockoutSafetyCheck: bool = False,
        Tags: Sequence[Mapping[str, str]] = (),
        MultiRegion: bool = False,
        XksKeyId: str | None = None,
    ) -> dict[str, Any]:
        """Make a key in this account and region.

        Raises:
            ValidationException: the spec and the usage don't go together, or the spec is given twice.
            UnsupportedOperationException: a spec that this region does not have, or an origin or key store
                that the lab does not have yet.
            MalformedPolicyDocumentException: the key policy is not one, or would lock the caller out.
            TagException: two tags of one name.
        """
        self.allow("*")
        if KeySpec and CustomerMasterKeySpec and KeySpec != CustomerMasterKeySpec:
            raise faults.ValidationException(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request."
            )
        spec = KeySpec or CustomerMasterKeySpec or "SYMMETRIC_DEFAULT"
        _check_built(spec, Origin)
        if not offered_in(spec, self.region):
            raise faults.UnsupportedOperationException(f"KeySpec {spec} is not supported in this Region")
        usage = KeyUsage or _only_usage(spec)
        if usage not in KEY_SPECS[spec].usages:
            raise faults.ValidationException(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
        key_store = self.key_store_for(spec, Origin, CustomKeyStoreId, XksKeyId, multi_region=MultiRegion)
        key_id = f"mrk-{random_bytes(16).hex()}" if MultiRegion else random_uuid()
        arn = self.arn(f"key/{key_id}")
        if Tags:
            self.allow(arn, "kms:TagResource")
        if Policy is not None:
            check_new_policy(self, Policy, arn, bypass=BypassPolicyLockoutSafetyCheck)
        key = Key(
            KeyId=key_id,
            Arn=arn,
            CreationDate=self.now,
            KeySpec=spec,
            KeyUsage=usage,
            Policy=Policy or default_policy(self.account, self.region),
            PolicyNames=named_in(self.cloud, Policy) if Policy else (),
            Description=Description,
            Tags=with_tags((), Tags),
            Origin=Origin,
            CustomKeyStoreId=CustomKeyStoreId,
            CloudHsmClusterId=key_store.CloudHsmClusterId if key_store else None,
            XksKeyId=XksKeyId,
            PrimaryRegion=self.region if MultiRegion else None,
        )
        if Origin == EXTERNAL:
            key = replace(key, KeyState=PENDING_IMPORT)
        elif KEY_SPECS[spec].symmetric:
            material = (
                self.create_material_in(key_store, key_id)
                if key_store
                else self.hsm.create_material(key_id, KEY_SPECS[spec], self.now)
            )
            self.tables.materials.put(material)
            key = replace(key, CurrentKeyMaterialId=material.KeyMaterialId)
        self.tables.keys.put(key)
        self.call.resources.append(key.Arn)
        return {"KeyMetadata": key_metadata(key, [key])}

    def describe_key(self, KeyId: str, GrantTokens: Sequence[str] = ()) -> dict[str, Any]:
        """Everything about a key but its material."""
        key = self.find_key(KeyId)
        self.allow_key(key)
        return {"KeyMetadata": key_metadata(key, self.related_keys(key))}

    def list_keys(
        self, Limit: int = 100, Marker: str | None = None, ResourceOwners: Sequence[str] = ("SELF",)
    ) -> dict[str, Any]:
        """The keys of this account and region, in the order of their ids."""
        self.allow("*")
        if "SELF" not in ResourceOwners:
            return {"Keys": [], "Truncated": False}  # nobody shares keys through RAM here
        keys, more = self.page(self.tables.keys, Marker, Limit)
        return {"Keys": [{"KeyId": key.KeyId, "KeyArn": key.Arn} for key in keys], **more}

    def enable_key(self, KeyId: str) -> None:
        """Let a disabled key work again. If a rotation was due meanwhile, it is made up for at once."""
        key = self._switch(KeyId, ENABLED)
        if key.Rotation:
            due = max(key.Rotation.NextDate, self.now)
            self.plan(rotation_plan(key), due, "rotate_key", {"KeyId": key.KeyId})

    def disable_key(self, KeyId: str) -> None:
        """Stop a key from working, and from rotating. Nothing is lost: enabling it brings everything back."""
        key = self._switch(KeyId, DISABLED)
        self.cancel(rotation_plan(key))

    def update_key_description(self, KeyId: str, Description: str) -> None:
        """Replace a key's description."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        self.tables.keys.put(replace(key, Description=Description))

    def generate_random(
        self,
        NumberOfBytes: int | None = None,
        CustomKeyStoreId: str | None = None,
        Recipient: Mapping[str, Any] = {},
    ) -> dict[str, Any]:
        """Random bytes from the HSM; no key takes part, and no permission on any key is asked for.

        Raises:
            ValidationException: NumberOfBytes is missing.
            CustomKeyStoreNotFoundException: there is no such key store.
        """
        self.allow("*")
        if NumberOfBytes is None:
            raise faults.ValidationException("NumberOfBytes is required.")
        self.finish(False, Recipient)
        plaintext = (
            self.random_in(CustomKeyStoreId, NumberOfBytes)
            if CustomKeyStoreId
            else self.hsm.random(NumberOfBytes)
        )
        answer = {"Plaintext": plaintext}
        return self.for_recipient(answer, "Plaintext", Recipient) if Recipient else answer

    def _switch(self, KeyId: str, state: str) -> Key:
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        if key.KeyState == UNAVAILABLE:
            self.tables.keys.put(replace(key, StateWhenAvailable=state))
        elif key.KeyState != state:
            self.tables.keys.put(replace(key, KeyState=state))
        return key


def _only_usage(spec: str) -> str:
    """The usage of a key whose creator named none: symmetric encryption keys have but one."""
    if spec != "SYMMETRIC_DEFAULT":
        raise faults.ValidationException(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    return ENCRYPT_DECRYPT


def _check_built(spec: str, origin: str) -> None:
    """Refuse plainly what AWS has and the lab has not."""
    lacking = f"KeySpec {spec}" * (spec not in KEY_SPECS) or f"imported material of KeySpec {spec}" * (
        origin == EXTERNAL and not importable(spec)
    )
    if lacking:
        raise faults.UnsupportedOperationException(f"labkit does not emulate {lacking} yet.")
