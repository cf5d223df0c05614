"""Whatever the service models call a secret, and some things that they do not, stays out of the audit log."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import Shape

from labkit.cloud.gateway.redaction import redactor
from labkit.cloud.protocols import contract

SECRETS = {
    "CiphertextBlob",
    "EncryptedKeyMaterial",
    "GrantToken",
    "ImportToken",
    "KeyStorePassword",
    "Mac",
    "Password",
    "Plaintext",
    "PrivateKeyCiphertextBlob",
    "PrivateKeyPlaintext",
    "RawSecretAccessKey",
    "SecretAccessKey",
    "SessionToken",
    "SharedSecret",
    "Signature",
    "TrustAnchorCertificate",
}
MARK = "a secret of this test"


def filled(shape: Shape, name: str = "", depth: int = 0) -> Any:
    """A value of `shape` with every member set; texts hold their member's name, secret ones a mark."""
    kind: Any = shape
    if shape.type_name == "structure":
        members = kind.members.items() if depth < 5 else ()
        return {member: filled(inner, member, depth + 1) for member, inner in members}
    if shape.type_name == "list":
        return [filled(kind.member, name, depth + 1)]
    if shape.type_name == "map":
        return {"key": filled(kind.value, name, depth + 1)}
    if shape.type_name == "blob":
        return MARK.encode()
    if shape.type_name == "string":
        return MARK if name in SECRETS or shape.metadata.get("sensitive") else name
    return {"timestamp": datetime(2022, 8, 10, 22, 38, 27, tzinfo=UTC), "boolean": True}.get(
        shape.type_name, 1
    )


@pytest.mark.parametrize("service", ["kms", "iam", "sts", "cloudtrail"])
def test_no_operation_shows_a_secret(service: str) -> None:
    model = contract(service).model
    shown = set()
    for name in model.operation_names:
        operation = model.operation_model(name)
        for shape in (operation.input_shape, operation.output_shape):
            if shape is not None:
                text = json.dumps(redactor(shape)(filled(shape)))
                assert MARK not in text, name
                shown.add(len(text) > 2)
    assert True in shown


def test_members_are_spelt_and_dates_are_written_as_in_aws_s_examples() -> None:
    shape = contract("kms").model.operation_model("CreateKey").output_shape
    made = {
        "KeyMetadata": {
            "AWSAccountId": "123456789012",
            "KeyId": "k",
            "CreationDate": datetime(2022, 8, 10, 22, 38, 7, tzinfo=UTC),
            "MacAlgorithms": ["HMAC_SHA_256"],
            "MultiRegionConfiguration": {"PrimaryKey": {"Arn": "a", "Region": "r"}},
            "Description": None,
        }
    }
    assert redactor(shape)(made) == {
        "keyMetadata": {
            "AWSAccountId": "123456789012",
            "keyId": "k",
            "creationDate": "Aug 10, 2022, 10:38:07 PM",
            "macAlgorithms": ["HMAC_SHA_256"],
            "multiRegionConfiguration": {"primaryKey": {"arn": "a", "region": "r"}},
        }
    }


def test_a_default_is_shown_where_nothing_was_asked_for() -> None:
    show = redactor(contract("kms").model.operation_model("Sign").input_shape, {"MessageType": "RAW"})
    assert show({"KeyId": "k"}) == {"messageType": "RAW", "keyId": "k"}
    assert show({"KeyId": "k", "MessageType": "DIGEST"}) == {"messageType": "DIGEST", "keyId": "k"}


def test_a_key_store_s_cluster_has_the_name_of_the_documentation_s_example() -> None:
    show = redactor(contract("kms").model.operation_model("CreateCustomKeyStore").input_shape)
    asked = {"CustomKeyStoreName": "n", "CloudHsmClusterId": "cluster-1", "TrustAnchorCertificate": "t"}
    assert show(asked) == {"customKeyStoreName": "n", "clusterId": "cluster-1"}
