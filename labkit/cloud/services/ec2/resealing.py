"""How the blocks of one disk become those of another: shared, if the data key is the same, or sealed anew.

    the same data key     the new disk lists the very same blocks
    another one           each block is opened with the old key, and sealed under the new one

Blocks are worked on a few at a time, outside the lab's lock, every few seconds of the lab's time; in between,
`Progress` tells how far it is. EC2 opens both data keys by a grant each, so what is done to a KMS key before
the work is finished stops it.
Source: Amazon EBS User Guide, "Copy an Amazon EBS snapshot", "How Amazon EBS encryption works".
"""

from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.ebs import blocks
from labkit.cloud.ebs.model import (
    AVAILABLE,
    COMPLETED,
    ERROR,
    Block,
    EbsTables,
    Snapshot,
    Volume,
    block_id,
)
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ec2.service import Ec2Service
from labkit.crypto.errors import AuthenticationFailed
from labkit.records import replace

BLOCKS_AT_ONCE = 256
PAUSE = timedelta(seconds=5)
NOT_ACCESSIBLE = "Given key ID is not accessible"


class Origin(NamedTuple):
    """Where the blocks come from: a disk in some account and region."""

    Account: str
    Region: str
    Id: str


NOWHERE = Origin("", "", "")


class Resealing(Ec2Service):
    """Fill new volumes and copies with blocks."""

    def plan_reseal(self, source: Snapshot | None, target: Volume | Snapshot, region: str = "") -> None:
        """Plan what completes `target`; `source` is in `region`. KMS's AwsError if it refuses a grant."""
        origin = Origin(source.OwnerId, region or self.region, source.SnapshotId) if source else NOWHERE
        keys = {key for key in (source and source.Key, target.Key) if key}
        self._plan(target, {**origin._asdict(), "Grants": "\n".join(self.grant(key) for key in keys)})

    def plan_failure(self, target: Volume | Snapshot, refused: AwsError) -> None:
        """Plan the end of a disk that was announced, and whose key can't be used."""
        self._plan(target, {"Refused": refused.code}, "_fail")

    def _plan(self, target: Volume | Snapshot, told: dict[str, str], method: str = "_reseal") -> None:
        disk = id_of(target)
        due = self.now if isinstance(target, Volume) else self.now + PAUSE
        self.plan(f"ec2: fill {disk}", due, method, {"Disk": disk, **told})

    def _reseal(self, Disk: str, Account: str, Region: str, Id: str, Grants: str, After: str = "-1") -> Steps:
        """Bring the next few blocks over; the agenda calls it until none is left."""
        target, source = self._disk(Disk), self.cloud.store.tables(EbsTables, Account, Region)
        if target is None:
            return self._end(None, Grants)
        origin = source.snapshots.get(Id) if Id else None
        old, new = (origin.Key if origin else None), target.Key
        try:
            keys = self.open_key(old, itself=True), self.open_key(new, itself=True)
        except AwsError:
            return self._end(target, Grants, failed=True)
        if Id and origin is None:  # it was deleted meanwhile
            return self._end(target, Grants, failed=True)
        if origin is not None and old == new:
            blocks.share(source, self.tables, Id, Disk)
            return self._end(target, Grants)
        found = list(islice(blocks.blocks_of(source, Id, int(After)), BLOCKS_AT_ONCE)) if Id else []
        try:
            made = yield Outside(lambda: [self._sealed_anew(block, Disk, *keys) for block in found])
        except (FileNotFoundError, AuthenticationFailed):  # it was deleted meanwhile, or is not as it was
            return self._end(target, Grants, failed=True)
        for block in made:
            self.tables.blocks.put(block)
        target = self._disk(Disk)
        if target is None:
            self.forget_blocks(Disk)
            self._end(None, Grants)
        elif len(found) < BLOCKS_AT_ONCE:
            self._end(target, Grants)
        else:
            last = found[-1].Index
            self._show_progress(target, source, Id, last)
            again = {"Account": Account, "Region": Region, "Id": Id, "Grants": Grants, "After": str(last)}
            self.plan(f"ec2: fill {Disk}", self.now + PAUSE, "_reseal", {"Disk": Disk, **again})
        return {}

    def _sealed_anew(self, block: Block, disk: str, old: bytes | None, new: bytes | None) -> Block:
        content = blocks.read(self.cloud.blobs, old, block)
        name = blocks.write(self.cloud.blobs, new, content)
        return Block(block_id(disk, block.Index), block.Index, name, block.Checksum)

    def _show_progress(self, target: Volume | Snapshot, source: EbsTables, origin: str, last: int) -> None:
        if isinstance(target, Snapshot):
            first, end = block_id(origin, 0), block_id(origin, 10**10 - 1)
            done = source.blocks.count_between(first, block_id(origin, last + 1))
            whole = source.blocks.count_between(first, end)
            self.tables.snapshots.put(replace(target, Progress=100 * done // max(whole, 1)))

    def _end(self, target: Volume | Snapshot | None, grants: str, *, failed: bool = False) -> dict[str, Any]:
        """Give the grants back; the disk is complete, has failed, or is gone."""
        for grant in grants.splitlines():
            self.retire(grant)
        if target is not None and failed:
            self._failed(target)
        elif target is not None:
            self.finish(target)
        return {}

    def _fail(self, Disk: str, Refused: str) -> None:
        target = self._disk(Disk)
        if target is not None:
            self._failed(target)

    def _failed(self, target: Volume | Snapshot) -> None:
        """A copy stays, and says what was wrong; a volume is gone."""
        self.forget_blocks(id_of(target))
        if isinstance(target, Volume):
            self.tables.volumes.delete(target.VolumeId)
        else:
            self.tables.snapshots.put(replace(target, State=ERROR, StateMessage=NOT_ACCESSIBLE))

    def finish(self, disk: Volume | Snapshot) -> None:
        """All blocks of a disk are in place."""
        if isinstance(disk, Volume):
            self.tables.volumes.put(replace(disk, State=AVAILABLE))
        else:
            self.tables.snapshots.put(replace(disk, State=COMPLETED, Progress=100, CompletionTime=self.now))

    def forget_blocks(self, disk: str) -> None:
        """Delete a disk's list of blocks, and those blocks that no other disk has."""
        listed = list(blocks.blocks_of(self.tables, disk))
        for block in listed:
            self.tables.blocks.delete(block.Id)
        self.discard(block.Blob for block in listed)

    def _disk(self, disk: str) -> Volume | Snapshot | None:
        tables = self.tables
        return tables.volumes.get(disk) if disk.startswith("vol-") else tables.snapshots.get(disk)


def id_of(disk: Volume | Snapshot) -> str:
    """The id of a volume or a snapshot."""
    return disk.VolumeId if isinstance(disk, Volume) else disk.SnapshotId
