"""Multi-Region keys: one key id and one material in several regions, each with a policy of its own.

A ciphertext made under one of them opens under any other, with no call across regions. One is the primary:
it alone is replicated and rotated, and KMS copies its material to the others.
Source: KMS Developer Guide, "Multi-Region keys in AWS KMS", "How multi-Region keys work".
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from botocore.session import Session

from labkit.cloud.identity.named import named_in
from labkit.cloud.services.kms.key_states import CREATING, ENABLED, PENDING_IMPORT, UPDATING
from labkit.cloud.services.kms.metadata import key_metadata
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.policies import check_new_policy, default_policy
from labkit.cloud.services.kms.rotation import rotation_plan
from labkit.cloud.services.kms.service import KmsService, faults, key_region
from labkit.cloud.services.kms.tags import tag_list, with_tags
from labkit.cloud.state.arns import arn, partition_of
from labkit.records import replace

EXTERNAL = "EXTERNAL"


class Regions(KmsService):
    """Replicas of multi-Region keys, and which of them is the primary."""

    def replicate_key(
        self,
        KeyId: str,
        ReplicaRegion: str,
        Policy: str | None = None,
        BypassPolicyLockoutSafetyCheck: bool = False,
        Description: str = "",
        Tags: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Make a replica of a multi-Region primary key in another region of the same partition.

        Id, spec, usage, origin and material are those of the primary; policy, description, tags, aliases and
        grants are the replica's own. It is Creating for a moment. A replica of a key with imported material
        waits for the same material to be imported there.

        Raises:
            UnsupportedOperationException: not a multi-Region primary key.
            AlreadyExistsException: there is one in that region.
            ValidationException: no such region in this partition.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        new_key = f"arn:{partition_of(self.region)}:kms:{ReplicaRegion}:{self.account}:*"
        to_be = replace(key, Arn=arn("kms", ReplicaRegion, self.account, f"key/{key.KeyId}"), Tags=())
        for action in ("kms:CreateKey", "kms:TagResource") if Tags else ("kms:CreateKey",):
            self.allow(new_key, action, facts=partial(self.facts_of, action, to_be))
        self.check_state(key)
        self._check_primary(key)
        if ReplicaRegion not in regions_of(partition_of(self.region)):
            raise faults.ValidationException(f"The specified region {ReplicaRegion} is not supported.")
        there = self.tables_in(ReplicaRegion)
        replica_arn = arn("kms", ReplicaRegion, self.account, f"key/{key.KeyId}")
        if key.KeyId in there.keys:
            raise faults.AlreadyExistsException(f"Key {replica_arn} already exists")
        if Policy is not None:
            check_new_policy(self, Policy, replica_arn, bypass=BypassPolicyLockoutSafetyCheck)
        replica = replace(
            key,
            Arn=replica_arn,
            CreationDate=self.now,
            Policy=Policy or default_policy(self.account, ReplicaRegion),
            PolicyNames=named_in(self.cloud, Policy) if Policy else (),
            Description=Description,
            Tags=with_tags((), Tags),
            KeyState=CREATING,
            Rotation=None,
            ExpirationModel=None,
            ValidTo=None,
        )
        if key.Origin == EXTERNAL:
            replica = replace(replica, CurrentKeyMaterialId=None)
        else:
            self.material_of(key)  # a key pair not made yet must be made now, so that both have the same
            key = self.find_key(key.KeyId)
            for material in self.tables.materials.having("key", key.KeyId):
                there.materials.put(self.hsm.rewrap(material, ReplicaRegion, self.now))
            replica = replace(replica, CurrentKeyMaterialId=key.CurrentKeyMaterialId)
        there.keys.put(replica)
        self.call.resources.append(replica_arn)
        self._settle(replica, "synchronize_multi_region_key")
        return {
            "ReplicaKeyMetadata": key_metadata(replica, self.related_keys(replica)),
            "ReplicaPolicy": replica.Policy,
            "ReplicaTags": tag_list(replica.Tags),
        }

    def update_primary_region(self, KeyId: str, PrimaryRegion: str) -> None:
        """Make the replica in `PrimaryRegion` the primary, and this primary a replica.

        Both are Updating for a moment: they encrypt and decrypt, and can't be managed.

        Raises:
            UnsupportedOperationException: not a multi-Region primary key.
            NotFoundException: there is no replica in that region.
            KMSInvalidStateException: that replica is not enabled.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        self._check_primary(key)
        successor = self.tables_in(PrimaryRegion).keys.get(key.KeyId)
        successor_arn = arn("kms", PrimaryRegion, self.account, f"key/{key.KeyId}")
        if successor is None:
            raise faults.NotFoundException(f"Key '{successor_arn}' does not exist")
        self.allow(successor_arn, policy=self.policy_of(successor), rooted=True)
        self.check_state(successor)
        if PrimaryRegion == self.region:
            return
        for related in self.related_keys(key):
            state = UPDATING if related.Arn in (key.Arn, successor_arn) else related.KeyState
            moved = replace(related, PrimaryRegion=PrimaryRegion, KeyState=state)
            if related.Arn == successor_arn:
                moved = replace(moved, Rotation=key.Rotation, OnDemandRotations=key.OnDemandRotations)
            elif related.Arn == key.Arn:
                moved = replace(moved, Rotation=None)
            self.tables_in(key_region(related)).keys.put(moved)
            if state == UPDATING:
                self._settle(moved, "synchronize_multi_region_key")
        if key.Rotation:
            self.cancel(rotation_plan(key))
            self.plan(
                rotation_plan(successor),
                key.Rotation.NextDate,
                "rotate_key",
                {"KeyId": key.KeyId},
                region=PrimaryRegion,
            )

    def synchronize_multi_region_key(self, KeyId: str) -> None:
        """What KMS does by itself when a replica is ready, or the primary has moved."""
        key = self.find_key(KeyId)
        self.call.resources.append(key.Arn)
        waits = key.Origin == EXTERNAL and key.CurrentKeyMaterialId is None
        self.tables.keys.put(replace(key, KeyState=PENDING_IMPORT if waits else ENABLED))

    def _check_primary(self, key: Key) -> None:
        if key.PrimaryRegion != key_region(key):
            raise faults.UnsupportedOperationException(f"{key.Arn} is not a multi-region primary key.")

    def _settle(self, key: Key, method: str) -> None:
        """Done when this call has been answered: how long AWS takes is not documented."""
        there = key_region(key)
        self.plan(f"{method} {key.Arn}", self.now, method, {"KeyId": key.KeyId}, region=there)


@cache
def regions_of(partition: str) -> frozenset[str]:
    """The regions of an AWS partition that have KMS, as botocore lists them."""
    return frozenset(Session().get_available_regions("kms", partition_name=partition))
