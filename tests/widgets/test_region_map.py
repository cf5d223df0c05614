"""Keys and snapshots of two regions: what is drawn is tried."""

import base64
import hashlib
from typing import Any

import pytest

from labkit import Lab
from labkit.widgets.region_map import RegionMap, Regions, picture
from tests.widgets.conftest import Told

A, B = "us-east-1", "eu-west-1"


@pytest.fixture
def keys(lab: Lab, client: Any) -> dict[str, str]:
    """A key a region, each with a snapshot under it: the one in B is a copy of the one in A."""
    arns = {region: client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (A, B)}
    client("kms", A).create_alias(AliasName="alias/disks", TargetKeyId=arns[A])
    ebs = client("ebs", A)
    made = ebs.start_snapshot(VolumeSize=1, Encrypted=True, KmsKeyArn=arns[A])["SnapshotId"]
    content = bytes(524288)
    checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
    about = {"DataLength": len(content), "Checksum": checksum, "ChecksumAlgorithm": "SHA256"}
    ebs.put_snapshot_block(SnapshotId=made, BlockIndex=0, BlockData=content, **about)
    ebs.complete_snapshot(SnapshotId=made, ChangedBlocksCount=1)
    lab.clock.advance(minutes=1)
    client("ec2", B).copy_snapshot(SourceRegion=A, SourceSnapshotId=made, KmsKeyId=arns[B])
    lab.clock.advance(minutes=1)
    return arns


def test_a_copy_opens_without_the_old_region_s_key(lab: Lab, keys: dict[str, str]) -> None:
    model = Regions(lab, A, B)
    assert model.opening == 2
    model.switch(keys[A], expected=1)
    assert (model.outcome, model.opening) == ("right", 1)
    table = model.table.set_index("region")
    assert table.loc[A, "now"] == "INVALID_CUSTOMER_KEY"
    assert table.loc[B, "now"] == "opens"
    model.switch(keys[A], expected=0)
    assert (model.outcome, model.opening) == ("wrong", 2)
    assert model.called.endswith(f'.enable_key(KeyId="{keys[A]}")')


def test_a_copy_that_failed_says_why(lab: Lab, client: Any, keys: dict[str, str]) -> None:
    model = Regions(lab, A, B)
    source = model.table.set_index("region").loc[A, "SnapshotId"]
    model.switch(keys[A])
    client("ec2", B).copy_snapshot(SourceRegion=A, SourceSnapshotId=source, KmsKeyId=keys[B])
    lab.clock.advance(minutes=1)
    model.look()
    assert "Given key ID is not accessible" in set(model.table["now"])


def test_a_key_that_is_not_on_the_map_is_refused(lab: Lab, keys: dict[str, str]) -> None:
    with pytest.raises(LookupError, match="is not in us-east-1"):
        Regions(lab, A).switch(keys[B])


def test_the_keys_are_in_the_order_in_which_they_were_made(lab: Lab, client: Any) -> None:
    made = []
    for _ in range(8):
        made.append(client("kms", A).create_key()["KeyMetadata"]["Arn"])
        lab.clock.advance(minutes=1)
    assert list(Regions(lab, A).keys) == made


def test_the_picture_has_words_for_each_key_and_a_sign_for_each_snapshot(
    lab: Lab, keys: dict[str, str], tell: Told
) -> None:
    view = RegionMap(lab, A, B)
    html = picture(view.model)
    assert "alias/disks" in html
    assert html.count("✓") == 2
    tell(view.key, {"index": 0})
    view.leave.click()
    assert "1 of 2 snapshots open." in view.answer.value
    assert "✗" in view.picture.value
    assert "1 in us-east-1, 1 in eu-west-1. 1 of them open now." in view.picture.value
