"""Broken constraints are told as AWS tells them: all of them, counted, with the path and the value."""

import json
from typing import Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.cloud.protocols import AwsError, HttpRequest, contract

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def _message(service: str, operation: str, **parameters: Any) -> str:
    with pytest.raises(AwsError) as caught:
        contract(service).operations[operation].check(parameters)
    assert caught.value.status == 400
    return f"{caught.value.code}: {caught.value}"


ONE = "ValidationException: 1 validation error detected: "

MESSAGES = [
    (
        "kms",
        "DescribeKey",
        {},
        ONE + "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ),
    (
        "kms",
        "DescribeKey",
        {"KeyId": ""},
        ONE + "Value '' at 'keyId' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    ),
    (
        "kms",
        "DescribeKey",
        {"KeyId": "x" * 2049},
        ONE + f"Value '{'x' * 2049}' at 'keyId' failed to satisfy constraint: "
        "Member must have length less than or equal to 2048",
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": KEY, "Plaintext": b"s3cret" * 1000},
        ONE + "Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096",
    ),
    (
        "kms",
        "Encrypt",
        {},
        "ValidationException: 2 validation errors detected: "
        "Value null at 'keyId' failed to satisfy constraint: Member must not be null; "
        "Value null at 'plaintext' failed to satisfy constraint: Member must not be null",
    ),
    (
        "kms",
        "GenerateDataKey",
        {"KeyId": KEY, "NumberOfBytes": 0},
        ONE + "Value '0' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    ),
    (
        "kms",
        "GenerateDataKey",
        {"KeyId": KEY, "NumberOfBytes": 1025},
        ONE + "Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value less than or equal to 1024",
    ),
    (
        "kms",
        "GenerateDataKey",
        {"KeyId": KEY, "KeySpec": "AES_512"},
        ONE + "Value 'AES_512' at 'keySpec' failed to satisfy constraint: "
        "Member must satisfy enum value set: [AES_256, AES_128]",
    ),
    (
        "kms",
        "TagResource",
        {"KeyId": KEY, "Tags": [{"TagKey": "team", "TagValue": "red"}, {"TagKey": "", "TagValue": "x"}]},
        ONE + "Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    ),
    (
        "kms",
        "TagResource",
        {"KeyId": KEY, "Tags": [None]},
        ONE + "Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null",
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": KEY, "Plaintext": b"x", "GrantTokens": ["fits", ""]},
        ONE
        + "Value '[fits, ]' at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must have length less than or equal to 8192, "
        "Member must have length greater than or equal to 1]",
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": KEY, "Plaintext": b"x", "EncryptionContext": {"team": None}},
        ONE + "Value '{team=null}' at 'encryptionContext' failed to satisfy constraint: "
        "Map value must satisfy constraint: [Member must not be null]",
    ),
    (
        "ssm",
        "RegisterTaskWithMaintenanceWindow",
        {
            "WindowId": "mw-0123456789abcdef0",
            "TaskArn": "a",
            "TaskType": "LAMBDA",
            "TaskParameters": {"name": {"Values": ["x" * 256]}},
        },
        ONE + "Value at 'taskParameters.name.member.values' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 255, "
        "Member must have length greater than or equal to 1]",
    ),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": ""},
        ONE + "Value '' at 'secretId' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    ),
    (
        "secretsmanager",
        "CreateSecret",
        {"Name": "db", "SecretString": "x" * 65537},
        ONE + "Value at 'secretString' failed to satisfy constraint: "
        "Member must have length less than or equal to 65536",
    ),
    (
        "lambda",
        "CreateFunction",
        {
            "FunctionName": "f",
            "Role": "arn:aws:iam::123456789012:role/r",
            "Code": {},
            "Environment": {"Variables": {"1st": "x"}},
        },
        ONE + "Value at 'environment.variables' failed to satisfy constraint: "
        "Map keys must satisfy constraint: "
        "[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    ),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "two words"},
        "ValidationError: 1 validation error detected: Value 'two words' at 'roleSessionName' "
        r"failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
    ),
    (
        "iam",
        "TagUser",
        {"UserName": "ana", "Tags": [{"Key": "agent", "Value": "a, b"}]},
        "ValidationError: 1 validation error detected: Value 'a, b' at 'tags.1.member.value' "
        "failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*",
    ),
    (
        "ec2",
        "CreateVolume",
        {"VolumeType": "gp9", "Size": 1, "AvailabilityZone": "us-east-1a"},
        "InvalidParameterValue: Value (gp9) for parameter VolumeType is invalid.",
    ),
    (
        "ec2",
        "DeleteVolume",
        {},
        "MissingParameter: The request must contain the parameter VolumeId",
    ),
    (
        "s3",
        "PutBucketVersioning",
        {"Bucket": "b", "VersioningConfiguration": {"Status": "suspend"}},
        "MalformedXML: The XML you provided was not well-formed "
        "or did not validate against our published schema",
    ),
    ("s3", "PutObjectAcl", {"Bucket": "b", "Key": "k", "ACL": "secret"}, "InvalidArgument: Invalid Argument"),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "message"), MESSAGES)
def test_message(service: str, operation: str, parameters: dict[str, Any], message: str) -> None:
    assert _message(service, operation, **parameters) == message


@pytest.mark.parametrize("length", [1, 4096])
def test_a_plaintext_may_have_1_to_4096_bytes(length: int) -> None:
    contract("kms").operations["Encrypt"].check({"KeyId": KEY, "Plaintext": b"x" * length})


def test_a_length_counts_characters_not_utf16_units() -> None:
    contract("kms").operations["DescribeKey"].check({"KeyId": "\N{KEY}" * 2048})


def test_a_pattern_must_match_the_whole_value() -> None:
    assert "regular expression" in _message("kms", "CreateAlias", AliasName="alias/a b", TargetKeyId=KEY)


def test_sensitive_values_are_never_shown() -> None:
    parameters = {"KeyId": KEY, "Plaintext": b"s3cret" * 1000, "GrantTokens": ["x"] * 11}
    assert "s3cret" not in _message("kms", "Encrypt", **parameters)
    assert "s3cret" not in _message("secretsmanager", "CreateSecret", Name="", SecretString="s3cret" * 20_000)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5000)
    | st.text(max_size=4)
    | st.sampled_from([KEY, "eA==", "AES_256"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "TagKey", "TagValue"]), inner)
    ),
    max_leaves=4,
)
OPERATIONS = ["Encrypt", "Decrypt", "GenerateDataKey", "TagResource", "CreateGrant"]


@settings(deadline=None)
@given(operation=st.sampled_from(OPERATIONS), data=st.data())
def test_what_passes_has_the_types_that_botocore_asks_for(operation: str, data: st.DataObject) -> None:
    checked = contract("kms").operations[operation]
    shape = checked.model.input_shape
    assert shape is not None
    body = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(shape.members, JSON_VALUES)))
    try:
        parameters = checked.parse(HttpRequest("POST", "https", "kms", "/", body=json.dumps(body).encode()))
        checked.check(parameters)
    except AwsError:
        return
    assert not ParamValidator().validate(parameters, shape).has_errors()
