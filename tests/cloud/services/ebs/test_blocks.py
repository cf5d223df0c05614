"""EBS's direct APIs: what goes into a block comes out, and only for who may use the key."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.ec2.conftest import BLOCK, Disks, block_of, sha256
from tests.cloud.services.ec2.conftest import disks as disks


def refusal(call: Any, **asked: Any) -> tuple[str, str]:
    """The code, and the reason where one is told."""
    with pytest.raises(ClientError) as raised:
        call(**asked)
    response: Any = raised.value.response
    return response["Error"]["Code"], response.get("Reason", "")


def begun(disks: Disks, **settings: Any) -> str:
    made: str = disks.client("ebs").start_snapshot(VolumeSize=1, **settings)["SnapshotId"]
    return made


def test_a_block_is_sealed_on_disk_and_comes_back_whole(disks: Disks) -> None:
    content = {5: block_of(b"s")}
    snapshot = disks.snapshot(content, Encrypted=True, KmsKeyArn=disks.key())
    (stored,) = disks.stored()
    assert b"ssssssss" not in stored
    assert disks.read(snapshot) == content


def test_each_bit_on_disk_counts(disks: Disks) -> None:
    snapshot = disks.snapshot({0: block_of(b"s")}, Encrypted=True, KmsKeyArn=disks.key())
    folder = disks.lab.cloud.blobs._folder
    assert folder is not None
    (file,) = folder.iterdir()
    changed = bytearray(file.read_bytes())
    changed[1000] ^= 1
    file.write_bytes(changed)
    with pytest.raises(ClientError, match="InternalServerException"):
        disks.read(snapshot)


def test_a_block_has_512_kib_a_checksum_and_a_place(disks: Disks) -> None:
    ebs, snapshot = disks.client("ebs"), begun(disks)
    good = {
        "SnapshotId": snapshot,
        "BlockIndex": 0,
        "BlockData": block_of(b"q"),
        "DataLength": BLOCK,
        "Checksum": sha256(block_of(b"q")),
        "ChecksumAlgorithm": "SHA256",
    }
    for wrong in (
        {"BlockData": b"short", "Checksum": sha256(b"short")},
        {"Checksum": sha256(b"another")},
        {"BlockIndex": 2048},
    ):
        assert refusal(ebs.put_snapshot_block, **(good | wrong)) == ("ValidationException", "INVALID_BLOCK")
    assert ebs.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"] == []
    assert ebs.put_snapshot_block(**good)["Checksum"] == good["Checksum"]


def test_what_is_complete_can_t_be_written_any_more(disks: Disks) -> None:
    snapshot = disks.snapshot({0: block_of(b"q")})
    with pytest.raises(ClientError, match="can be written to"):
        disks.write(snapshot, 1, block_of(b"r"))


def test_completion_counts_the_blocks_and_checks_all_of_them(disks: Disks) -> None:
    ebs, snapshot = disks.client("ebs"), begun(disks)
    disks.write(snapshot, 0, block_of(b"q"))
    wrong = ("ValidationException", "INVALID_PARAMETER_VALUE")
    assert refusal(ebs.complete_snapshot, SnapshotId=snapshot, ChangedBlocksCount=2) == wrong
    asked = {
        "SnapshotId": snapshot,
        "ChangedBlocksCount": 1,
        "ChecksumAlgorithm": "SHA256",
        "ChecksumAggregationMethod": "LINEAR",
    }
    assert refusal(ebs.complete_snapshot, **asked, Checksum=sha256(b"another")) == wrong
    whole = sha256(base64.b64decode(sha256(block_of(b"q"))))
    assert ebs.complete_snapshot(**asked, Checksum=whole)["Status"] == "pending"


def test_a_child_lists_what_it_has_not_changed(disks: Disks) -> None:
    ebs = disks.client("ebs")
    parent = disks.snapshot({0: block_of(b"a"), 1: block_of(b"b")})
    child = begun(disks, ParentSnapshotId=parent)
    disks.write(child, 1, block_of(b"c"))
    disks.write(child, 9, block_of(b"d"))
    ebs.complete_snapshot(SnapshotId=child, ChangedBlocksCount=2)
    disks.lab.clock.advance(seconds=10)
    assert disks.read(child) == {0: block_of(b"a"), 1: block_of(b"c"), 9: block_of(b"d")}
    changed = ebs.list_changed_blocks(FirstSnapshotId=parent, SecondSnapshotId=child)["ChangedBlocks"]
    assert [(one["BlockIndex"], "FirstBlockToken" in one) for one in changed] == [(1, True), (9, False)]


def test_a_token_is_one_block_s_and_lasts_a_week(disks: Disks) -> None:
    ebs = disks.client("ebs")
    snapshot = disks.snapshot({0: block_of(b"a"), 1: block_of(b"b")})
    zero, one = ebs.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]
    wrong = ("ValidationException", "INVALID_BLOCK_TOKEN")
    swapped = {"BlockIndex": 0, "BlockToken": one["BlockToken"]}
    assert refusal(ebs.get_snapshot_block, SnapshotId=snapshot, **swapped) == wrong
    disks.lab.clock.advance(days=8)
    assert refusal(ebs.get_snapshot_block, SnapshotId=snapshot, **zero) == wrong


def test_a_list_comes_in_pages(disks: Disks) -> None:
    ebs, snapshot = disks.client("ebs"), begun(disks)
    for index in range(130):
        disks.write(snapshot, index * 3, block_of(b"p"))
    first = ebs.list_snapshot_blocks(SnapshotId=snapshot, MaxResults=100)
    assert (len(first["Blocks"]), first["BlockSize"], first["VolumeSize"]) == (100, BLOCK, 1)
    rest = ebs.list_snapshot_blocks(SnapshotId=snapshot, MaxResults=100, NextToken=first["NextToken"])
    assert [one["BlockIndex"] for one in rest["Blocks"]] == [index * 3 for index in range(100, 130)]
    assert "NextToken" not in rest
    asked = {"SnapshotId": snapshot, "NextToken": "abcd"}
    assert refusal(ebs.list_snapshot_blocks, **asked) == ("ValidationException", "INVALID_PAGE_TOKEN")
    later = ebs.list_snapshot_blocks(SnapshotId=snapshot, StartingBlockIndex=380)["Blocks"]
    assert [one["BlockIndex"] for one in later] == [381, 384, 387]


def test_a_disabled_key_opens_no_block(disks: Disks) -> None:
    ebs, key = disks.client("ebs"), disks.key()
    snapshot = disks.snapshot({0: block_of(b"a")}, Encrypted=True, KmsKeyArn=key)
    (block,) = ebs.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]
    disks.client("kms").disable_key(KeyId=key)
    asked = {"SnapshotId": snapshot, **block}
    assert refusal(ebs.get_snapshot_block, **asked) == ("ValidationException", "INVALID_CUSTOMER_KEY")


def test_to_kms_the_direct_apis_are_a_part_of_ec2(disks: Disks) -> None:
    snapshot = disks.snapshot({0: block_of(b"a")}, Encrypted=True)  # aws/ebs lets in who comes through EC2
    assert disks.read(snapshot) == {0: block_of(b"a")}


def test_a_snapshot_that_is_never_completed_is_in_error(disks: Disks) -> None:
    snapshot = begun(disks, Timeout=10)
    disks.lab.clock.advance(minutes=11)
    assert disks.describe(snapshot)["State"] == "error"


def test_how_encryption_is_asked_for(disks: Disks) -> None:
    ebs, key = disks.client("ebs"), disks.key()
    parent = disks.snapshot({}, Encrypted=True, KmsKeyArn=key)
    wrong = ("ValidationException", "INVALID_PARAMETER_VALUE")
    assert refusal(ebs.start_snapshot, VolumeSize=1, KmsKeyArn=key) == wrong
    assert refusal(ebs.start_snapshot, VolumeSize=1, ParentSnapshotId=parent, Encrypted=True) == wrong
    assert ebs.start_snapshot(VolumeSize=1, ParentSnapshotId=parent)["KmsKeyArn"] == key


def test_a_token_of_the_caller_s_makes_one_snapshot(disks: Disks) -> None:
    ebs = disks.client("ebs")
    first = ebs.start_snapshot(VolumeSize=1, ClientToken="once")["SnapshotId"]
    assert ebs.start_snapshot(VolumeSize=1, ClientToken="once")["SnapshotId"] == first
    assert refusal(ebs.start_snapshot, VolumeSize=2, ClientToken="once")[0] == "ConflictException"


def test_a_block_that_is_written_anew_leaves_nothing_of_the_old_one_unless_the_parent_has_it(
    disks: Disks,
) -> None:
    first = begun(disks)
    for letter in (b"a", b"b"):
        disks.write(first, 0, block_of(letter))
    assert disks.stored() == [block_of(b"b")]
    disks.client("ebs").complete_snapshot(SnapshotId=first, ChangedBlocksCount=1)
    disks.lab.clock.advance(seconds=10)
    child = begun(disks, ParentSnapshotId=first)
    disks.write(child, 0, block_of(b"c"))
    assert sorted(disks.stored()) == [block_of(b"b"), block_of(b"c")]
