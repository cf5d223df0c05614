"""KeyMetadata: what AWS tells of a key. Source: KMS API Reference, "KeyMetadata"."""

from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.kms.key_specs import (
    ENCAPSULATE_DECAPSULATE,
    ENCRYPT_DECRYPT,
    GENERATE_VERIFY_MAC,
    KEY_AGREEMENT,
    KEY_SPECS,
    SIGN_VERIFY,
)
from labkit.cloud.services.kms.key_states import ENABLED
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.service import key_account, key_region

ALGORITHM_LISTS = {
    ENCRYPT_DECRYPT: "EncryptionAlgorithms",
    SIGN_VERIFY: "SigningAlgorithms",
    GENERATE_VERIFY_MAC: "MacAlgorithms",
    KEY_AGREEMENT: "KeyAgreementAlgorithms",
    ENCAPSULATE_DECAPSULATE: "EncapsulationAlgorithms",
}

# Told of the keys that have them, and of no others.
WHERE_SET = (
    "DeletionDate",
    "PendingDeletionWindowInDays",
    "ExpirationModel",
    "ValidTo",
    "CustomKeyStoreId",
    "CloudHsmClusterId",
)


def key_metadata(key: Key, related: Sequence[Key] = ()) -> dict[str, Any]:
    """The KeyMetadata of a key, as DescribeKey and CreateKey answer it.

    `related` are all the keys that a multi-Region key belongs with, itself included.
    """
    told: dict[str, Any] = {
        "AWSAccountId": key_account(key),
        "KeyId": key.KeyId,
        "Arn": key.Arn,
        "CreationDate": key.CreationDate,
        "Enabled": key.KeyState == ENABLED,
        "Description": key.Description,
        "KeyUsage": key.KeyUsage,
        "KeyState": key.KeyState,
        "Origin": key.Origin,
        "KeyManager": key.KeyManager,
        "CustomerMasterKeySpec": key.KeySpec,
        "KeySpec": key.KeySpec,
        "MultiRegion": key.PrimaryRegion is not None,
        **algorithms(key),
    }
    told |= {name: value for name in WHERE_SET if (value := getattr(key, name)) is not None}
    if key.PrimaryRegion:
        told["MultiRegionConfiguration"] = _configuration(key, related)
    if key.XksKeyId:
        told["XksKeyConfiguration"] = {"Id": key.XksKeyId}
    if key.KeySpec == "SYMMETRIC_DEFAULT" and key.CurrentKeyMaterialId and not key.CustomKeyStoreId:
        told["CurrentKeyMaterialId"] = key.CurrentKeyMaterialId
    return told


def _configuration(key: Key, related: Sequence[Key]) -> dict[str, Any]:
    primary = key_region(key) == key.PrimaryRegion
    named = [{"Arn": one.Arn, "Region": key_region(one)} for one in related]
    return {
        "MultiRegionKeyType": "PRIMARY" if primary else "REPLICA",
        "PrimaryKey": next((one for one in named if one["Region"] == key.PrimaryRegion), {}),
        "ReplicaKeys": [one for one in named if one["Region"] != key.PrimaryRegion],
    }


def algorithms(key: Key) -> dict[str, list[str]]:
    """The one list of algorithms that a key of this usage has, under the name that AWS gives it."""
    return {ALGORITHM_LISTS[key.KeyUsage]: list(KEY_SPECS[key.KeySpec].algorithms[key.KeyUsage])}
