"""KeyMetadata: what AWS tells of a key. Source: KMS API Reference, "KeyMetadata"."""

from typing import Any

from labkit.cloud.services.kms.key_specs import ENCRYPT_DECRYPT, GENERATE_VERIFY_MAC, KEY_SPECS, SIGN_VERIFY
from labkit.cloud.services.kms.key_states import ENABLED
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.service import key_account

ALGORITHM_LISTS = {
    ENCRYPT_DECRYPT: "EncryptionAlgorithms",
    SIGN_VERIFY: "SigningAlgorithms",
    GENERATE_VERIFY_MAC: "MacAlgorithms",
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


def key_metadata(key: Key) -> dict[str, Any]:
    """The KeyMetadata of a key, as DescribeKey and CreateKey answer it."""
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
    if key.KeySpec == "SYMMETRIC_DEFAULT":
        told["CurrentKeyMaterialId"] = key.CurrentKeyMaterialId
    return told


def algorithms(key: Key) -> dict[str, list[str]]:
    """The one list of algorithms that a key of this usage has, under the name that AWS gives it."""
    return {ALGORITHM_LISTS[key.KeyUsage]: list(KEY_SPECS[key.KeySpec].algorithms[key.KeyUsage])}
