"""Who else may make volumes of a snapshot: other accounts, one by one, or everybody.

Sharing a snapshot shares its blocks, and not the KMS key that opens them: that takes the key's policy, or a
grant. The AWS managed key can't be shared, so what it encrypts can't be, either; and nothing encrypted can be
made public.
Source: Amazon EBS User Guide, "Share an Amazon EBS snapshot"; EC2 API Reference, "ModifySnapshotAttribute".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.ebs.model import EVERYBODY, Snapshot
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ec2.service import Ec2Service, invalid
from labkit.records import replace

PERMISSION = "createVolumePermission"
MANAGED = "AWS"


class Sharing(Ec2Service):
    """The one attribute of snapshots that others look at."""

    def modify_snapshot_attribute(
        self,
        SnapshotId: str,
        Attribute: str = PERMISSION,
        CreateVolumePermission: Mapping[str, Any] = {},
        GroupNames: Sequence[str] = (),
        OperationType: str | None = None,
        UserIds: Sequence[str] = (),
        DryRun: bool = False,
    ) -> None:
        """Add accounts, or "all", to those that may use a snapshot, or take them away.

        Raises:
            InvalidSnapshot.NotFound: there is none, or it is somebody else's.
            OperationNotPermitted: it is encrypted under the AWS managed key, or shall be made public.
        """
        snapshot = self.find_own_snapshot(SnapshotId)
        self.allow_disk(snapshot, DryRun)
        _check_attribute(Attribute)
        named = [*UserIds, *GroupNames]
        added = _accounts(CreateVolumePermission.get("Add", ())) + (named if OperationType == "add" else [])
        removed = _accounts(CreateVolumePermission.get("Remove", ())) + (
            named if OperationType == "remove" else []
        )
        if added and snapshot.Key is not None:
            if EVERYBODY in added:
                raise invalid("Encrypted snapshots cannot be made public", "OperationNotPermitted")
            if self._is_managed(snapshot):
                raise invalid(
                    "Encrypted snapshots with EBS default key cannot be shared", "OperationNotPermitted"
                )
        shared = sorted((set(snapshot.SharedWith) | set(added)) - set(removed))
        self.tables.snapshots.put(replace(snapshot, SharedWith=tuple(shared)))

    def reset_snapshot_attribute(self, SnapshotId: str, Attribute: str, DryRun: bool = False) -> None:
        """Take a snapshot back from all others. InvalidSnapshot.NotFound."""
        snapshot = self.find_own_snapshot(SnapshotId)
        self.allow_disk(snapshot, DryRun)
        _check_attribute(Attribute)
        self.tables.snapshots.put(replace(snapshot, SharedWith=()))

    def describe_snapshot_attribute(
        self, SnapshotId: str, Attribute: str, DryRun: bool = False
    ) -> dict[str, Any]:
        """Whom a snapshot is shared with. InvalidSnapshot.NotFound."""
        snapshot = self.find_own_snapshot(SnapshotId)
        self.allow_disk(snapshot, DryRun)
        if Attribute == "productCodes":
            return {"SnapshotId": SnapshotId, "ProductCodes": []}
        _check_attribute(Attribute)
        permissions = [{"Group" if one == EVERYBODY else "UserId": one} for one in snapshot.SharedWith]
        return {"SnapshotId": SnapshotId, "CreateVolumePermissions": permissions}

    def _is_managed(self, snapshot: Snapshot) -> bool:
        assert snapshot.Key is not None
        try:
            key = self.ask("kms", "DescribeKey", KeyId=snapshot.Key.KmsKeyId)["KeyMetadata"]
        except AwsError:  # a key that this caller may not look at is a customer's
            return False
        return bool(key["KeyManager"] == MANAGED)


def _check_attribute(attribute: str) -> None:
    if attribute != PERMISSION:
        raise invalid(f"Value ({attribute}) for parameter attribute is invalid. Unknown snapshot attribute.")


def _accounts(permissions: Sequence[Mapping[str, str]]) -> list[str]:
    found = [one.get("UserId") or one.get("Group", "") for one in permissions]
    for one in found:
        if one != EVERYBODY and not (len(one) == 12 and one.isdigit()):
            raise invalid(f'Invalid user id: "{one}"', "InvalidUserID.Malformed")
    return found
