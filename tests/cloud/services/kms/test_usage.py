"""GetKeyLastUsage: the last successful use, whatever was called since and however long ago it was."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from labkit import Lab
from tests.cloud.services.kms.helpers import new_key, refusal


def last(kms: Any, key: str) -> dict[str, Any]:
    told: dict[str, Any] = kms.get_key_last_usage(KeyId=key)
    return told


def test_a_key_that_was_never_used_has_no_last_usage(lab: Lab, kms: Any) -> None:
    key = new_key(kms)
    kms.describe_key(KeyId=key)
    told = last(kms, key)
    assert told["KeyLastUsage"] == {}
    assert told["KeyId"] == key.rsplit("/", maxsplit=1)[-1]
    assert told["TrackingStartDate"] == told["KeyCreationDate"]


def test_the_last_successful_use_is_told_with_its_event(lab: Lab, kms: Any, client: Any) -> None:
    key = new_key(kms)
    kms.encrypt(KeyId=key, Plaintext=b"x")
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    refusal(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)
    refusal(kms.sign, KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    used = last(kms, key)["KeyLastUsage"]
    assert used["Operation"] == "GenerateDataKey"
    assert used["KmsRequestId"] == made["ResponseMetadata"]["RequestId"]
    wanted = {"AttributeKey": "EventId", "AttributeValue": used["CloudTrailEventId"]}
    (event,) = client("cloudtrail").lookup_events(LookupAttributes=[wanted])["Events"]
    assert event["EventName"] == "GenerateDataKey"


def test_re_encrypt_uses_both_of_its_keys(lab: Lab, kms: Any) -> None:
    old, new = new_key(kms), new_key(kms)
    blob = kms.encrypt(KeyId=old, Plaintext=b"x")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new)
    assert [last(kms, key)["KeyLastUsage"]["Operation"] for key in (old, new)] == ["ReEncrypt", "ReEncrypt"]


def test_it_is_remembered_when_the_event_history_has_forgotten_and_the_lab_was_closed(
    tmp_path: Path, client: Any
) -> None:
    kms = client("kms")
    with Lab(tmp_path / "class.lab") as lab:
        key = new_key(kms)
        kms.encrypt(KeyId=key, Plaintext=b"x")
        used = last(kms, key)["KeyLastUsage"]
        lab.clock.advance(days=400)
        for _ in range(200):
            kms.list_keys()
        assert last(kms, key)["KeyLastUsage"] == used
        now = lab.clock.now()
    with Lab(tmp_path / "class.lab"):
        assert last(kms, key)["KeyLastUsage"] == used
        assert now - used["Timestamp"] > timedelta(days=399)


def test_no_other_account_may_ask(lab: Lab, kms: Any, client: Any) -> None:
    key = new_key(kms)
    assert refusal(client("kms", account="210987654321").get_key_last_usage, KeyId=key).code == (
        "AccessDeniedException"
    )
