"""StartSnapshot and CompleteSnapshot: a snapshot that is written block by block, without any volume.

It may build on a parent, whose blocks it lists until they are written anew. Between the two calls it is
`pending`, and belongs to whoever writes; after `Timeout` minutes without completion it is in error.
Source: EBS direct APIs Reference, "StartSnapshot", "CompleteSnapshot"; Amazon EBS User Guide, "Use encryption
with EBS direct APIs".
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.ebs import blocks
from labkit.cloud.ebs.model import (
    BLOCK_BYTES,
    BLOCKS_A_GIB,
    COMPLETED,
    ERROR,
    NO_VOLUME,
    PENDING,
    DataKey,
    Snapshot,
)
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ebs.service import EbsService, faults, unusable
from labkit.cloud.state.arns import arn
from labkit.crypto.randomness import random_bytes
from labkit.records import replace

FINISHING = timedelta(seconds=5)
TIMED_OUT = "The snapshot was not completed within the timeout."


class DirectSnapshots(EbsService):
    """Begin a snapshot, and end it."""

    def start_snapshot(
        self,
        VolumeSize: int,
        ParentSnapshotId: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
        Description: str = "",
        ClientToken: str = "",
        Encrypted: bool | None = None,
        KmsKeyArn: str | None = None,
        Timeout: int = 60,
    ) -> dict[str, Any]:
        """Begin a snapshot of a disk of `VolumeSize` GiB; `Timeout` is in minutes.

        Raises:
            ValidationException: encryption is asked for in a way that does not fit the parent, or the size.
            ConflictException: the token was used for another snapshot.
            ResourceNotFoundException: there is no such parent.
            AccessDeniedException: the caller may not, or not with this KMS key.
        """
        new_id = f"snap-0{random_bytes(8).hex()}"
        self.allow(arn("ec2", self.region, "", f"snapshot/{new_id}"), facts=lambda: dict(facts_of_tags(Tags)))
        if ClientToken and (made := self.tables.snapshots.having("token", ClientToken)):
            return _again(made[0], VolumeSize)
        parent = self._parent(ParentSnapshotId, VolumeSize)
        if parent is not None and (Encrypted is not None or KmsKeyArn is not None):
            raise _refused("Encrypted and KmsKeyArn can't be specified together with a parent snapshot.")
        if KmsKeyArn is not None and Encrypted is not True:
            raise _refused("KmsKeyArn can be specified only if Encrypted is true.")
        if parent is not None and parent.Key is None and self.encrypts_by_default:
            raise _refused("The parent snapshot is not encrypted, and this account encrypts by default.")
        key = parent.Key if parent else self._new_key(new_id, KmsKeyArn, Encrypted)
        snapshot = Snapshot(
            new_id,
            self.account,
            NO_VOLUME,
            VolumeSize,
            self.now,
            PENDING,
            key,
            Description,
            Tags=tuple(sorted({tag["Key"]: tag.get("Value", "") for tag in Tags}.items())),
            Direct=True,
            ParentSnapshotId=ParentSnapshotId,
            ClientToken=ClientToken,
        )
        self.tables.snapshots.put(snapshot)
        if parent is not None:
            blocks.share(self.tables_of(parent), self.tables, parent.SnapshotId, new_id)
        self.plan(_plan(new_id), self.now + timedelta(minutes=Timeout), "_time_out", {"SnapshotId": new_id})
        return _told(snapshot)

    def complete_snapshot(
        self,
        SnapshotId: str,
        ChangedBlocksCount: int,
        Checksum: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ChecksumAggregationMethod: str | None = None,
    ) -> dict[str, Any]:
        """End a snapshot: no block can be written any more, and a little later it is complete.

        Raises:
            ValidationException: another number of blocks was written, or others than the checksum says.
        """
        snapshot = self.find(SnapshotId)
        self.check_pending(snapshot)
        written = self._written(snapshot)
        if len(written) != ChangedBlocksCount:
            raise faults.ValidationException(
                f"ChangedBlocksCount is {ChangedBlocksCount}, and {len(written)} blocks were written.",
                Reason="INVALID_PARAMETER_VALUE",
            )
        if Checksum is not None and Checksum != _aggregated(written):
            raise faults.ValidationException(
                "The checksum is not that of the blocks that were written.", Reason="INVALID_PARAMETER_VALUE"
            )
        self.tables.snapshots.put(replace(snapshot, Direct=False))
        self.plan(_plan(SnapshotId), self.now + FINISHING, "_complete", {"SnapshotId": SnapshotId})
        return {"Status": PENDING}

    def _complete(self, SnapshotId: str) -> None:
        snapshot = self.tables.snapshots.get(SnapshotId)
        if snapshot is not None:
            done = replace(snapshot, State=COMPLETED, Progress=100, CompletionTime=self.now)
            self.tables.snapshots.put(done)

    def _time_out(self, SnapshotId: str) -> None:
        snapshot = self.tables.snapshots.get(SnapshotId)
        if snapshot is not None:
            failed = replace(snapshot, State=ERROR, StateMessage=TIMED_OUT, Direct=False)
            self.tables.snapshots.put(failed)

    def _written(self, snapshot: Snapshot) -> list[str]:
        """The checksums of the blocks that differ from the parent's, in the order of their indexes."""
        parent = self.tables.snapshots.get(snapshot.ParentSnapshotId) if snapshot.ParentSnapshotId else None
        before = (
            {}
            if parent is None
            else {block.Index: block.Blob for block in blocks.blocks_of(self.tables, parent.SnapshotId)}
        )
        now = blocks.blocks_of(self.tables, snapshot.SnapshotId)
        return [block.Checksum for block in now if before.get(block.Index) != block.Blob]

    def _parent(self, ParentSnapshotId: str | None, size: int) -> Snapshot | None:
        if ParentSnapshotId is None:
            return None
        parent = self.tables.snapshots.get(ParentSnapshotId)
        if parent is None or parent.State != COMPLETED:
            raise faults.ResourceNotFoundException(
                f"The snapshot '{ParentSnapshotId}' does not exist.", Reason="SNAPSHOT_NOT_FOUND"
            )
        if size < parent.VolumeSize:
            raise faults.ValidationException(
                "The volume size can't be smaller than the parent snapshot's.", Reason="INVALID_VOLUME_SIZE"
            )
        return parent

    def _new_key(self, new_id: str, KmsKeyArn: str | None, encrypted: bool | None) -> DataKey | None:
        if not (encrypted or self.encrypts_by_default):
            return None
        try:
            return self.new_data_key(self.key_arn(KmsKeyArn), new_id)
        except AwsError as refused:
            raise unusable(refused) from None


def check_index(snapshot: Snapshot, index: int) -> None:
    """Go on only if a disk of this size has such a block; else ValidationException."""
    if not 0 <= index < snapshot.VolumeSize * BLOCKS_A_GIB:
        raise faults.ValidationException(
            "The block index is beyond the end of the volume.", Reason="INVALID_BLOCK"
        )


def _aggregated(checksums: Sequence[str]) -> str:
    """One checksum for all blocks: SHA-256 over theirs, one after the other, in ascending order."""
    whole = b"".join(base64.b64decode(one) for one in checksums)
    return base64.b64encode(hashlib.sha256(whole).digest()).decode()


def _again(made: Snapshot, size: int) -> dict[str, Any]:
    if made.VolumeSize != size:
        raise faults.ConflictException("The client token was used in a request with other parameters.")
    return _told(made)


def _told(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "Description": snapshot.Description,
        "SnapshotId": snapshot.SnapshotId,
        "OwnerId": snapshot.OwnerId,
        "Status": snapshot.State,
        "StartTime": snapshot.StartTime,
        "VolumeSize": snapshot.VolumeSize,
        "BlockSize": BLOCK_BYTES,
        "Tags": [{"Key": key, "Value": value} for key, value in snapshot.Tags],
        "ParentSnapshotId": snapshot.ParentSnapshotId,
        "KmsKeyArn": snapshot.Key.KmsKeyId if snapshot.Key else None,
    }


def _plan(snapshot_id: str) -> str:
    return f"ebs: end {snapshot_id}"


def _refused(text: str) -> AwsError:
    refused: AwsError = faults.ValidationException(text, Reason="INVALID_PARAMETER_VALUE")
    return refused
