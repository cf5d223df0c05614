"""Snapshots as a table, and a block as it lies on the disks of two regions."""

import base64
import hashlib
from typing import Any

import pytest

from labkit import Lab, lens

CONTENT = b"w" * 524288


@pytest.fixture
def pair(lab: Lab, client: Any) -> tuple[str, str]:
    """A snapshot with block 4 in us-east-1, and its copy in eu-west-1."""
    ebs = client("ebs")
    made: str = ebs.start_snapshot(VolumeSize=1, Encrypted=True)["SnapshotId"]
    ebs.put_snapshot_block(
        SnapshotId=made,
        BlockIndex=4,
        BlockData=CONTENT,
        DataLength=len(CONTENT),
        Checksum=base64.b64encode(hashlib.sha256(CONTENT).digest()).decode(),
        ChecksumAlgorithm="SHA256",
    )
    ebs.complete_snapshot(SnapshotId=made, ChangedBlocksCount=1)
    lab.clock.advance(minutes=1)
    copy: str = client("ec2", "eu-west-1").copy_snapshot(SourceRegion="us-east-1", SourceSnapshotId=made)[
        "SnapshotId"
    ]
    lab.clock.advance(minutes=1)
    return made, copy


def test_a_row_a_snapshot_tells_its_key_and_its_blocks(lab: Lab, pair: tuple[str, str]) -> None:
    table = lab.snapshots().set_index("SnapshotId")
    assert sorted(table.index) == sorted(pair)
    assert list(table.loc[list(pair), "region"]) == ["us-east-1", "eu-west-1"]
    assert list(table["Blocks"]) == [1, 1]
    assert set(table["State"]) == {"completed"}
    assert list(table["aws:ebs:id"]) == list(table.index)


def test_a_block_differs_on_each_disk_and_so_does_the_key_that_it_is_under(
    lab: Lab, pair: tuple[str, str]
) -> None:
    table = lens.disk_block(lab, 4, *pair)
    assert list(table["region"]) == ["us-east-1", "eu-west-1"]
    for column in ("KmsKeyId", "encrypted data key", "encryption context", "on disk"):
        assert table[column].nunique() == 2, column
    assert not table["on disk"].str.contains("77 77 77").any()


def test_what_is_not_encrypted_lies_there_in_the_clear(lab: Lab, client: Any) -> None:
    ebs = client("ebs")
    made = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    ebs.put_snapshot_block(
        SnapshotId=made,
        BlockIndex=0,
        BlockData=CONTENT,
        DataLength=len(CONTENT),
        Checksum=base64.b64encode(hashlib.sha256(CONTENT).digest()).decode(),
        ChecksumAlgorithm="SHA256",
    )
    (row,) = lens.disk_block(lab, 0, made).to_dict("records")
    assert row["on disk"] == " ".join(["77"] * 8)


def test_what_is_not_there_is_named(lab: Lab, pair: tuple[str, str]) -> None:
    with pytest.raises(LookupError, match="has no block 5"):
        lens.disk_block(lab, 5, pair[0])
    with pytest.raises(LookupError, match="no disk snap-nothing"):
        lens.disk_block(lab, 5, "snap-nothing")


def test_a_lab_without_disks_has_an_empty_table(lab: Lab) -> None:
    assert lab.snapshots().empty
