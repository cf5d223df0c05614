"""Request quotas: off at first, and a ThrottlingException beyond them once they are on."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, new_key, refusal

THROTTLED = Refusal(
    "ThrottlingException",
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
)


@pytest.fixture
def slow(lab: Lab) -> Lab:
    """Return a lab whose clock stands still between calls, as far as a quota can tell."""
    lab.quotas.enforce(CreateKey=1e-6, ListKeys=0.5)
    return lab


def test_without_being_asked_the_lab_refuses_nothing(lab: Lab, kms: Any) -> None:
    assert len([kms.create_key() for _ in range(20)]) == 20


def test_a_call_beyond_the_quota_is_throttled_and_changes_nothing(slow: Lab, kms: Any) -> None:
    kms.create_key()
    assert refusal(kms.create_key) == THROTTLED
    assert len(kms.list_keys()["Keys"]) == 1


def test_time_fills_the_bucket_again(slow: Lab, kms: Any) -> None:
    kms.list_keys()
    assert refusal(kms.list_keys) == THROTTLED
    slow.clock.advance(seconds=2)
    kms.list_keys()


def test_lifting_the_quotas_lets_everything_through(slow: Lab, kms: Any) -> None:
    kms.create_key()
    slow.quotas.lift()
    kms.create_key()


def test_each_account_and_region_has_quotas_of_its_own(slow: Lab, client: Any) -> None:
    for place in ({}, {"region": "eu-west-1"}, {"account": "210987654321"}):
        client("kms", **place).create_key()
        assert refusal(client("kms", **place).create_key) == THROTTLED


def test_a_throttled_call_is_in_the_audit_log(slow: Lab, kms: Any) -> None:
    kms.create_key()
    refusal(kms.create_key)
    assert slow.trace[-1].error_code == "ThrottlingException"


def test_symmetric_operations_share_one_quota_and_rsa_has_its_own(lab: Lab, kms: Any) -> None:
    aes, ecc = new_key(kms), new_key(kms, "ECC_NIST_P256")
    lab.quotas.enforce(**{"Cryptographic operations (symmetric) request rate": 1e-6})
    kms.encrypt(KeyId=aes, Plaintext=b"x")
    assert refusal(kms.generate_data_key, KeyId=aes, KeySpec="AES_256") == THROTTLED
    kms.sign(KeyId=ecc, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
