"""A key's identity: made, looked at, listed, switched off and on."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.kms.key_specs import KEY_SPECS
from tests.cloud.services.kms.helpers import invalid, new_key, refusal

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_a_key_made_without_parameters_is_a_symmetric_encryption_key(lab: Lab, kms: Any) -> None:
    made = kms.create_key()["KeyMetadata"]
    assert UUID.fullmatch(made["KeyId"])
    created, material = made.pop("CreationDate"), made.pop("CurrentKeyMaterialId")
    assert abs(created - datetime.now(UTC)) < timedelta(minutes=1)
    assert re.fullmatch(r"[0-9a-f]{64}", material)
    assert made == {
        "AWSAccountId": "123456789012",
        "KeyId": made["KeyId"],
        "Arn": f"arn:aws:kms:us-east-1:123456789012:key/{made['KeyId']}",
        "Enabled": True,
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    described = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    assert described == made | {"CreationDate": created, "CurrentKeyMaterialId": material}


@pytest.mark.parametrize(
    ("spec", "usage", "listed"),
    [(spec, usage, listed) for spec, kind in KEY_SPECS.items() for usage, listed in kind.algorithms.items()],
)
def test_every_spec_and_usage_lists_its_algorithms(
    lab: Lab, client: Any, spec: str, usage: str, listed: tuple[str, ...]
) -> None:
    kms = client("kms", "cn-north-1" if spec == "SM2" else "us-east-1")
    made = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
    names = {
        "ENCRYPT_DECRYPT": "EncryptionAlgorithms",
        "SIGN_VERIFY": "SigningAlgorithms",
        "GENERATE_VERIFY_MAC": "MacAlgorithms",
        "KEY_AGREEMENT": "KeyAgreementAlgorithms",
        "ENCAPSULATE_DECAPSULATE": "EncapsulationAlgorithms",
    }
    assert made["KeySpec"] == made["CustomerMasterKeySpec"] == spec
    assert {name: made[name] for name in names.values() if name in made} == {names[usage]: list(listed)}
    assert ("CurrentKeyMaterialId" in made) == (spec == "SYMMETRIC_DEFAULT")


def test_the_former_name_of_the_spec_still_works(lab: Lab, kms: Any) -> None:
    made = kms.create_key(CustomerMasterKeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert made["KeySpec"] == "ECC_NIST_P256"


def test_two_names_of_the_spec_must_not_differ(lab: Lab, kms: Any) -> None:
    refused = refusal(kms.create_key, KeySpec="HMAC_256", CustomerMasterKeySpec="HMAC_384")
    assert refused.code == "ValidationException"


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "HMAC_256"])
def test_only_a_symmetric_encryption_key_may_leave_its_usage_open(lab: Lab, kms: Any, spec: str) -> None:
    assert refusal(kms.create_key, KeySpec=spec) == (
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        400,
    )


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ("SYMMETRIC_DEFAULT", "SIGN_VERIFY"),
        ("ECC_NIST_P256", "ENCRYPT_DECRYPT"),
        ("HMAC_256", "SIGN_VERIFY"),
        ("RSA_2048", "GENERATE_VERIFY_MAC"),
    ],
)
def test_a_usage_that_does_not_go_with_the_spec_is_refused(lab: Lab, kms: Any, spec: str, usage: str) -> None:
    assert refusal(kms.create_key, KeySpec=spec, KeyUsage=usage) == (
        "ValidationException",
        f"KeyUsage {usage} is not compatible with KeySpec {spec}",
        400,
    )
    assert kms.list_keys()["Keys"] == []


def test_a_spec_that_does_not_exist_is_refused_by_the_model(lab: Lab, kms: Any) -> None:
    refused = refusal(kms.create_key, KeySpec="AES_512")
    assert refused.code == "ValidationException"
    assert refused.message.startswith("1 validation error detected: Value 'AES_512' at 'keySpec' failed")


def test_what_is_not_built_is_refused_in_plain_words(lab: Lab, kms: Any) -> None:
    refused = refusal(kms.create_key, Origin="EXTERNAL", KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY")
    assert refused.code == "UnsupportedOperationException"
    assert "labkit does not emulate" in refused.message


def test_keys_are_listed_in_pages_without_gap_or_repetition(lab: Lab, kms: Any) -> None:
    made = {kms.create_key()["KeyMetadata"]["Arn"] for _ in range(7)}
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Keys"]) for page in pages] == [3, 3, 1]
    assert [page["Truncated"] for page in pages] == [True, True, False]
    listed = [key for page in pages for key in page["Keys"]]
    assert {key["KeyArn"] for key in listed} == made
    assert len(listed) == len(made)
    assert all(key["KeyArn"].endswith("/" + key["KeyId"]) for key in listed)


def test_a_page_as_long_as_the_list_is_not_truncated(lab: Lab, kms: Any) -> None:
    for _ in range(2):
        new_key(kms)
    page = kms.list_keys(Limit=2)
    assert (len(page["Keys"]), page["Truncated"], "NextMarker" in page) == (2, False, False)


def test_nobody_shares_keys_with_this_account(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
    assert [key["KeyArn"] for key in kms.list_keys(ResourceOwners=["SELF"])["Keys"]] == [arn]


def test_a_marker_that_was_not_handed_out_is_refused(lab: Lab, kms: Any) -> None:
    assert refusal(kms.list_keys, Marker="!").code == "InvalidMarkerException"


@pytest.mark.parametrize(
    ("limit", "rule"),
    [
        (0, "Member must have value greater than or equal to 1"),
        (1001, "Member must have value less than or equal to 1000"),
    ],
)
def test_a_limit_out_of_range_is_refused(lab: Lab, kms: Any, limit: int, rule: str) -> None:
    assert refusal(kms.list_keys, Limit=limit) == invalid("limit", rule, f"'{limit}'")


def test_a_disabled_key_can_be_enabled_again(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"kept")["CiphertextBlob"]
    for _ in range(2):  # disabling what is disabled changes nothing, and is no error
        kms.disable_key(KeyId=arn)
    described = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (described["KeyState"], described["Enabled"]) == ("Disabled", False)
    for _ in range(2):
        kms.enable_key(KeyId=arn)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"


def test_the_description_can_be_replaced_and_emptied(lab: Lab, kms: Any) -> None:
    arn = kms.create_key(Description="first")["KeyMetadata"]["Arn"]
    for text in ("second, with ümlaut", ""):
        kms.update_key_description(KeyId=arn, Description=text)
        assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Description"] == text


def test_a_description_has_8192_characters_at_most(lab: Lab, kms: Any) -> None:
    kms.create_key(Description="x" * 8192)
    assert refusal(kms.create_key, Description="x" * 8193) == invalid(
        "description", "Member must have length less than or equal to 8192", f"'{'x' * 8193}'"
    )


@pytest.mark.parametrize("count", [1, 32, 1024])
def test_random_bytes_come_in_the_number_asked_for(lab: Lab, kms: Any, count: int) -> None:
    first, second = (kms.generate_random(NumberOfBytes=count)["Plaintext"] for _ in range(2))
    assert len(first) == len(second) == count
    assert count == 1 or first != second


def test_random_bytes_need_a_number(lab: Lab, kms: Any) -> None:
    assert refusal(kms.generate_random) == ("ValidationException", "NumberOfBytes is required.", 400)


@pytest.mark.parametrize(
    ("count", "rule"),
    [
        (0, "Member must have value greater than or equal to 1"),
        (1025, "Member must have value less than or equal to 1024"),
    ],
)
def test_random_bytes_out_of_range_are_refused(lab: Lab, kms: Any, count: int, rule: str) -> None:
    assert refusal(kms.generate_random, NumberOfBytes=count) == invalid("numberOfBytes", rule, f"'{count}'")


def test_there_are_no_custom_key_stores(lab: Lab, kms: Any) -> None:
    refused = refusal(kms.generate_random, NumberOfBytes=1, CustomKeyStoreId="cks-1")
    assert refused.code == "CustomKeyStoreNotFoundException"
