"""The waiting period of 7 to 30 days, its end, and the way back."""

from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.kms.hsm_keys import HsmKeys
from tests.cloud.services.kms.helpers import invalid, kms_state, new_key, refusal

GONE = (
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, "
    "does not exist in this region, or you are not allowed to access.",
    400,
)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


@pytest.mark.parametrize(
    ("given", "days"), [({}, 30), ({"PendingWindowInDays": 7}, 7), ({"PendingWindowInDays": 30}, 30)]
)
def test_a_key_waits_for_its_deletion(key: str, kms: Any, lab: Lab, given: dict[str, int], days: int) -> None:
    told = kms.schedule_key_deletion(KeyId=key, **given)
    del told["ResponseMetadata"]
    deletion = told.pop("DeletionDate")
    assert told == {"KeyId": key, "KeyState": "PendingDeletion", "PendingWindowInDays": days}
    assert abs(deletion - lab.clock.now() - timedelta(days=days)) < timedelta(minutes=1)
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["KeyState"], described["Enabled"]) == ("PendingDeletion", False)
    assert described["DeletionDate"] == deletion
    lab.clock.advance(days=days, minutes=-1)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    lab.clock.advance(minutes=2)
    assert refusal(kms.describe_key, KeyId=key) == ("NotFoundException", f"Key '{key}' does not exist", 400)


@pytest.mark.parametrize(
    ("days", "rule"),
    [
        (0, "Member must have value greater than or equal to"),
        (6, "Member must have value greater than or equal to 7"),
        (31, "Member must have value less than or equal to 30"),
        (366, "Member must have value less than or equal to"),
    ],
)
def test_another_window_is_refused(key: str, kms: Any, lab: Lab, days: int, rule: str) -> None:
    before = kms_state(lab)
    refused = refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)
    expected = invalid("pendingWindowInDays", rule, f"'{days}'")
    assert refused.code == expected.code
    assert refused.message.startswith(expected.message)
    assert kms_state(lab) == before


def test_with_the_key_go_its_material_its_aliases_and_its_ciphertexts(key: str, kms: Any, lab: Lab) -> None:
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=key)
    kms.create_alias(AliasName="alias/other", TargetKeyId=new_key(kms))
    kms.rotate_key_on_demand(KeyId=key)
    kms.enable_key_rotation(KeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"lost")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    lab.clock.advance(days=8)
    assert key not in [one["KeyArn"] for one in kms.list_keys()["Keys"]]
    assert [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]] == ["alias/other"]
    assert refusal(kms.decrypt, CiphertextBlob=blob) == GONE
    assert refusal(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId="alias/other") == GONE
    assert key.rsplit("/", 1)[1] not in repr(kms_state(lab))
    assert lab.clock.agenda() == []


def test_the_hsm_forgets_the_material(lab: Lab, kms: Any) -> None:
    made = [new_key(kms), new_key(kms, "HMAC_256"), new_key(kms, "ECC_NIST_P256")]
    kms.encrypt(KeyId=made[0], Plaintext=b"x")
    kms.generate_mac(KeyId=made[1], Message=b"m", MacAlgorithm="HMAC_SHA_256")
    kms.sign(KeyId=made[2], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    memory = lab.cloud.part(HsmKeys)
    assert repr(memory) == "<HsmKeys: 3 in use>"
    for arn in made:
        kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    lab.clock.advance(days=7, minutes=1)
    assert repr(memory) == "<HsmKeys: 0 in use>"


def test_a_cancelled_deletion_brings_the_key_back_disabled(key: str, kms: Any, lab: Lab) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"saved")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    lab.clock.advance(days=6)
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == key
    lab.clock.advance(days=60)
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert described["KeyState"] == "Disabled"
    assert "DeletionDate" not in described
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"saved"


def test_a_key_pair_that_was_never_used_can_be_deleted(lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "RSA_4096")
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    lab.clock.advance(days=8)
    assert kms.list_keys()["Keys"] == []


def test_a_second_deletion_waits_anew(key: str, kms: Any, lab: Lab) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=20)
    lab.clock.advance(days=19)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    lab.clock.advance(days=2)
    assert refusal(kms.describe_key, KeyId=key).code == "NotFoundException"
