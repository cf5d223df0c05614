"""Data keys: random, handed out in the clear and sealed, or sealed alone."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import invalid, is_disabled, new_key, refusal

BOTH = ["generate_data_key", "generate_data_key_without_plaintext"]


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 64}, 64),
        ({"NumberOfBytes": 1024}, 1024),
    ],
)
def test_a_data_key_comes_in_the_clear_and_sealed(
    lab: Lab, kms: Any, asked: dict[str, Any], size: int
) -> None:
    arn = new_key(kms)
    made = kms.generate_data_key(KeyId=arn, EncryptionContext={"a": "b"}, **asked)
    assert len(made["Plaintext"]) == size
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["Plaintext"]
    assert made["KeyMaterialId"] == opened["KeyMaterialId"]
    assert made["KeyId"] == arn
    refused = refusal(kms.decrypt, CiphertextBlob=made["CiphertextBlob"])
    assert refused == ("InvalidCiphertextException", "", 400)


def test_a_data_key_can_be_made_for_somebody_who_must_not_see_it(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    made = kms.generate_data_key_without_plaintext(KeyId=arn, KeySpec="AES_256")
    del made["ResponseMetadata"]
    assert set(made) == {"CiphertextBlob", "KeyId", "KeyMaterialId"}
    assert len(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]) == 32


def test_a_sealed_256_bit_data_key_has_184_bytes(lab: Lab, kms: Any) -> None:
    made = kms.generate_data_key(KeyId=new_key(kms), KeySpec="AES_256")
    assert len(made["CiphertextBlob"]) == 184


def test_no_data_key_comes_twice(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    keys = {kms.generate_data_key(KeyId=arn, KeySpec="AES_256")["Plaintext"] for _ in range(20)}
    assert len(keys) == 20


@pytest.mark.parametrize("operation", BOTH)
@pytest.mark.parametrize(
    ("count", "rule"),
    [
        (0, "Member must have value greater than or equal to 1"),
        (1025, "Member must have value less than or equal to 1024"),
    ],
)
def test_a_size_out_of_range_is_refused(lab: Lab, kms: Any, operation: str, count: int, rule: str) -> None:
    refused = refusal(getattr(kms, operation), KeyId=new_key(kms), NumberOfBytes=count)
    assert refused == invalid("numberOfBytes", rule, f"'{count}'")


@pytest.mark.parametrize("operation", BOTH)
@pytest.mark.parametrize("asked", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_the_size_is_told_in_one_way(lab: Lab, kms: Any, operation: str, asked: dict[str, Any]) -> None:
    """That comes before the key's usage, and before its state."""
    either = ("ValidationException", "Please specify either number of bytes or key spec.", 400)
    for arn in (new_key(kms), new_key(kms, "HMAC_256"), new_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")):
        assert refusal(getattr(kms, operation), KeyId=arn, **asked) == either
        kms.disable_key(KeyId=arn)
        assert refusal(getattr(kms, operation), KeyId=arn, **asked) == either


@pytest.mark.parametrize("operation", BOTH)
def test_an_rsa_key_makes_no_data_keys(lab: Lab, kms: Any, operation: str) -> None:
    arn = new_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    asked = {"KeyId": arn, "KeySpec": "AES_256"}
    assert refusal(getattr(kms, operation), **asked) == (
        "InvalidKeyUsageException",
        "You cannot generate a data key with an asymmetric CMK",
        400,
    )
    kms.disable_key(KeyId=arn)
    assert refusal(getattr(kms, operation), **asked) == is_disabled(arn)


@pytest.mark.parametrize(
    ("operation", "wire"),
    [(BOTH[0], "GenerateDataKey"), (BOTH[1], "GenerateDataKeyWithoutPlaintext")],
)
@pytest.mark.parametrize(
    ("spec", "usage"), [("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "SIGN_VERIFY")]
)
def test_a_key_of_another_usage_makes_no_data_keys(
    lab: Lab, kms: Any, operation: str, wire: str, spec: str, usage: str
) -> None:
    arn = new_key(kms, spec)
    assert refusal(getattr(kms, operation), KeyId=arn, KeySpec="AES_256") == (
        "InvalidKeyUsageException",
        f"{arn} key usage is {usage} which is not valid for {wire}.",
        400,
    )
