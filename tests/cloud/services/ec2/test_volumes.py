"""Volumes, snapshots of them, encryption by default, tags and filters."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.ec2.conftest import Disks, block_of

ZONE = "us-east-1a"
CONTENT = {1: block_of(b"v")}


def refusal(call: Any, **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**asked)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_volume_of_a_snapshot_and_a_snapshot_of_that_share_data_key_and_blocks(disks: Disks) -> None:
    ec2, key = disks.client("ec2"), disks.key()
    source = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=key)
    volume = ec2.create_volume(AvailabilityZone=ZONE, SnapshotId=source)
    assert (volume["State"], volume["Encrypted"], volume["KmsKeyId"]) == ("creating", True, key)
    again = ec2.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]
    ec2.delete_snapshot(SnapshotId=source)
    ec2.delete_volume(VolumeId=volume["VolumeId"])
    disks.lab.clock.advance(seconds=10)
    assert disks.read(again) == CONTENT
    assert len(disks.stored()) == 1
    ec2.delete_snapshot(SnapshotId=again)
    assert disks.stored() == []


def test_a_volume_under_another_key_is_sealed_anew(disks: Disks) -> None:
    ec2, other = disks.client("ec2"), disks.key()
    source = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=disks.key())
    volume = ec2.create_volume(AvailabilityZone=ZONE, SnapshotId=source, KmsKeyId=other, Encrypted=True)
    snapshot = ec2.create_snapshot(VolumeId=volume["VolumeId"])
    assert snapshot["KmsKeyId"] == other
    disks.lab.clock.advance(seconds=10)
    assert disks.read(snapshot["SnapshotId"]) == CONTENT
    assert len(disks.stored()) == 2


def test_a_volume_whose_key_can_t_be_used_is_gone_before_it_is_available(disks: Disks) -> None:
    ec2, key = disks.client("ec2"), disks.key()
    source = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=key)
    disks.client("kms").disable_key(KeyId=key)
    volume = ec2.create_volume(AvailabilityZone=ZONE, SnapshotId=source)["VolumeId"]
    assert refusal(ec2.describe_volumes, VolumeIds=[volume]) == (
        "InvalidVolume.NotFound",
        f"The volume '{volume}' does not exist.",
    )


def test_an_account_may_encrypt_by_default(disks: Disks) -> None:
    ec2 = disks.client("ec2")
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert ec2.create_volume(AvailabilityZone=ZONE, Size=1)["Encrypted"] is False
    assert ec2.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    key = disks.key()
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)["KmsKeyId"] == key
    assert ec2.create_volume(AvailabilityZone=ZONE, Size=1)["KmsKeyId"] == key
    assert (
        ec2.reset_ebs_default_kms_key_id()["KmsKeyId"]
        == disks.client("kms").describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    )
    ec2.disable_ebs_encryption_by_default()
    assert ec2.create_volume(AvailabilityZone=ZONE, Size=1)["Encrypted"] is False


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "MissingParameter"),
        ({"Size": 0}, "InvalidParameterValue"),
        ({"Size": 20000}, "InvalidParameterValue"),
        ({"Size": 1, "VolumeType": "st1"}, "InvalidParameterValue"),
        ({"Size": 1, "AvailabilityZone": "eu-west-1a"}, "InvalidZone.NotFound"),
        ({"Size": 1, "KmsKeyId": "alias/aws/ebs"}, "InvalidParameterDependency"),
        ({"SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"SnapshotId": "vol-1"}, "InvalidParameterValue"),
    ],
)
def test_a_volume_that_can_t_be_is_refused_and_leaves_nothing(
    disks: Disks, asked: dict[str, Any], code: str
) -> None:
    ec2 = disks.client("ec2")
    assert refusal(ec2.create_volume, **({"AvailabilityZone": ZONE} | asked))[0] == code
    assert ec2.describe_volumes()["Volumes"] == []


def test_a_snapshot_asks_for_a_volume_s_id(disks: Disks) -> None:
    assert refusal(disks.client("ec2").create_snapshot, VolumeId="standard") == (
        "InvalidParameterValue",
        "Value (standard) for parameter volumeId is invalid. Expected: 'vol-...'.",
    )


def test_tags_and_filters_find_disks_page_by_page(disks: Disks) -> None:
    ec2 = disks.client("ec2")
    red = ec2.create_volume(
        AvailabilityZone=ZONE,
        Size=1,
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "team", "Value": "red"}]}],
    )["VolumeId"]
    blue = ec2.create_volume(AvailabilityZone=ZONE, Size=2)["VolumeId"]
    ec2.create_tags(Resources=[blue], Tags=[{"Key": "team", "Value": "blue"}])

    def found(*filters: dict[str, Any]) -> list[str]:
        return [one["VolumeId"] for one in ec2.describe_volumes(Filters=list(filters))["Volumes"]]

    assert found({"Name": "tag:team", "Values": ["r*"]}) == [red]
    assert found({"Name": "size", "Values": ["2"]}, {"Name": "tag-key", "Values": ["team"]}) == [blue]
    assert found({"Name": "status", "Values": ["creating"]}) == []
    assert refusal(ec2.describe_volumes, Filters=[{"Name": "colour", "Values": ["x"]}]) == (
        "InvalidParameterValue",
        "The filter 'colour' is invalid",
    )
    first = ec2.describe_volumes(MaxResults=1)
    rest = ec2.describe_volumes(MaxResults=1, NextToken=first["NextToken"])
    listed = [one["VolumeId"] for page in (first, rest) for one in page["Volumes"]]
    assert sorted(listed) == sorted([red, blue])
    assert {tag["Value"] for tag in ec2.describe_tags()["Tags"]} == {"red", "blue"}
    ec2.delete_tags(Resources=[red], Tags=[{"Key": "team"}])
    assert found({"Name": "tag:team", "Values": ["red"]}) == []


def test_a_dry_run_says_whether_it_would_be_allowed(disks: Disks) -> None:
    assert refusal(disks.client("ec2").create_volume, AvailabilityZone=ZONE, Size=1, DryRun=True) == (
        "DryRunOperation",
        "Request would have succeeded, but DryRun flag is set.",
    )


def test_who_may_not_is_told_as_ec2_tells_it(disks: Disks) -> None:
    iam = disks.client("iam")
    iam.create_user(UserName="eve")
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    eve: Any = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1").client(
        "ec2"
    )
    code, text = refusal(eve.describe_volumes)
    assert code == "UnauthorizedOperation"
    assert text == (
        "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/eve is not "
        "authorized to perform: ec2:DescribeVolumes on resource: * because no identity-based policy allows "
        "the ec2:DescribeVolumes action"
    )
