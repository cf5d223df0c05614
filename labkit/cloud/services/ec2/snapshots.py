"""Snapshots: a volume as it was, block by block. That of an encrypted volume is encrypted, by its data key.

A snapshot that follows another one costs only what has changed, as both list the same blocks.
Source: EC2 API Reference, "CreateSnapshot"; Amazon EBS User Guide, "How Amazon EBS snapshots work".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labkit.cloud.ebs import blocks
from labkit.cloud.ebs.model import EVERYBODY, PENDING, Snapshot
from labkit.cloud.protocols.errors import aws_error
from labkit.cloud.services.ec2.filters import Filters, fits
from labkit.cloud.services.ec2.resealing import PAUSE, Resealing
from labkit.cloud.services.ec2.service import check_id, no_snapshot, pairs, tags_for, told

SELF, AMAZON = "self", "amazon"
FILTERS = {
    "snapshot-id": lambda snapshot: snapshot.SnapshotId,
    "volume-id": lambda snapshot: snapshot.VolumeId,
    "status": lambda snapshot: snapshot.State,
    "description": lambda snapshot: snapshot.Description,
    "encrypted": lambda snapshot: snapshot.Key is not None,
    "owner-id": lambda snapshot: snapshot.OwnerId,
    "progress": lambda snapshot: f"{snapshot.Progress}%",
    "start-time": lambda snapshot: snapshot.StartTime,
    "volume-size": lambda snapshot: snapshot.VolumeSize,
}


class Snapshots(Resealing):
    """Make, find and delete snapshots."""

    def create_snapshot(
        self,
        VolumeId: str,
        Description: str = "",
        TagSpecifications: Sequence[Mapping[str, Any]] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Take a snapshot of a volume as it is now; it is complete a little later.

        Raises:
            InvalidVolume.NotFound: there is no such volume.
        """
        volume = self.find_volume(VolumeId)
        tags = tags_for("snapshot", TagSpecifications)
        new_id = self.new_id("snap")
        self.allow_disk(volume, False)
        self.allow_disk(new_id, DryRun, tags=tags)
        snapshot = Snapshot(
            new_id,
            self.account,
            VolumeId,
            volume.Size,
            self.now,
            PENDING,
            volume.Key,
            Description,
            Tags=pairs(tags),
        )
        self.tables.snapshots.put(snapshot)
        # What is written afterwards is not in it, so its list is drawn up at once.
        blocks.share(self.tables, self.tables, VolumeId, new_id)
        self.plan(f"ec2: complete {new_id}", self.now + PAUSE, "_complete", {"SnapshotId": new_id})
        return describe(snapshot)

    def _complete(self, SnapshotId: str) -> None:
        snapshot = self.tables.snapshots.get(SnapshotId)
        if snapshot is not None:
            self.finish(snapshot)

    def describe_snapshots(
        self,
        MaxResults: int | None = None,
        NextToken: str | None = None,
        OwnerIds: Sequence[str] = (),
        RestorableByUserIds: Sequence[str] = (),
        SnapshotIds: Sequence[str] = (),
        DryRun: bool = False,
        Filters: Filters = (),
    ) -> dict[str, Any]:
        """The caller's own snapshots and those shared with them, by ids, owners, or filters.

        Raises:
            InvalidSnapshot.NotFound, InvalidParameterValue: an id is nobody's, or none.
        """
        self.allow_all(DryRun)
        found: Iterable[Snapshot] = [self.find_snapshot(one) for one in SnapshotIds] or self._visible()
        owners = {self.account if one == SELF else one for one in OwnerIds}
        users = {self.account if one == SELF else one for one in RestorableByUserIds}
        chosen = [
            one
            for one in found
            if (not owners or one.OwnerId in owners)
            and (not users or users & {one.OwnerId, *one.SharedWith})
            and fits(one, Filters, FILTERS)
        ]
        page, token = self.page(chosen, "SnapshotId", NextToken, MaxResults)
        return {"Snapshots": [describe(one) for one in page], "NextToken": token}

    def _visible(self) -> list[Snapshot]:
        mine = {self.account, EVERYBODY}
        return [
            snapshot
            for tables in self.all_tables(self.region)
            for snapshot in tables.snapshots
            if mine & {snapshot.OwnerId, *snapshot.SharedWith}
        ]

    def delete_snapshot(self, SnapshotId: str, DryRun: bool = False) -> None:
        """Delete a snapshot; volumes and other snapshots keep the blocks that they list, too.

        Raises:
            InvalidSnapshot.NotFound: there is none, or it is somebody else's.
        """
        check_id("snap", "snapshot", SnapshotId)
        snapshot = self.tables.snapshots.get(SnapshotId)
        if snapshot is None:
            raise no_snapshot(SnapshotId)
        self.allow_disk(snapshot, DryRun)
        if snapshot.State == PENDING and snapshot.Direct:
            raise aws_error("IncorrectState", 400, f"The snapshot '{SnapshotId}' is in pending state.")
        self.forget_blocks(SnapshotId)
        self.tables.snapshots.delete(SnapshotId)


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as EC2 describes it."""
    return {
        "SnapshotId": snapshot.SnapshotId,
        "VolumeId": snapshot.VolumeId,
        "VolumeSize": snapshot.VolumeSize,
        "OwnerId": snapshot.OwnerId,
        "StartTime": snapshot.StartTime,
        "CompletionTime": snapshot.CompletionTime,
        "State": snapshot.State,
        "StateMessage": snapshot.StateMessage or None,
        "Progress": f"{snapshot.Progress}%",
        "Description": snapshot.Description,
        "Encrypted": snapshot.Key is not None,
        "KmsKeyId": snapshot.Key.KmsKeyId if snapshot.Key else None,
        "StorageTier": "standard",
        "Tags": told(snapshot.Tags),
    }
