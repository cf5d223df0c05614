"""The table of condition keys: what is asked, which value of the condition allows it and which does not."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.cloud.services.kms.people import key_policy, root
from tests.conftest import ACCOUNT, REGION

OTHER = "111122223333"
SOURCE = f"arn:aws:s3:us-east-1:{ACCOUNT}:bucket/photos"
GRANT = {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Encrypt", "Decrypt"]}
MESSAGE = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
MAC = {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
CONTEXT = {"EncryptionContext": {"Department": "IT", "Purpose": "Test"}}
TAGS = {"Tags": [{"TagKey": "team", "TagValue": "blue"}]}
KEY = {"KeyId": "the key"}
CLEAR = {**KEY, "Plaintext": b"x"}
SPECS = {"Sign": "ECC_NIST_P256", "Verify": "ECC_NIST_P256", "GenerateMac": "HMAC_256"}


class Row(NamedTuple):
    """`action` may be asked for only while `key` is `good`; while it were `bad`, not. "the key" in the
    parameters stands for a key made for it."""

    key: str
    action: str
    parameters: dict[str, Any]
    good: str | list[str]
    bad: str | list[str]
    operator: str = "StringEquals"

    def __repr__(self) -> str:
        return f"{self.key} {self.action} {self.good}"


SCHEDULE = "kms:ScheduleKeyDeletionPendingWindowInDays"
ANY, ALL = "ForAnyValue:StringEquals", "ForAllValues:StringEquals"

THROUGH_CLIENTS = [
    Row("kms:BypassPolicyLockoutSafetyCheck", "CreateKey", {}, "false", "true", "Bool"),
    Row(
        "kms:BypassPolicyLockoutSafetyCheck",
        "PutKeyPolicy",
        {**KEY, "Policy": key_policy(), "BypassPolicyLockoutSafetyCheck": True},
        "true",
        "false",
        "Bool",
    ),
    Row("kms:CallerAccount", "Encrypt", CLEAR, ACCOUNT, OTHER),
    Row("kms:CallerAccount", "ListKeys", {}, ACCOUNT, OTHER),
    Row("kms:CustomerMasterKeySpec", "Encrypt", CLEAR, "SYMMETRIC_DEFAULT", "RSA_2048"),
    Row("kms:CustomerMasterKeyUsage", "Encrypt", CLEAR, "ENCRYPT_DECRYPT", "SIGN_VERIFY"),
    Row("kms:EncryptionAlgorithm", "Encrypt", CLEAR, "SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"),
    Row("kms:EncryptionAlgorithm", "GenerateDataKey", {**KEY, "NumberOfBytes": 8}, "SYMMETRIC_DEFAULT", "x"),
    Row("kms:EncryptionContext:Department", "Encrypt", {**CLEAR, **CONTEXT}, "IT", "HR"),
    Row("kms:EncryptionContext:department", "Encrypt", {**CLEAR, **CONTEXT}, "IT", "it"),
    Row("kms:EncryptionContext:Department", "Encrypt", CLEAR, "true", "false", "Null"),
    Row(
        "kms:EncryptionContext:Department",
        "CreateGrant",
        {**KEY, **GRANT, "Constraints": {"EncryptionContextSubset": {"Department": "IT"}}},
        "IT",
        "HR",
    ),
    Row("kms:EncryptionContextKeys", "Encrypt", {**CLEAR, **CONTEXT}, "Purpose", "Owner", ANY),
    Row("kms:EncryptionContextKeys", "Encrypt", {**CLEAR, **CONTEXT}, ["Department", "Purpose"], "x", ALL),
    Row(
        "kms:GrantConstraintType",
        "CreateGrant",
        {**KEY, **GRANT, "Constraints": {"EncryptionContextEquals": {"a": "b"}}},
        "EncryptionContextEquals",
        "EncryptionContextSubset",
    ),
    Row("kms:GrantConstraintType", "CreateGrant", {**KEY, **GRANT}, "true", "false", "Null"),
    Row(
        "kms:GrantConstraintSourceArn",
        "CreateGrant",
        {**KEY, **GRANT, "Constraints": {"SourceArn": SOURCE}},
        SOURCE,
        SOURCE + "s",
        "ArnEquals",
    ),
    Row("kms:GrantIsForAWSResource", "CreateGrant", {**KEY, **GRANT}, "false", "true", "Bool"),
    Row("kms:GrantIsForAWSResource", "ListGrants", KEY, "false", "true", "Bool"),
    Row("kms:GrantOperations", "CreateGrant", {**KEY, **GRANT}, ["Encrypt", "Decrypt"], "Encrypt", ALL),
    Row("kms:GranteePrincipal", "CreateGrant", {**KEY, **GRANT}, root(), root(OTHER)),
    Row(
        "kms:GranteeServicePrincipal",
        "CreateGrant",
        {
            **KEY,
            "Operations": ["Encrypt"],
            "GranteeServicePrincipal": "s3.amazonaws.com",
            "RetiringServicePrincipal": "s3.amazonaws.com",
            "Constraints": {"SourceArn": SOURCE},
        },
        "s3.amazonaws.com",
        "ec2.amazonaws.com",
    ),
    Row(
        "kms:RetiringServicePrincipal",
        "CreateGrant",
        {**KEY, **GRANT, "RetiringServicePrincipal": "s3.amazonaws.com"},
        "s3.amazonaws.com",
        "ec2.amazonaws.com",
    ),
    Row(
        "kms:RetiringPrincipal",
        "CreateGrant",
        {**KEY, **GRANT, "RetiringPrincipal": root(OTHER)},
        root(OTHER),
        root(),
    ),
    Row("kms:KeyOrigin", "Encrypt", CLEAR, "AWS_KMS", "EXTERNAL"),
    Row("kms:KeyOrigin", "CreateKey", {}, "AWS_KMS", "EXTERNAL"),
    Row("kms:KeySpec", "GenerateMac", {**KEY, **MAC}, "HMAC_256", "HMAC_512"),
    Row("kms:KeySpec", "CreateKey", {}, "SYMMETRIC_DEFAULT", "RSA_4096"),
    Row(
        "kms:KeySpec",
        "CreateKey",
        {"KeySpec": "HMAC_512", "KeyUsage": "GENERATE_VERIFY_MAC"},
        "HMAC_512",
        "HMAC_256",
    ),
    Row("kms:KeyUsage", "Sign", {**KEY, **MESSAGE}, "SIGN_VERIFY", "ENCRYPT_DECRYPT"),
    Row("kms:KeyUsage", "CreateKey", {}, "ENCRYPT_DECRYPT", "SIGN_VERIFY"),
    Row("kms:MacAlgorithm", "GenerateMac", {**KEY, **MAC}, "HMAC_SHA_256", "HMAC_SHA_512"),
    Row("kms:MessageType", "Sign", {**KEY, **MESSAGE}, "RAW", "DIGEST"),
    Row(
        "kms:MessageType",
        "Sign",
        {**KEY, **MESSAGE, "Message": b"d" * 32, "MessageType": "DIGEST"},
        "DIGEST",
        "RAW",
    ),
    Row("kms:MultiRegion", "Encrypt", CLEAR, "false", "true", "Bool"),
    Row("kms:MultiRegion", "CreateKey", {"MultiRegion": True}, "true", "false", "Bool"),
    Row("kms:MultiRegionKeyType", "CreateKey", {"MultiRegion": True}, "PRIMARY", "REPLICA"),
    Row("kms:MultiRegionKeyType", "Encrypt", CLEAR, "true", "false", "Null"),
    Row("kms:RequestAlias", "Encrypt", {**CLEAR, "KeyId": "alias/app"}, "alias/app", "alias/other"),
    Row(
        "kms:RequestAlias",
        "Encrypt",
        {**CLEAR, "KeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/app"},
        "alias/app",
        "alias/other",
    ),
    Row("kms:RequestAlias", "Encrypt", CLEAR, "true", "false", "Null"),
    Row("kms:ResourceAliases", "Encrypt", CLEAR, "alias/ap*", "alias/other", "ForAnyValue:StringLike"),
    Row("kms:RotationPeriodInDays", "EnableKeyRotation", KEY, "365", "90", "NumericEquals"),
    Row(
        "kms:RotationPeriodInDays",
        "EnableKeyRotation",
        {**KEY, "RotationPeriodInDays": 90},
        "180",
        "89",
        "NumericLessThanEquals",
    ),
    Row(SCHEDULE, "ScheduleKeyDeletion", KEY, "30", "7", "NumericEquals"),
    Row(SCHEDULE, "ScheduleKeyDeletion", {**KEY, "PendingWindowInDays": 7}, "7", "8", "NumericEquals"),
    Row("kms:SigningAlgorithm", "Sign", {**KEY, **MESSAGE}, "ECDSA_SHA_256", "ECDSA_SHA_384"),
    Row("aws:ResourceTag/team", "Encrypt", CLEAR, "blue", "red"),
    Row("aws:RequestTag/team", "TagResource", {**KEY, **TAGS}, "blue", "red"),
    Row("aws:TagKeys", "TagResource", {**KEY, **TAGS}, "team", "cost", ALL),
    Row("aws:TagKeys", "UntagResource", {**KEY, "TagKeys": ["team"]}, "team", "cost", ALL),
]

DOCUMENT = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
DERIVE = {**KEY, "KeyAgreementAlgorithm": "ECDH", "PublicKey": b"x"}
PAIR = {**KEY, "KeyPairSpec": "ECC_NIST_P256"}
IMPORT = {**KEY, "EncryptedKeyMaterial": b"x", "ImportToken": b"x"}
WRAP = {**KEY, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
LATER = datetime(2030, 1, 1, tzinfo=UTC)

# What needs more than a key to be done through a client is asked of the policies only.
OF_POLICIES = [
    Row("kms:DataKeyPairSpec", "GenerateDataKeyPair", PAIR, "ECC_NIST_P256", "RSA_2048"),
    Row("kms:EncryptionAlgorithm", "GenerateDataKeyPair", PAIR, "SYMMETRIC_DEFAULT", "SM2PKE"),
    Row("kms:ExpirationModel", "ImportKeyMaterial", IMPORT, "KEY_MATERIAL_EXPIRES", "x"),
    Row(
        "kms:ExpirationModel",
        "ImportKeyMaterial",
        {**IMPORT, "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"},
        "KEY_MATERIAL_DOES_NOT_EXPIRE",
        "KEY_MATERIAL_EXPIRES",
    ),
    Row("kms:KeyAgreementAlgorithm", "DeriveSharedSecret", DERIVE, "ECDH", "x"),
    Row(
        "kms:ValidTo",
        "ImportKeyMaterial",
        {**IMPORT, "ValidTo": LATER},
        "2030-06-01T00:00:00Z",
        "2029-06-01T00:00:00Z",
        "DateLessThan",
    ),
    Row("kms:WrappingAlgorithm", "GetParametersForImport", WRAP, "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP"),
    Row("kms:WrappingKeySpec", "GetParametersForImport", WRAP, "RSA_2048", "RSA_4096"),
    Row("kms:PrimaryRegion", "UpdatePrimaryRegion", {**KEY, "PrimaryRegion": "eu-west-1"}, "eu-west-1", "x"),
    Row("kms:ReplicaRegion", "ReplicateKey", {**KEY, "ReplicaRegion": "eu-west-1"}, "eu-west-1", "x"),
    Row("kms:SigningAlgorithm", "Verify", {**KEY, **MESSAGE, "Signature": b"x"}, "ECDSA_SHA_256", "x"),
]
