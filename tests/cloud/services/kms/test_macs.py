"""HMACs: made and checked inside KMS, as both need the secret."""

import hmac
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.kms.model import KmsTables
from tests.cloud.services.kms.helpers import Refusal, hsm_of, invalid, new_key, refusal

SIZES = [224, 256, 384, 512]
INVALID_MAC = Refusal("KMSInvalidMacException", "")


@pytest.mark.parametrize("bits", SIZES)
def test_a_mac_is_the_hmac_of_rfc_2104(lab: Lab, kms: Any, bits: int) -> None:
    """Checked with the key's own bytes, which no client ever gets."""
    arn, algorithm = new_key(kms, f"HMAC_{bits}"), f"HMAC_SHA_{bits}"
    made = kms.generate_mac(KeyId=arn, Message=b"m", MacAlgorithm=algorithm)
    assert (made["KeyId"], made["MacAlgorithm"]) == (arn, algorithm)
    (material,) = lab.cloud.store.tables(KmsTables, "123456789012", "us-east-1").materials
    secret = hsm_of(lab).reveal(material)
    assert len(secret) == bits // 8
    assert made["Mac"] == hmac.digest(secret, b"m", f"sha{bits}")
    asked = {"KeyId": arn, "Message": b"m", "MacAlgorithm": algorithm, "Mac": made["Mac"]}
    checked = kms.verify_mac(**asked)
    del checked["ResponseMetadata"]
    assert checked == {"KeyId": arn, "MacValid": True, "MacAlgorithm": algorithm}


def test_a_mac_is_the_same_each_time_and_another_for_another_key(lab: Lab, kms: Any) -> None:
    asked = {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    first, second = new_key(kms, "HMAC_256"), new_key(kms, "HMAC_256")
    made = [kms.generate_mac(KeyId=arn, **asked)["Mac"] for arn in (first, first, second)]
    assert made[0] == made[1] != made[2]


def test_another_message_or_mac_is_refused(lab: Lab, kms: Any) -> None:
    asked = {"KeyId": new_key(kms, "HMAC_256"), "MacAlgorithm": "HMAC_SHA_256"}
    made = kms.generate_mac(**asked, Message=b"m")["Mac"]
    assert refusal(kms.verify_mac, **asked, Message=b"n", Mac=made) == INVALID_MAC
    for wrong in (made[:-1], made + b"\0", bytes(32), b"x"):
        assert refusal(kms.verify_mac, **asked, Message=b"m", Mac=wrong) == INVALID_MAC


def test_the_algorithm_belongs_to_the_size(lab: Lab, kms: Any) -> None:
    asked = {"KeyId": new_key(kms, "HMAC_224"), "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    incompatible = (
        "InvalidKeyUsageException",
        "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.",
        400,
    )
    assert refusal(kms.generate_mac, **asked) == incompatible
    assert refusal(kms.verify_mac, **asked, Mac=b"m") == incompatible


def test_a_key_of_another_usage_makes_no_macs(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    asked = {"KeyId": arn, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    for call, name, further in (
        (kms.generate_mac, "GenerateMac", {}),
        (kms.verify_mac, "VerifyMac", {"Mac": b"m"}),
    ):
        assert refusal(call, **asked, **further) == (
            "InvalidKeyUsageException",
            f"{arn} key usage is ENCRYPT_DECRYPT which is not valid for {name}.",
            400,
        )


def test_a_message_has_1_to_4096_bytes(lab: Lab, kms: Any) -> None:
    asked = {"KeyId": new_key(kms, "HMAC_256"), "MacAlgorithm": "HMAC_SHA_256"}
    kms.generate_mac(**asked, Message=bytes(4096))
    assert refusal(kms.generate_mac, **asked, Message=bytes(4097)) == invalid(
        "message", "Member must have length less than or equal to 4096"
    )
    assert refusal(kms.generate_mac, **asked, Message=b"") == invalid(
        "message", "Member must have length greater than or equal to 1"
    )


def test_a_dry_run_makes_no_mac(lab: Lab, kms: Any) -> None:
    asked = {"KeyId": new_key(kms, "HMAC_256"), "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    assert refusal(kms.generate_mac, **asked, DryRun=True).code == "DryRunOperationException"
    assert refusal(kms.verify_mac, **asked, Mac=b"m", DryRun=True).code == "DryRunOperationException"
