"""Rotation: new backing keys, old ciphertexts, and a schedule on the lab's clock."""

from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import invalid, is_disabled, kms_state, new_key, refusal


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


def current(kms: Any, key: str) -> str:
    material: str = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    return material


def rotations(kms: Any, key: str, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = kms.list_key_rotations(KeyId=key, **parameters)["Rotations"]
    return found


def test_rotation_is_off_until_it_is_asked_for(key: str, kms: Any, lab: Lab) -> None:
    status = kms.get_key_rotation_status(KeyId=key)
    del status["ResponseMetadata"]
    assert status == {"KeyId": key, "KeyRotationEnabled": False}
    before = current(kms, key)
    lab.clock.advance(days=3650)
    assert current(kms, key) == before
    assert rotations(kms, key) == []


def test_a_year_is_the_period_unless_another_is_given(key: str, kms: Any, lab: Lab) -> None:
    for given, period in (({}, 365), ({"RotationPeriodInDays": 90}, 90), ({}, 365)):
        kms.enable_key_rotation(KeyId=key, **given)
        status = kms.get_key_rotation_status(KeyId=key)
        assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, period)
        due = status["NextRotationDate"] - lab.clock.now()
        assert abs(due - timedelta(days=period)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("period", "rule"),
    [
        (89, "Member must have value greater than or equal to 90"),
        (2561, "Member must have value less than or equal to 2560"),
    ],
)
def test_a_period_out_of_range_is_refused(key: str, kms: Any, period: int, rule: str) -> None:
    refused = refusal(kms.enable_key_rotation, KeyId=key, RotationPeriodInDays=period)
    assert refused == invalid("rotationPeriodInDays", rule, f"'{period}'")


@pytest.mark.parametrize("period", [90, 365, 2560])
def test_a_key_rotates_when_its_period_has_passed_and_again(
    key: str, kms: Any, lab: Lab, period: int
) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=period)
    first = current(kms, key)
    lab.clock.advance(days=period, minutes=-1)
    assert current(kms, key) == first
    lab.clock.advance(minutes=2)
    second = current(kms, key)
    lab.clock.advance(days=period)
    third = current(kms, key)
    assert len({first, second, third}) == 3
    told = [
        (one["KeyMaterialId"], one["RotationType"], one["KeyMaterialState"]) for one in rotations(kms, key)
    ]
    assert told == [(second, "AUTOMATIC", "NON_CURRENT"), (third, "AUTOMATIC", "CURRENT")]
    apart = rotations(kms, key)[1]["RotationDate"] - rotations(kms, key)[0]["RotationDate"]
    assert apart == timedelta(days=period)


def test_a_rotated_key_is_the_same_key(key: str, kms: Any) -> None:
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    before = kms.describe_key(KeyId="alias/app")["KeyMetadata"]
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
    after = kms.describe_key(KeyId="alias/app")["KeyMetadata"]
    assert before.pop("CurrentKeyMaterialId") != after.pop("CurrentKeyMaterialId")
    assert before == after


def test_old_ciphertexts_open_and_new_ones_carry_the_new_material(key: str, kms: Any) -> None:
    materials, blobs = [], []
    for _ in range(4):
        materials.append(current(kms, key))
        blobs.append(kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"])
        kms.rotate_key_on_demand(KeyId=key)
    for material, blob in zip(materials, blobs, strict=True):
        opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"}, KeyId=key)
        assert (opened["Plaintext"], opened["KeyId"], opened["KeyMaterialId"]) == (b"x", key, material)
    assert len(set(materials)) == 4
    assert kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyMaterialId"] == current(kms, key)


def test_re_encryption_brings_an_old_ciphertext_to_the_new_material(key: str, kms: Any) -> None:
    old = current(kms, key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key)
    assert (moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]) == (old, current(kms, key))


def test_25_rotations_on_demand_and_no_more(key: str, kms: Any, lab: Lab) -> None:
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    before = kms_state(lab)
    assert refusal(kms.rotate_key_on_demand, KeyId=key) == (
        "LimitExceededException",
        "The on-demand rotations limit has been reached for the given keyId. "
        f"No more on-demand rotations can be performed for this key: {key}",
        400,
    )
    assert kms_state(lab) == before
    kms.enable_key_rotation(KeyId=key)
    lab.clock.advance(days=366)
    assert len(rotations(kms, key)) == 26


def test_a_rotation_on_demand_leaves_the_schedule_alone(key: str, kms: Any, lab: Lab) -> None:
    kms.enable_key_rotation(KeyId=key)
    due = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    lab.clock.advance(days=300)
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] == due
    lab.clock.advance(days=66)
    assert [one["RotationType"] for one in rotations(kms, key)] == ["ON_DEMAND", "AUTOMATIC"]


def test_rotations_are_listed_in_pages_and_with_the_first_material_if_asked(key: str, kms: Any) -> None:
    first = current(kms, key)
    for _ in range(4):
        kms.rotate_key_on_demand(KeyId=key)
    everything = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert everything[0]["KeyMaterialId"] == first
    assert "RotationDate" not in everything[0]
    assert everything[1:] == rotations(kms, key)
    pages = kms.get_paginator("list_key_rotations").paginate(KeyId=key, PaginationConfig={"PageSize": 3})
    assert [len(page["Rotations"]) for page in pages] == [3, 1]
    states = [one["KeyMaterialState"] for one in everything]
    assert states == ["NON_CURRENT"] * 4 + ["CURRENT"]


def test_switching_rotation_off_keeps_the_backing_keys(key: str, kms: Any, lab: Lab) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key)
    lab.clock.advance(days=366)
    kms.disable_key_rotation(KeyId=key)
    rotated = current(kms, key)
    lab.clock.advance(days=3650)
    assert current(kms, key) == rotated
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_disabled_key_misses_its_turn_and_makes_up_for_it_once(key: str, kms: Any, lab: Lab) -> None:
    """Source: KMS API Reference, "GetKeyRotationStatus"."""
    kms.enable_key_rotation(KeyId=key)
    first = current(kms, key)
    kms.disable_key(KeyId=key)
    lab.clock.advance(days=800)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert current(kms, key) == first
    kms.enable_key(KeyId=key)
    assert current(kms, key) != first
    assert len(rotations(kms, key)) == 1
    due = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] - lab.clock.now()
    assert abs(due - timedelta(days=365)) < timedelta(minutes=1)


def test_a_key_enabled_again_in_time_keeps_its_schedule(key: str, kms: Any, lab: Lab) -> None:
    kms.enable_key_rotation(KeyId=key)
    due = kms.get_key_rotation_status(KeyId=key)["NextRotationDate"]
    kms.disable_key(KeyId=key)
    lab.clock.advance(days=100)
    kms.enable_key(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] == due
    lab.clock.advance(days=266)
    assert len(rotations(kms, key)) == 1


def test_a_key_pending_deletion_does_not_rotate_until_it_is_back(key: str, kms: Any, lab: Lab) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    first = current(kms, key)
    lab.clock.advance(days=80)
    kms.schedule_key_deletion(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    lab.clock.advance(days=20)
    assert current(kms, key) == first
    kms.cancel_key_deletion(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    kms.enable_key(KeyId=key)
    assert current(kms, key) != first


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "HMAC_256"])
def test_other_keys_do_not_rotate(lab: Lab, kms: Any, spec: str) -> None:
    arn = new_key(kms, spec)
    unsupported = ("UnsupportedOperationException", "", 400)
    for operation in (
        kms.enable_key_rotation,
        kms.rotate_key_on_demand,
        kms.get_key_rotation_status,
        kms.list_key_rotations,
    ):
        assert refusal(operation, KeyId=arn) == unsupported
    kms.disable_key_rotation(KeyId=arn)


def test_a_disabled_key_is_not_rotated_on_demand(key: str, kms: Any) -> None:
    kms.disable_key(KeyId=key)
    assert refusal(kms.rotate_key_on_demand, KeyId=key) == is_disabled(key)


def test_a_key_about_to_rotate_by_itself_is_not_rotated_on_demand(key: str, kms: Any, lab: Lab) -> None:
    """Source: KMS API Reference, "RotateKeyOnDemand", ConflictException."""
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    lab.clock.advance(days=89, hours=23, minutes=41)
    before = kms_state(lab)
    assert refusal(kms.rotate_key_on_demand, KeyId=key).code == "ConflictException"
    assert kms_state(lab) == before
    lab.clock.advance(minutes=20)
    kms.rotate_key_on_demand(KeyId=key)
    assert [one["RotationType"] for one in rotations(kms, key)] == ["AUTOMATIC", "ON_DEMAND"]


def test_every_material_is_listed_with_what_is_known_of_it(key: str, kms: Any, lab: Lab) -> None:
    first = current(kms, key)
    lab.clock.advance(days=1)
    kms.rotate_key_on_demand(KeyId=key)
    listed = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    rotated = listed[1].pop("RotationDate")
    assert abs(rotated - lab.clock.now()) < timedelta(minutes=1)
    assert listed == [
        {"KeyId": key, "KeyMaterialId": first, "KeyMaterialState": "NON_CURRENT"},
        {
            "KeyId": key,
            "KeyMaterialId": current(kms, key),
            "KeyMaterialState": "CURRENT",
            "RotationType": "ON_DEMAND",
        },
    ]


def test_another_account_is_told_the_status_and_may_not_rotate(key: str, kms: Any, client: Any) -> None:
    everybody = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
        '"Principal": {"AWS": ["123456789012", "210987654321"]}, "Action": "kms:*", "Resource": "*"}]}'
    )
    kms.put_key_policy(KeyId=key, Policy=everybody)
    kms.enable_key_rotation(KeyId=key)
    other = client("kms", account="210987654321")
    assert other.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    for operation in (
        other.enable_key_rotation,
        other.disable_key_rotation,
        other.rotate_key_on_demand,
        other.list_key_rotations,
    ):
        assert refusal(operation, KeyId=key).code == "AccessDeniedException"
