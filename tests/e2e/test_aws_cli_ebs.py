"""Snapshots through the real `aws` command: copied to another region, and read block by block."""

import base64
import hashlib
from pathlib import Path

from labkit import Lab
from tests.e2e.test_aws_cli import answer, aws

HERE, THERE = ("--region", "us-east-1"), ("--region", "eu-west-1")


def test_a_snapshot_is_written_copied_and_read(lab: Lab, tmp_path: Path) -> None:
    lab.serve()
    key_a, key_b = (answer("kms", "create-key", *region)["KeyMetadata"]["Arn"] for region in (HERE, THERE))
    block = tmp_path / "block"
    block.write_bytes(b"customer" * 65536)
    started = ("--volume-size", "1", "--encrypted", "--kms-key-arn", key_a)
    snapshot = answer("ebs", "start-snapshot", *HERE, *started)["SnapshotId"]
    named = ("--snapshot-id", snapshot)
    written = ("--block-index", "0", "--block-data", str(block), "--data-length", "524288")
    checksum = base64.b64encode(hashlib.sha256(block.read_bytes()).digest()).decode()
    checked = ("--checksum", checksum, "--checksum-algorithm", "SHA256")
    assert answer("ebs", "put-snapshot-block", *HERE, *named, *written, *checked)["Checksum"] == checksum
    answer("ebs", "complete-snapshot", *HERE, *named, "--changed-blocks-count", "1")
    lab.clock.advance(minutes=1)
    source = ("--source-region", "us-east-1", "--source-snapshot-id", snapshot)
    copy = answer("ec2", "copy-snapshot", *THERE, *source, "--kms-key-id", key_b)["SnapshotId"]
    lab.clock.advance(minutes=1)
    (described,) = answer("ec2", "describe-snapshots", *THERE, "--snapshot-ids", copy)["Snapshots"]
    assert (described["State"], described["KmsKeyId"]) == ("completed", key_b)
    (listed,) = answer("ebs", "list-snapshot-blocks", *THERE, "--snapshot-id", copy)["Blocks"]
    token = ("--block-index", "0", "--block-token", listed["BlockToken"])
    read = tmp_path / "read"
    answer("ebs", "get-snapshot-block", *THERE, "--snapshot-id", copy, *token, str(read))
    assert read.read_bytes() == block.read_bytes()
    code, _, complaint = aws("ec2", "copy-snapshot", *THERE, *source, "--no-encrypted")
    assert code != 0
    assert "(InvalidParameterValue) when calling the CopySnapshot operation" in complaint
