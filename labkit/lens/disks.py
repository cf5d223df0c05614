"""One block of a disk and of its copies: the same bytes for who may read them, and others on every disk.

What is shown is what lies in the lab's folder and in its tables. Nothing here holds a key.
Source: KMS Developer Guide, "How Amazon EBS uses AWS KMS".
"""

from typing import TYPE_CHECKING

from labkit.cloud.ebs.blocks import blocks_of
from labkit.cloud.ebs.model import EbsTables, Snapshot, Volume, block_id
from labkit.lens.frames import INTEGER, TEXT, YES_NO, frame
from labkit.lens.opened import Opened

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 8


def snapshots(lab: Opened) -> "pd.DataFrame":
    """Every snapshot of EBS: where, in which state, under which key, and with how many blocks."""
    columns = {
        "account": TEXT,
        "region": TEXT,
        "SnapshotId": TEXT,
        "State": TEXT,
        "StateMessage": TEXT,
        "Progress": INTEGER,
        "VolumeSize": INTEGER,
        "Blocks": INTEGER,
        "Encrypted": YES_NO,
        "KmsKeyId": TEXT,
        "aws:ebs:id": TEXT,
        "SharedWith": TEXT,
    }
    with lab.gateway.lock:
        rows = [
            (
                *scope,
                one.SnapshotId,
                one.State,
                one.StateMessage,
                one.Progress,
                one.VolumeSize,
                sum(1 for _ in blocks_of(tables, one.SnapshotId)),
                one.Key is not None,
                one.Key.KmsKeyId if one.Key else None,
                one.Key.Id if one.Key else None,
                ", ".join(one.SharedWith),
            )
            for scope in lab.cloud.store.scopes(EbsTables)
            for tables in [lab.cloud.store.tables(EbsTables, *scope)]
            for one in tables.snapshots
        ]
    return frame(columns, rows)


def disk_block(lab: Opened, index: int, *disks: str) -> "pd.DataFrame":
    """Block `index` of each of these snapshots or volumes, as it lies on disk.

    A row a disk: its region, the KMS key, the first bytes of the data key that this key has encrypted, the
    encryption context it is bound to, and the first bytes of the block. LookupError for a disk or a block
    that there isn't.
    """
    columns = {
        "Disk": TEXT,
        "region": TEXT,
        "KmsKeyId": TEXT,
        "encrypted data key": TEXT,
        "encryption context": TEXT,
        "on disk": TEXT,
    }
    with lab.gateway.lock:
        return frame(columns, [_row(lab, index, disk) for disk in disks])


def _row(lab: Opened, index: int, name: str) -> tuple[object, ...]:
    for scope in lab.cloud.store.scopes(EbsTables):
        tables = lab.cloud.store.tables(EbsTables, *scope)
        disk: Volume | Snapshot | None = tables.snapshots.get(name) or tables.volumes.get(name)
        if disk is None:
            continue
        block = tables.blocks.get(block_id(name, index))
        if block is None:
            raise LookupError(f"{name} has no block {index}: it was never written")
        with lab.cloud.blobs.open(block.Blob) as file:
            stored = file.read(SHOWN).hex(" ")
        key = disk.Key
        if key is None:
            return name, scope.region, None, None, None, stored
        bound = f"aws:ebs:id = {key.Id}"
        return name, scope.region, key.KmsKeyId, key.Ciphertext[-SHOWN:].hex(" "), bound, stored
    raise LookupError(f"the lab has no disk {name}")
