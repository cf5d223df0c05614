"""Multi-Region keys: one id and one material in several regions, and a policy of its own in each."""

import json
import re
from typing import Any

import pytest
from botocore.loaders import Loader

from labkit import Lab
from tests.cloud.services.kms.helpers import refusal
from tests.conftest import MakeClient

HOME, AWAY, FAR = "us-east-1", "eu-west-1", "ap-northeast-1"


@pytest.fixture
def regions(lab: Lab, client: MakeClient) -> dict[str, Any]:
    """Return a KMS client for each of three regions."""
    return {region: client("kms", region) for region in (HOME, AWAY, FAR)}


def create(kms: Any, **parameters: Any) -> dict[str, Any]:
    made: dict[str, Any] = kms.create_key(MultiRegion=True, **parameters)["KeyMetadata"]
    return made


def state(kms: Any, key_id: str) -> str:
    found: str = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    return found


def test_a_multi_region_key_says_so_in_its_id_and_its_metadata(regions: dict[str, Any]) -> None:
    key = create(regions[HOME])
    assert key["KeyId"].startswith("mrk-")
    assert key["MultiRegion"] is True
    assert key["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": key["Arn"], "Region": HOME},
        "ReplicaKeys": [],
    }


def test_a_single_region_key_has_no_configuration(regions: dict[str, Any]) -> None:
    key = regions[HOME].create_key()["KeyMetadata"]
    assert key["MultiRegion"] is False
    assert "MultiRegionConfiguration" not in key


def test_a_replica_is_creating_and_then_enabled(regions: dict[str, Any]) -> None:
    key = create(regions[HOME], Description="the first")
    answer = regions[HOME].replicate_key(
        KeyId=key["KeyId"],
        ReplicaRegion=AWAY,
        Description="the second",
        Tags=[{"TagKey": "a", "TagValue": "1"}],
    )
    replica = answer["ReplicaKeyMetadata"]
    assert replica["KeyState"] == "Creating"
    assert replica["KeyId"] == key["KeyId"]
    assert replica["Arn"] == key["Arn"].replace(HOME, AWAY)
    assert replica["Description"] == "the second"
    assert answer["ReplicaTags"] == [{"TagKey": "a", "TagValue": "1"}]
    told = regions[AWAY].describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert told["KeyState"] == "Enabled"
    assert told["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": key["Arn"], "Region": HOME},
        "ReplicaKeys": [{"Arn": replica["Arn"], "Region": AWAY}],
    }
    assert regions[HOME].list_resource_tags(KeyId=key["KeyId"])["Tags"] == []


def test_related_keys_open_each_others_ciphertexts(regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    before = regions[HOME].encrypt(KeyId=key_id, Plaintext=b"before")["CiphertextBlob"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    assert regions[AWAY].decrypt(CiphertextBlob=before)["Plaintext"] == b"before"
    back = regions[AWAY].encrypt(KeyId=key_id, Plaintext=b"back")["CiphertextBlob"]
    answer = regions[HOME].decrypt(CiphertextBlob=back)
    assert answer["Plaintext"] == b"back"
    assert f":{HOME}:" in answer["KeyId"]


def test_a_ciphertext_of_a_single_region_key_stays_in_its_region(regions: dict[str, Any]) -> None:
    key_id = regions[HOME].create_key()["KeyMetadata"]["KeyId"]
    blob = regions[HOME].encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    assert refusal(regions[AWAY].decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "RSA_2048"])
def test_a_key_pair_is_the_same_in_every_region(regions: dict[str, Any], spec: str) -> None:
    key_id = create(regions[HOME], KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    public = {region: regions[region].get_public_key(KeyId=key_id)["PublicKey"] for region in (HOME, AWAY)}
    assert public[HOME] == public[AWAY]


def test_a_mac_made_in_one_region_is_valid_in_another(regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME], KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    asked = {"KeyId": key_id, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    mac = regions[HOME].generate_mac(**asked)["Mac"]
    assert regions[AWAY].verify_mac(**asked, Mac=mac)["MacValid"]


def test_rotating_the_primary_rotates_its_replicas(regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    old = regions[AWAY].encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    regions[HOME].rotate_key_on_demand(KeyId=key_id)
    new = regions[HOME].encrypt(KeyId=key_id, Plaintext=b"new")["CiphertextBlob"]
    opened = regions[AWAY].decrypt(CiphertextBlob=new)
    assert opened["Plaintext"] == b"new"
    assert regions[AWAY].decrypt(CiphertextBlob=old)["KeyMaterialId"] != opened["KeyMaterialId"]
    told = regions[AWAY].describe_key(KeyId=key_id)["KeyMetadata"]
    assert told["CurrentKeyMaterialId"] == opened["KeyMaterialId"]


def test_disabling_one_leaves_the_other(regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    regions[HOME].disable_key(KeyId=key_id)
    assert (state(regions[HOME], key_id), state(regions[AWAY], key_id)) == ("Disabled", "Enabled")


@pytest.mark.parametrize(
    ("region", "given", "code"),
    [
        (HOME, {"ReplicaRegion": "us-moon-1"}, "ValidationException"),
        (HOME, {"ReplicaRegion": HOME}, "AlreadyExistsException"),
        (HOME, {"ReplicaRegion": AWAY}, "AlreadyExistsException"),
        (HOME, {"ReplicaRegion": "cn-north-1"}, "ValidationException"),
        (AWAY, {"ReplicaRegion": FAR}, "UnsupportedOperationException"),
    ],
)
def test_a_replica_that_cannot_be_made_is_refused(
    regions: dict[str, Any], region: str, given: dict[str, str], code: str
) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    assert refusal(regions[region].replicate_key, KeyId=key_id, **given)[0] == code


def test_a_single_region_key_has_no_replicas(regions: dict[str, Any]) -> None:
    key_id = regions[HOME].create_key()["KeyMetadata"]["KeyId"]
    for call, region in (("replicate_key", "ReplicaRegion"), ("update_primary_region", "PrimaryRegion")):
        refused = refusal(getattr(regions[HOME], call), KeyId=key_id, **{region: AWAY})
        assert refused[0] == "UnsupportedOperationException"


def test_a_disabled_key_is_not_replicated(regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].disable_key(KeyId=key_id)
    assert refusal(regions[HOME].replicate_key, KeyId=key_id, ReplicaRegion=AWAY)[0] == "DisabledException"


def test_the_primary_moves_with_its_rotation(lab: Lab, regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    for region in (AWAY, FAR):
        regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=region)
    regions[HOME].enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    regions[HOME].update_primary_region(KeyId=key_id, PrimaryRegion=AWAY)
    for region in regions:
        told = regions[region].describe_key(KeyId=key_id)["KeyMetadata"]["MultiRegionConfiguration"]
        assert told["PrimaryKey"]["Region"] == AWAY
        assert told["MultiRegionKeyType"] == ("PRIMARY" if region == AWAY else "REPLICA")
        assert {one["Region"] for one in told["ReplicaKeys"]} == {HOME, FAR}
    assert regions[AWAY].get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 90
    lab.clock.advance(days=91)
    assert len(regions[AWAY].list_key_rotations(KeyId=key_id)["Rotations"]) == 1
    blob = regions[AWAY].encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    assert regions[FAR].decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_both_keys_are_enabled_again_when_the_primary_has_moved(lab: Lab, regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    regions[HOME].update_primary_region(KeyId=key_id, PrimaryRegion=AWAY)
    changes = lab.trace.last("UpdatePrimaryRegion").call.changes
    assert {change.after.KeyState for change in changes if change.table == "keys"} == {"Updating"}
    assert lab.clock.agenda() == []
    assert {state(regions[region], key_id) for region in (HOME, AWAY)} == {"Enabled"}


def test_a_primary_moves_only_to_where_a_replica_is(regions: dict[str, Any]) -> None:
    key = create(regions[HOME])
    assert refusal(regions[HOME].update_primary_region, KeyId=key["KeyId"], PrimaryRegion=AWAY) == (
        "NotFoundException",
        f"Key '{key['Arn'].replace(HOME, AWAY)}' does not exist",
        400,
    )


def test_a_primary_waits_for_its_replicas_to_be_deleted(lab: Lab, regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    scheduled = regions[HOME].schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert scheduled["KeyState"] == "PendingReplicaDeletion"
    assert "DeletionDate" not in scheduled
    told = regions[HOME].describe_key(KeyId=key_id)["KeyMetadata"]
    assert told["PendingDeletionWindowInDays"] == 7
    regions[AWAY].schedule_key_deletion(KeyId=key_id, PendingWindowInDays=8)
    lab.clock.advance(days=8, minutes=1)
    assert state(regions[HOME], key_id) == "PendingDeletion"
    lab.clock.advance(days=7)
    assert refusal(regions[HOME].describe_key, KeyId=key_id)[0] == "NotFoundException"


def test_a_deletion_that_waits_for_replicas_can_be_called_off(regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    regions[HOME].schedule_key_deletion(KeyId=key_id)
    regions[HOME].cancel_key_deletion(KeyId=key_id)
    assert state(regions[HOME], key_id) == "Disabled"


def test_a_replica_is_wrapped_under_the_key_of_its_own_region(lab: Lab, regions: dict[str, Any]) -> None:
    key_id = create(regions[HOME])["KeyId"]
    regions[HOME].replicate_key(KeyId=key_id, ReplicaRegion=AWAY)
    held = lab.backing_keys()
    assert len(set(held["KeyMaterialId"])) == 1
    assert {domain.split("/")[0] for domain in held["DomainKey"]} == {HOME, AWAY}


def shipped(operation: str) -> dict[str, Any]:
    """Return botocore's example of `operation` on a multi-Region key."""
    examples = Loader().load_service_model("kms", "examples-1")["examples"][operation]
    (found,) = (one for one in examples if "multi-Region" in one["title"])
    example: dict[str, Any] = found
    return example


def same(told: dict[str, Any], example: dict[str, Any], *but: str) -> bool:
    """Whether two KeyMetadata say the same of a key, apart from its id, its time and what is named."""
    mrk = re.compile("mrk-[0-9a-f]+")
    left, right = (json.loads(mrk.sub("mrk", json.dumps(one, default=str))) for one in (told, example))
    own = {"CreationDate", "CurrentKeyMaterialId", "KeySpec", *but}
    return {name: left[name] for name in left if name not in own} == {
        name: right[name] for name in right if name not in own
    }


def test_aws_s_examples(lab: Lab, client: MakeClient) -> None:
    account = "111122223333"
    east, west = (client("kms", region, account) for region in ("us-east-1", "us-west-2"))
    example = shipped("CreateKey")
    made = west.create_key(**example["input"])["KeyMetadata"]
    assert same(made, example["output"]["KeyMetadata"])

    example = shipped("ReplicateKey")
    key_id = east.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    answer = east.replicate_key(KeyId=key_id, ReplicaRegion=example["input"]["ReplicaRegion"])
    # The example shows the key enabled; by the operation's own text it is Creating at this moment.
    assert same(answer["ReplicaKeyMetadata"], example["output"]["ReplicaKeyMetadata"], "KeyState", "Enabled")
    assert answer["ReplicaTags"] == example["output"]["ReplicaTags"]

    example = shipped("DescribeKey")["output"]["KeyMetadata"]
    replicas = [one["Region"] for one in example["MultiRegionConfiguration"]["ReplicaKeys"]]
    for region in replicas:
        west.replicate_key(KeyId=made["KeyId"], ReplicaRegion=region)
    told = client("kms", "ap-northeast-1", account).describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    # The example describes a replica, names another key as the primary, and calls the replica PRIMARY.
    assert same(told, example, "MultiRegionConfiguration")
    assert {one["Region"] for one in told["MultiRegionConfiguration"]["ReplicaKeys"]} == set(replicas)
