"""Snapshots with known bytes in them, and their keys."""

import base64
import hashlib
from typing import Any

import pytest

from labkit import Lab
from tests.conftest import REGION, MakeClient

BLOCK = 512 * 1024
ELSEWHERE = "eu-west-1"


def sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def block_of(letter: bytes) -> bytes:
    return letter * BLOCK


class Disks:
    """A lab's disks, by way of its clients in one account."""

    def __init__(self, lab: Lab, client: MakeClient, account: str) -> None:
        self.lab, self._client, self._account = lab, client, account

    def client(self, service: str, region: str = REGION) -> Any:
        return self._client(service, region, self._account)

    def key(self, region: str = REGION, **settings: Any) -> str:
        """The ARN of a new KMS key."""
        arn: str = self.client("kms", region).create_key(**settings)["KeyMetadata"]["Arn"]
        return arn

    def write(self, snapshot: str, index: int, content: bytes) -> Any:
        return self.client("ebs").put_snapshot_block(
            SnapshotId=snapshot,
            BlockIndex=index,
            BlockData=content,
            DataLength=len(content),
            Checksum=sha256(content),
            ChecksumAlgorithm="SHA256",
        )

    def snapshot(self, blocks: dict[int, bytes], **settings: Any) -> str:
        """The id of a complete snapshot with these blocks in us-east-1."""
        ebs = self.client("ebs")
        made: str = ebs.start_snapshot(VolumeSize=1, **settings)["SnapshotId"]
        for index, content in blocks.items():
            self.write(made, index, content)
        ebs.complete_snapshot(SnapshotId=made, ChangedBlocksCount=len(blocks))
        self.lab.clock.advance(seconds=10)
        return made

    def read(self, snapshot: str, region: str = REGION) -> dict[int, bytes]:
        """All blocks of a snapshot in plaintext, by their index."""
        ebs = self.client("ebs", region)
        listed = ebs.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]
        return {
            one["BlockIndex"]: ebs.get_snapshot_block(SnapshotId=snapshot, **one)["BlockData"].read()
            for one in listed
        }

    def copy(self, snapshot: str, region: str = ELSEWHERE, **settings: Any) -> str:
        """The id of a copy of a snapshot of us-east-1, which has just begun."""
        made: str = self.client("ec2", region).copy_snapshot(
            SourceRegion=REGION, SourceSnapshotId=snapshot, **settings
        )["SnapshotId"]
        return made

    def describe(self, snapshot: str, region: str = REGION) -> dict[str, Any]:
        (found,) = self.client("ec2", region).describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
        described: dict[str, Any] = found
        return described

    def stored(self) -> list[bytes]:
        """What lies on the lab's disk, file by file."""
        folder = self.lab.cloud.blobs._folder
        return [file.read_bytes() for file in folder.iterdir()] if folder else []


@pytest.fixture
def disks(lab: Lab, client: MakeClient) -> Disks:
    return Disks(lab, client, "123456789012")


@pytest.fixture
def others(lab: Lab, client: MakeClient) -> Disks:
    """Another account's."""
    return Disks(lab, client, "444455556666")
