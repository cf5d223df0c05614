"""The key-states table, written down once more from the documentation, and every cell of it tried.

Source: KMS Developer Guide, "Key states of AWS KMS keys". One cell differs from the page, which lets
GetPublicKey fail for a disabled key: AWS itself does not.
"""

from collections.abc import Callable
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.gateway.directory import operations_built
from tests.cloud.services.kms.helpers import (
    Refusal,
    is_disabled,
    is_not_pending_deletion,
    is_pending_deletion,
    kms_state,
    new_key,
    refusal,
)

OK, DISABLED, PENDING, NOT_PENDING = (
    "succeeds",
    "is disabled",
    "is pending deletion",
    "is not pending deletion",
)

# operation: (on an enabled key, on a disabled key, on a key pending deletion)
TABLE = {
    "CancelKeyDeletion": (NOT_PENDING, NOT_PENDING, OK),
    "CreateAlias": (OK, OK, PENDING),
    "Decrypt": (OK, DISABLED, PENDING),
    "DeleteAlias": (OK, OK, OK),
    "DescribeKey": (OK, OK, OK),
    "DisableKey": (OK, OK, PENDING),
    "DisableKeyRotation": (OK, DISABLED, PENDING),
    "EnableKey": (OK, OK, PENDING),
    "EnableKeyRotation": (OK, DISABLED, PENDING),
    "Encrypt": (OK, DISABLED, PENDING),
    "GenerateDataKey": (OK, DISABLED, PENDING),
    "GenerateDataKeyWithoutPlaintext": (OK, DISABLED, PENDING),
    "GenerateMac": (OK, DISABLED, PENDING),
    "GetKeyPolicy": (OK, OK, OK),
    "GetKeyRotationStatus": (OK, OK, OK),
    "GetPublicKey": (OK, OK, PENDING),
    "ListAliases": (OK, OK, OK),
    "ListKeyPolicies": (OK, OK, OK),
    "ListKeyRotations": (OK, OK, OK),
    "ListResourceTags": (OK, OK, OK),
    "PutKeyPolicy": (OK, OK, OK),
    "ReEncrypt": (OK, DISABLED, PENDING),
    "ReEncrypt to it": (OK, DISABLED, PENDING),
    "RotateKeyOnDemand": (OK, DISABLED, PENDING),
    "ScheduleKeyDeletion": (OK, OK, PENDING),
    "Sign": (OK, DISABLED, PENDING),
    "TagResource": (OK, OK, PENDING),
    "UntagResource": (OK, OK, PENDING),
    "UpdateAlias": (OK, OK, PENDING),
    "UpdateAlias away from it": (OK, OK, OK),
    "UpdateKeyDescription": (OK, OK, PENDING),
    "Verify": (OK, DISABLED, PENDING),
    "VerifyMac": (OK, DISABLED, PENDING),
}
WITHOUT_A_KEY = {"CreateKey", "GenerateRandom", "ListKeys"}
STATES = ("Enabled", "Disabled", "PendingDeletion")
REFUSALS: dict[str, Callable[[str], Refusal]] = {
    DISABLED: is_disabled,
    PENDING: is_pending_deletion,
    NOT_PENDING: is_not_pending_deletion,
}
SPECS = {
    "Sign": "ECC_NIST_P256",
    "Verify": "ECC_NIST_P256",
    "GetPublicKey": "ECC_NIST_P256",
    "GenerateMac": "HMAC_256",
    "VerifyMac": "HMAC_256",
}
SIGNING = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
MAC = {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}


def parameters_for(kms: Any, operation: str, arn: str) -> dict[str, Any]:
    """What to call `operation` with, made while the key is still enabled."""
    if operation in ("Decrypt", "ReEncrypt", "ReEncrypt to it"):
        source = new_key(kms) if operation == "ReEncrypt to it" else arn
        blob = kms.encrypt(KeyId=source, Plaintext=b"x")["CiphertextBlob"]
        destinations = {"ReEncrypt": new_key(kms), "ReEncrypt to it": arn}
        to = {"DestinationKeyId": destinations[operation]} if operation in destinations else {}
        return {"CiphertextBlob": blob, **to}
    if operation == "CreateAlias":
        return {"AliasName": "alias/new", "TargetKeyId": arn}
    if operation in ("DeleteAlias", "UpdateAlias", "UpdateAlias away from it"):
        other = new_key(kms)
        kms.create_alias(AliasName="alias/old", TargetKeyId=other if operation == "UpdateAlias" else arn)
        target = {"UpdateAlias": arn, "UpdateAlias away from it": other}
        return {"AliasName": "alias/old"} | (
            {"TargetKeyId": target[operation]} if operation in target else {}
        )
    if operation == "Verify":
        return {"KeyId": arn, **SIGNING, "Signature": kms.sign(KeyId=arn, **SIGNING)["Signature"]}
    if operation == "VerifyMac":
        return {"KeyId": arn, **MAC, "Mac": kms.generate_mac(KeyId=arn, **MAC)["Mac"]}
    further: dict[str, dict[str, Any]] = {
        "Encrypt": {"Plaintext": b"x"},
        "GenerateDataKey": {"KeySpec": "AES_256"},
        "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
        "GenerateMac": MAC,
        "PutKeyPolicy": {"Policy": kms.get_key_policy(KeyId=arn)["Policy"]},
        "Sign": SIGNING,
        "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
        "UntagResource": {"TagKeys": ["a"]},
        "UpdateKeyDescription": {"Description": "d"},
    }
    return {"KeyId": arn, **further.get(operation, {})}


def bring_into(kms: Any, arn: str, state: str) -> None:
    if state == "Disabled":
        kms.disable_key(KeyId=arn)
    elif state == "PendingDeletion":
        kms.schedule_key_deletion(KeyId=arn)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == state


def method_of(kms: Any, operation: str) -> Callable[..., Any]:
    name = operation.split()[0]
    methods = {wire: python for python, wire in kms.meta.method_to_api_mapping.items()}
    found: Callable[..., Any] = getattr(kms, methods[name])
    return found


def test_the_table_has_every_operation_on_a_key() -> None:
    assert {row.split()[0] for row in TABLE} == set(operations_built("kms")) - WITHOUT_A_KEY


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("operation", TABLE)
def test_cell(lab: Lab, kms: Any, operation: str, state: str) -> None:
    arn = new_key(kms, SPECS.get(operation, "SYMMETRIC_DEFAULT"))
    parameters = parameters_for(kms, operation, arn)
    bring_into(kms, arn, state)
    expected = TABLE[operation][STATES.index(state)]
    if expected == OK:
        method_of(kms, operation)(**parameters)
    else:
        before = kms_state(lab)
        assert refusal(method_of(kms, operation), **parameters) == REFUSALS[expected](arn)
        assert kms_state(lab) == before


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
def test_the_key_usage_is_looked_at_before_the_state(lab: Lab, kms: Any, state: str) -> None:
    arn = new_key(kms, "ECC_NIST_P256")
    bring_into(kms, arn, state)
    assert refusal(kms.encrypt, KeyId=arn, Plaintext=b"x") == (
        "InvalidKeyUsageException",
        f"{arn} key usage is SIGN_VERIFY which is not valid for Encrypt.",
        400,
    )


def test_the_state_is_looked_at_before_the_algorithm(lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "HMAC_256")
    kms.disable_key(KeyId=arn)
    asked = {"KeyId": arn, "Message": b"m", "MacAlgorithm": "HMAC_SHA_512"}
    assert refusal(kms.generate_mac, **asked) == is_disabled(arn)
    kms.enable_key(KeyId=arn)
    assert refusal(kms.generate_mac, **asked) == (
        "InvalidKeyUsageException",
        "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.",
        400,
    )


@pytest.mark.parametrize("operation", ["enable_key_rotation", "rotate_key_on_demand"])
def test_the_state_is_looked_at_before_whether_a_key_can_rotate(lab: Lab, kms: Any, operation: str) -> None:
    arn = new_key(kms, "HMAC_256")
    assert refusal(getattr(kms, operation), KeyId=arn) == ("UnsupportedOperationException", "", 400)
    kms.disable_key(KeyId=arn)
    assert refusal(getattr(kms, operation), KeyId=arn) == is_disabled(arn)
