"""The key-states table, written down once more from the documentation, and every cell of it tried.

Source: KMS Developer Guide, "Key states of AWS KMS keys". One cell differs from the page, which lets
GetPublicKey fail for a disabled key: AWS itself does not.
"""

from collections.abc import Callable
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.gateway.directory import operations_built
from labkit.cloud.services.kms.model import KmsTables
from labkit.records import replace
from tests.cloud.services.kms.helpers import Refusal, is_disabled, kms_state, new_key, refusal
from tests.cloud.services.kms.wrapping import external_key, give, importing
from tests.conftest import ACCOUNT, REGION

OK, DISABLED, PENDING, NOT_PENDING, REPLICAS, IMPORT, UNAVAILABLE, CREATING, UPDATING, ORIGIN = (
    "succeeds",
    "is disabled",
    "is pending deletion",
    "is not pending deletion",
    "is pending replica deletion",
    "is pending import",
    "is unavailable",
    "is creating",
    "is updating",
    "is of another origin",
)
STATES = (
    "Enabled",
    "Disabled",
    "PendingImport",
    "PendingDeletion",
    "PendingReplicaDeletion",
    "Unavailable",
    "Creating",
    "Updating",
)
ALWAYS = (OK,) * 8
ONLY_ENABLED = (OK, DISABLED, IMPORT, PENDING, REPLICAS, UNAVAILABLE, CREATING, UPDATING)
CRYPTOGRAPHY = (*ONLY_ENABLED[:-1], OK)
MANAGEMENT = (OK, OK, OK, PENDING, REPLICAS, OK, OK, OK)
SWITCHING = (OK, OK, IMPORT, PENDING, REPLICAS, OK, CREATING, UPDATING)
# A key that is pending import is of the origin EXTERNAL, and one that is unavailable is of a key store.
ROTATION = (OK, DISABLED, ORIGIN, PENDING, REPLICAS, ORIGIN, CREATING, UPDATING)
IMPORTING = (OK, OK, OK, PENDING, REPLICAS, ORIGIN, CREATING, UPDATING)

# operation: what becomes of it in each of STATES
TABLE = {
    "CancelKeyDeletion": (NOT_PENDING, NOT_PENDING, NOT_PENDING, OK, OK, *(NOT_PENDING,) * 3),
    "CreateAlias": MANAGEMENT,
    "CreateGrant": (OK, DISABLED, IMPORT, PENDING, REPLICAS, OK, CREATING, OK),
    "Decrypt": CRYPTOGRAPHY,
    "DeleteAlias": ALWAYS,
    "DeleteImportedKeyMaterial": (OK, OK, OK, OK, OK, ORIGIN, CREATING, UPDATING),
    "DescribeKey": ALWAYS,
    "DisableKey": SWITCHING,
    "DisableKeyRotation": ROTATION,
    "EnableKey": SWITCHING,
    "EnableKeyRotation": ROTATION,
    "Encrypt": CRYPTOGRAPHY,
    "GenerateDataKey": CRYPTOGRAPHY,
    "GenerateDataKeyPair": CRYPTOGRAPHY,
    "GenerateDataKeyPairWithoutPlaintext": CRYPTOGRAPHY,
    "GenerateDataKeyWithoutPlaintext": CRYPTOGRAPHY,
    "GenerateMac": CRYPTOGRAPHY,
    "GetKeyLastUsage": ALWAYS,
    "GetKeyPolicy": ALWAYS,
    "GetKeyRotationStatus": (OK, OK, ORIGIN, OK, OK, ORIGIN, OK, OK),
    "GetParametersForImport": IMPORTING,
    "GetPublicKey": (OK, OK, IMPORT, PENDING, REPLICAS, OK, CREATING, OK),
    "ImportKeyMaterial": IMPORTING,
    "ListAliases": ALWAYS,
    "ListGrants": ALWAYS,
    "ListKeyPolicies": ALWAYS,
    "ListKeyRotations": (OK, OK, OK, OK, OK, ORIGIN, OK, OK),
    "ListResourceTags": ALWAYS,
    "PutKeyPolicy": ALWAYS,
    "ReEncrypt": CRYPTOGRAPHY,
    "ReEncrypt to it": CRYPTOGRAPHY,
    "ReplicateKey": ONLY_ENABLED,
    "RetireGrant": ALWAYS,
    "RevokeGrant": ALWAYS,
    "RotateKeyOnDemand": (OK, DISABLED, IMPORT, PENDING, REPLICAS, ORIGIN, CREATING, UPDATING),
    "ScheduleKeyDeletion": (OK, OK, OK, PENDING, REPLICAS, OK, CREATING, UPDATING),
    "Sign": CRYPTOGRAPHY,
    "TagResource": MANAGEMENT,
    "UntagResource": MANAGEMENT,
    "UpdateAlias": MANAGEMENT,
    "UpdateAlias away from it": ALWAYS,
    "UpdateKeyDescription": MANAGEMENT,
    "UpdatePrimaryRegion": ONLY_ENABLED,
    "Verify": CRYPTOGRAPHY,
    "VerifyMac": CRYPTOGRAPHY,
}
# Their key specs came with them, and their states are tested where they are.
ELSEWHERE = {"Decapsulate", "DeriveSharedSecret", "Encapsulate"}
WITHOUT_A_KEY = {"CreateKey", "GenerateRandom", "ListKeys", "ListRetirableGrants"}
IMPORTS = {"DeleteImportedKeyMaterial", "GetParametersForImport", "ImportKeyMaterial"}
MULTI_REGION = {"ReplicateKey", "UpdatePrimaryRegion"}
ORIGINS = {"PendingImport": "EXTERNAL", "Unavailable": "AWS_CLOUDHSM"}


def told(expected: str, arn: str, state: str) -> Refusal:
    """Return the documentation's error for a cell."""
    if expected == DISABLED:
        return is_disabled(arn)
    if expected == ORIGIN:
        return Refusal(
            "UnsupportedOperationException",
            f"{arn} origin is {ORIGINS[state]} which is not valid for this operation.",
        )
    return Refusal("KMSInvalidStateException", f"{arn} {expected}.")


SPECS = {
    "Sign": "ECC_NIST_P256",
    "Verify": "ECC_NIST_P256",
    "GetPublicKey": "ECC_NIST_P256",
    "GenerateMac": "HMAC_256",
    "VerifyMac": "HMAC_256",
}
GRANT = {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Encrypt"]}
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
    if operation in ("RetireGrant", "RevokeGrant"):
        return {"KeyId": arn, "GrantId": kms.create_grant(KeyId=arn, **GRANT)["GrantId"]}
    if operation == "ImportKeyMaterial":
        return importing(kms, arn, bytes(32))
    if operation in MULTI_REGION:
        kms.replicate_key(KeyId=arn, ReplicaRegion="eu-west-1")
        kms.describe_key(KeyId=arn)  # by the next call the replica has been created
        other = "ReplicaRegion" if operation == "ReplicateKey" else "PrimaryRegion"
        return {"KeyId": arn, other: "eu-central-1" if operation == "ReplicateKey" else "eu-west-1"}
    further: dict[str, dict[str, Any]] = {
        "CreateGrant": GRANT,
        "GenerateDataKeyPair": {"KeyPairSpec": "ECC_NIST_P256"},
        "GenerateDataKeyPairWithoutPlaintext": {"KeyPairSpec": "ECC_NIST_P256"},
        "GetParametersForImport": {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
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


def key_for(kms: Any, operation: str) -> str:
    """Return the ARN of an enabled key that `operation` is for."""
    if operation in IMPORTS:
        arn = external_key(kms)
        give(kms, arn, bytes(32))
        return arn
    if operation in MULTI_REGION:
        return str(kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"])
    if operation == "RotateKeyOnDemand":
        return new_key(kms)
    return new_key(kms, SPECS.get(operation, "SYMMETRIC_DEFAULT"))


def bring_into(kms: Any, arn: str, state: str) -> None:
    if state == "Disabled":
        kms.disable_key(KeyId=arn)
    elif state == "PendingDeletion":
        kms.schedule_key_deletion(KeyId=arn)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == state


def put_into(lab: Lab, arn: str, state: str) -> None:
    """Write a state into the lab's tables that no call leads to, or that passes in a moment."""
    tables = lab.cloud.store.tables(KmsTables, ACCOUNT, REGION)
    key = tables.keys.get(arn.rsplit("/", 1)[1])
    assert key is not None
    with lab.cloud.store.transaction:
        tables.keys.put(replace(key, KeyState=state, Origin=ORIGINS.get(state, key.Origin)))


def method_of(kms: Any, operation: str) -> Callable[..., Any]:
    name = operation.split()[0]
    methods = {wire: python for python, wire in kms.meta.method_to_api_mapping.items()}
    found: Callable[..., Any] = getattr(kms, methods[name])
    return found


def test_the_table_has_every_operation_on_a_key() -> None:
    on_keys = {name for name in operations_built("kms") if not name.endswith(("KeyStore", "KeyStores"))}
    assert {row.split()[0] for row in TABLE} | ELSEWHERE >= on_keys - WITHOUT_A_KEY


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("operation", [row for row in TABLE if row.split()[0] in operations_built("kms")])
def test_cell(lab: Lab, kms: Any, operation: str, state: str) -> None:
    arn = key_for(kms, operation)
    parameters = parameters_for(kms, operation, arn)
    if state in ("Enabled", "Disabled") or (state == "PendingDeletion" and operation not in MULTI_REGION):
        bring_into(kms, arn, state)
    else:
        put_into(lab, arn, state)
    expected = TABLE[operation][STATES.index(state)]
    if expected == OK:
        method_of(kms, operation)(**parameters)
    else:
        before = kms_state(lab)
        assert refusal(method_of(kms, operation), **parameters) == told(expected, arn, state)
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
