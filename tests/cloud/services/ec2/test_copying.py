"""A snapshot goes to another region by way of a key of that region, and needs the old one to get there."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.ec2.conftest import ELSEWHERE, Disks, block_of
from tests.conftest import REGION

CONTENT = {0: block_of(b"a"), 7: block_of(b"b"), 2047: block_of(b"c")}


def test_a_copy_in_another_region_has_the_same_bytes_under_that_region_s_key(disks: Disks) -> None:
    here, there = disks.key(), disks.key(ELSEWHERE)
    source = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=here)
    copy = disks.copy(source, KmsKeyId=there)
    begun = disks.describe(copy, ELSEWHERE)
    assert (begun["State"], begun["Progress"], begun["VolumeId"]) == ("pending", "0%", "vol-ffffffff")
    disks.lab.clock.advance(seconds=10)
    done = disks.describe(copy, ELSEWHERE)
    assert (done["State"], done["Progress"], done["KmsKeyId"]) == ("completed", "100%", there)
    assert disks.read(copy, ELSEWHERE) == CONTENT == disks.read(source)
    stored = disks.stored()
    assert len(stored) == 6
    assert len(set(stored)) == 6
    assert not any(b"aaaaaaaa" in file or b"bbbbbbbb" in file for file in stored)


def test_once_copied_the_old_key_is_not_needed_and_before_it_is(disks: Disks) -> None:
    here, there = disks.key(), disks.key(ELSEWHERE)
    source = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=here)
    copy = disks.copy(source, KmsKeyId=there)
    disks.lab.clock.advance(seconds=10)
    disks.client("kms").disable_key(KeyId=here)
    assert disks.read(copy, ELSEWHERE) == CONTENT
    volume = disks.client("ec2", ELSEWHERE).create_volume(AvailabilityZone="eu-west-1a", SnapshotId=copy)
    (restored,) = disks.client("ec2", ELSEWHERE).describe_volumes(VolumeIds=[volume["VolumeId"]])["Volumes"]
    assert restored["State"] == "available"
    late = disks.copy(source, KmsKeyId=there)
    disks.lab.clock.advance(seconds=10)
    failed = disks.describe(late, ELSEWHERE)
    assert (failed["State"], failed["StateMessage"]) == ("error", "Given key ID is not accessible")


def test_a_key_that_is_disabled_while_a_copy_is_under_way_stops_it(disks: Disks) -> None:
    here, there = disks.key(), disks.key(ELSEWHERE)
    copy = disks.copy(disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=here), KmsKeyId=there)
    disks.client("kms", ELSEWHERE).disable_key(KeyId=there)
    disks.lab.clock.advance(seconds=10)
    assert disks.describe(copy, ELSEWHERE)["State"] == "error"
    assert disks.client("ebs", ELSEWHERE).list_snapshot_blocks(SnapshotId=copy)["Blocks"] == []
    assert len(disks.stored()) == len(CONTENT)


def test_ec2_opens_the_data_keys_by_grants_that_it_gives_back(disks: Disks) -> None:
    here, there = disks.key(), disks.key(ELSEWHERE)
    source = disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=here)
    copy = disks.copy(source, KmsKeyId=there)
    (grant,) = disks.client("kms").list_grants(KeyId=here)["Grants"]
    assert grant["GranteePrincipal"] == "ec2.amazonaws.com"
    assert grant["Operations"] == ["Decrypt"]
    assert grant["Constraints"] == {"EncryptionContextSubset": {"aws:ebs:id": source}}
    (grant,) = disks.client("kms", ELSEWHERE).list_grants(KeyId=there)["Grants"]
    assert grant["Constraints"] == {"EncryptionContextSubset": {"aws:ebs:id": copy}}
    disks.lab.clock.advance(seconds=10)
    for region, key in ((REGION, here), (ELSEWHERE, there)):
        assert disks.client("kms", region).list_grants(KeyId=key)["Grants"] == []


def test_a_copy_under_the_same_key_in_the_same_region_takes_the_blocks_as_they_are(disks: Disks) -> None:
    key = disks.key()
    copy = disks.copy(disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=key), REGION, KmsKeyId=key)
    disks.lab.clock.advance(seconds=10)
    assert disks.read(copy) == CONTENT
    assert len(disks.stored()) == len(CONTENT)


def test_copying_is_how_a_plain_snapshot_becomes_an_encrypted_one(disks: Disks) -> None:
    source = disks.snapshot(CONTENT)
    assert disks.describe(source)["Encrypted"] is False
    assert block_of(b"a") in disks.stored()
    copy = disks.copy(source, Encrypted=True)
    disks.lab.clock.advance(seconds=10)
    described = disks.describe(copy, ELSEWHERE)
    assert described["Encrypted"] is True
    managed = disks.client("kms", ELSEWHERE).describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert described["KmsKeyId"] == managed["Arn"]
    assert disks.read(copy, ELSEWHERE) == CONTENT


def refusal(call: Any, **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**asked)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_is_encrypted_stays_encrypted(disks: Disks) -> None:
    source = disks.snapshot(CONTENT, Encrypted=True)
    code, text = refusal(
        disks.client("ec2", ELSEWHERE).copy_snapshot,
        SourceRegion=REGION,
        SourceSnapshotId=source,
        Encrypted=False,
    )
    assert code == "InvalidParameterValue"
    assert text.endswith("Copies of encrypted snapshots are encrypted.")


def test_a_key_needs_encryption(disks: Disks) -> None:
    source = disks.snapshot(CONTENT)
    asked = {"SourceRegion": REGION, "SourceSnapshotId": source, "KmsKeyId": disks.key(ELSEWHERE)}
    assert refusal(disks.client("ec2", ELSEWHERE).copy_snapshot, **asked) == (
        "InvalidParameterDependency",
        "The parameter KmsKeyId requires the parameter Encrypted to be set.",
    )


def test_a_snapshot_that_is_not_there_or_not_complete_is_not_copied(disks: Disks) -> None:
    ec2 = disks.client("ec2", ELSEWHERE)
    nothing = {"SourceRegion": REGION, "SourceSnapshotId": "snap-0123456789abcdef0"}
    assert refusal(ec2.copy_snapshot, **nothing) == (
        "InvalidSnapshot.NotFound",
        "The snapshot 'snap-0123456789abcdef0' does not exist.",
    )
    begun = disks.client("ebs").start_snapshot(VolumeSize=1)["SnapshotId"]
    assert refusal(ec2.copy_snapshot, SourceRegion=REGION, SourceSnapshotId=begun)[0] == "IncorrectState"
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


def test_a_key_of_the_old_region_can_t_be_named(disks: Disks) -> None:
    here = disks.key()
    copy = disks.copy(disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=here), KmsKeyId=here)
    disks.lab.clock.advance(seconds=10)
    assert disks.describe(copy, ELSEWHERE)["StateMessage"] == "Given key ID is not accessible"


def test_a_large_copy_shows_its_progress_on_the_lab_s_clock(disks: Disks) -> None:
    there = disks.key(ELSEWHERE)
    ebs = disks.client("ebs")
    source = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    for index in range(300):
        disks.write(source, index, bytes([index % 251]) * 524288)
    ebs.complete_snapshot(SnapshotId=source, ChangedBlocksCount=300)
    disks.lab.clock.advance(seconds=10)
    copy = disks.copy(source, Encrypted=True, KmsKeyId=there)
    disks.lab.clock.advance(seconds=6)
    half = disks.describe(copy, ELSEWHERE)
    assert (half["State"], half["Progress"]) == ("pending", "85%")
    disks.lab.clock.advance(seconds=6)
    assert disks.describe(copy, ELSEWHERE)["State"] == "completed"
    assert len(disks.client("ebs", ELSEWHERE).list_snapshot_blocks(SnapshotId=copy)["Blocks"]) == 300


def test_a_copy_in_another_region_outlives_its_source_encrypted_or_not(disks: Disks) -> None:
    source = disks.snapshot(CONTENT)
    copy = disks.copy(source)
    disks.lab.clock.advance(seconds=10)
    disks.client("ec2").delete_snapshot(SnapshotId=source)
    assert disks.read(copy, ELSEWHERE) == CONTENT
    disks.client("ec2", ELSEWHERE).delete_snapshot(SnapshotId=copy)
    assert disks.stored() == []


def test_a_block_that_was_changed_on_disk_ends_a_copy_in_an_error(disks: Disks) -> None:
    source = disks.snapshot({0: block_of(b"s")}, Encrypted=True, KmsKeyArn=disks.key())
    folder = disks.lab.cloud.blobs._folder
    assert folder is not None
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    copy = disks.copy(source, KmsKeyId=disks.key(ELSEWHERE))
    disks.lab.clock.advance(seconds=10)
    assert disks.describe(copy, ELSEWHERE)["State"] == "error"


def test_a_copy_that_is_deleted_on_its_way_leaves_no_grant_and_no_block(disks: Disks) -> None:
    here, there = disks.key(), disks.key(ELSEWHERE)
    copy = disks.copy(disks.snapshot(CONTENT, Encrypted=True, KmsKeyArn=here), KmsKeyId=there)
    disks.client("ec2", ELSEWHERE).delete_snapshot(SnapshotId=copy)
    disks.lab.clock.advance(seconds=10)
    for region, key in ((REGION, here), (ELSEWHERE, there)):
        assert disks.client("kms", region).list_grants(KeyId=key)["Grants"] == []
    assert len(disks.stored()) == len(CONTENT)
