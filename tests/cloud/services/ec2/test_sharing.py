"""Whom a snapshot is shared with, and what they need beside it: the key."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.ec2.conftest import Disks, block_of

CONTENT = {3: block_of(b"x")}
OTHERS = "444455556666"


def share(disks: Disks, snapshot: str, *accounts: str) -> None:
    disks.client("ec2").modify_snapshot_attribute(
        SnapshotId=snapshot, OperationType="add", UserIds=list(accounts)
    )


def code(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**asked)
    found: str = raised.value.response["Error"]["Code"]
    return found


def test_a_snapshot_that_is_not_shared_is_not_there_for_others(disks: Disks, others: Disks) -> None:
    snapshot = disks.snapshot(CONTENT)
    assert code(others.client("ec2").describe_snapshots, SnapshotIds=[snapshot]) == "InvalidSnapshot.NotFound"
    assert code(others.client("ebs").list_snapshot_blocks, SnapshotId=snapshot) == "ResourceNotFoundException"


def test_a_shared_one_can_be_listed_copied_and_made_a_volume_of(disks: Disks, others: Disks) -> None:
    snapshot = disks.snapshot(CONTENT)
    share(disks, snapshot, OTHERS)
    assert others.describe(snapshot)["OwnerId"] == "123456789012"
    copy = others.copy(snapshot)
    others.lab.clock.advance(seconds=10)
    assert others.read(copy, "eu-west-1") == CONTENT
    volume = others.client("ec2").create_volume(AvailabilityZone="us-east-1a", SnapshotId=snapshot)
    assert volume["Size"] == 1


def test_sharing_does_not_share_the_key(disks: Disks, others: Disks) -> None:
    key = disks.key()
    snapshot = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=key)
    share(disks, snapshot, OTHERS)
    refused = others.copy(snapshot, KmsKeyId=others.key("eu-west-1"))
    others.lab.clock.advance(seconds=10)
    assert others.describe(refused, "eu-west-1")["State"] == "error"
    kms = disks.client("kms")
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{OTHERS}:root"},
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant"],
            "Resource": "*",
        }
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    copied = others.copy(snapshot, KmsKeyId=others.key("eu-west-1"))
    others.lab.clock.advance(seconds=10)
    assert others.read(copied, "eu-west-1") == CONTENT


def test_what_the_aws_managed_key_encrypts_can_t_be_shared(disks: Disks) -> None:
    snapshot = disks.snapshot(CONTENT, Encrypted=True)
    with pytest.raises(ClientError) as raised:
        share(disks, snapshot, OTHERS)
    assert raised.value.response["Error"] == {
        "Code": "OperationNotPermitted",
        "Message": "Encrypted snapshots with EBS default key cannot be shared",
    }


def test_nothing_encrypted_can_be_made_public(disks: Disks) -> None:
    snapshot = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=disks.key())
    asked = {"SnapshotId": snapshot, "CreateVolumePermission": {"Add": [{"Group": "all"}]}}
    assert code(disks.client("ec2").modify_snapshot_attribute, **asked) == "OperationNotPermitted"


def test_a_share_is_told_and_taken_back(disks: Disks, others: Disks) -> None:
    ec2, snapshot = disks.client("ec2"), disks.snapshot(CONTENT)
    share(disks, snapshot, OTHERS)
    asked = {"SnapshotId": snapshot, "Attribute": "createVolumePermission"}
    assert ec2.describe_snapshot_attribute(**asked)["CreateVolumePermissions"] == [{"UserId": OTHERS}]
    ec2.reset_snapshot_attribute(**asked)
    assert ec2.describe_snapshot_attribute(**asked)["CreateVolumePermissions"] == []
    assert code(others.client("ec2").describe_snapshots, SnapshotIds=[snapshot]) == "InvalidSnapshot.NotFound"


def test_nobody_writes_to_a_shared_snapshot_that_is_not_complete(disks: Disks, others: Disks) -> None:
    pending = disks.client("ebs").start_snapshot(VolumeSize=1)["SnapshotId"]
    share(disks, pending, OTHERS)
    assert code(others.write, snapshot=pending, index=0, content=block_of(b"y")) == "ValidationException"
    ending = {"SnapshotId": pending, "ChangedBlocksCount": 0}
    assert code(others.client("ebs").complete_snapshot, **ending) == "ValidationException"
