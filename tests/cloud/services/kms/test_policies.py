"""Key policies: kept letter by letter, and obeyed."""

import json
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import invalid, kms_state, new_key, refusal
from tests.conftest import MakeClient

USER = "arn:aws:iam::123456789012:user/Administrator"
ROOT = "arn:aws:iam::123456789012:root"
LOCKED_OUT = (
    "MalformedPolicyDocumentException",
    "The new key policy will not allow you to update the key policy in the future.",
    400,
)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


def statement(
    effect: str, action: str | list[str], principal: str = ROOT, resource: str = "*"
) -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": resource}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def denied(action: str, arn: str, reason: str) -> tuple[str, str, int]:
    message = f"User: {USER} is not authorized to perform: kms:{action} on resource: {arn} {reason}"
    return "AccessDeniedException", message, 400


def test_the_default_policy_is_kms_own_text(key: str, kms: Any) -> None:
    told = kms.get_key_policy(KeyId=key)
    assert told["PolicyName"] == "default"
    assert told["Policy"].splitlines()[:4] == [
        "{",
        '  "Version" : "2012-10-17",',
        '  "Id" : "key-default-1",',
        '  "Statement" : [ {',
    ]
    (only,) = json.loads(told["Policy"])["Statement"]
    assert only == {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": "kms:*",
        "Resource": "*",
    }


def test_the_default_policy_names_the_partition(lab: Lab, client: MakeClient) -> None:
    kms = client("kms", "cn-north-1")
    assert "arn:aws-cn:iam::123456789012:root" in kms.get_key_policy(KeyId=new_key(kms))["Policy"]


@pytest.mark.parametrize("layout", [{}, {"indent": 7}, {"separators": (" ,", " :\t")}])
def test_a_policy_comes_back_as_it_was_put(key: str, kms: Any, layout: dict[str, Any]) -> None:
    text = json.dumps(json.loads(policy(statement("Allow", "kms:*"))), **layout) + "\r\n  "
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=text)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == text
    made = kms.create_key(Policy=text)["KeyMetadata"]["KeyId"]
    assert kms.get_key_policy(KeyId=made)["Policy"] == text


def test_a_key_has_one_policy_and_its_name_is_default(key: str, kms: Any) -> None:
    told = kms.list_key_policies(KeyId=key)
    assert (told["PolicyNames"], told["Truncated"]) == (["default"], False)
    nothing = ("NotFoundException", "No such policy exists", 400)
    assert refusal(kms.get_key_policy, KeyId=key, PolicyName="other") == nothing
    text = policy(statement("Allow", "kms:*"))
    assert refusal(kms.put_key_policy, KeyId=key, PolicyName="other", Policy=text) == nothing


@pytest.mark.parametrize(
    "text",
    [
        "my policy",
        "{}",
        "[]",
        "null",
        '"Statement"',
        "5",
        "[" * 5000,
        '{"Statement": 5}',
        '{"Statement": []}',
        '{"Statement": ["Allow"]}',
        '{"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}',
        '{"Statement": [{"Effect": "Perhaps", "Principal": "*", "Action": "kms:*"}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Resource": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": 5}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["kms:*", {}]}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": [1]}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}, 5]}',
    ],
)
def test_what_is_no_policy_is_malformed(key: str, kms: Any, lab: Lab, text: str) -> None:
    before = kms_state(lab)
    assert refusal(kms.put_key_policy, KeyId=key, Policy=text).code == "MalformedPolicyDocumentException"
    assert refusal(kms.create_key, Policy=text).code == "MalformedPolicyDocumentException"
    assert kms_state(lab) == before


def test_a_policy_has_few_characters_to_choose_from(key: str, kms: Any) -> None:
    refused = refusal(kms.put_key_policy, KeyId=key, Policy="{\u2028}")
    assert refused.code == "ValidationException"
    assert (
        "at 'policy' failed to satisfy constraint: Member must satisfy regular expression" in refused.message
    )
    assert refusal(kms.put_key_policy, KeyId=key, Policy="").code == "ValidationException"
    assert refusal(kms.put_key_policy, KeyId=key) == invalid("policy", "Member must not be null", "null")


# --- the safety check


@pytest.mark.parametrize(
    "text",
    [
        policy(statement("Allow", "kms:Encrypt")),
        policy(statement("Allow", "kms:*", "arn:aws:iam::111122223333:root")),
        policy(statement("Allow", "kms:*"), statement("Deny", "kms:Put*")),
        policy(statement("Deny", "kms:*", "*")),
    ],
)
def test_a_policy_that_shuts_its_author_out_is_refused(key: str, kms: Any, lab: Lab, text: str) -> None:
    before = kms_state(lab)
    assert refusal(kms.put_key_policy, KeyId=key, Policy=text) == LOCKED_OUT
    assert refusal(kms.create_key, Policy=text) == LOCKED_OUT
    assert kms_state(lab) == before


def test_the_safety_check_can_be_bypassed(key: str, kms: Any) -> None:
    text = policy(statement("Deny", "kms:*", "*"))
    made = kms.create_key(Policy=text, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    kms.put_key_policy(KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    for arn in (key, made):
        for call in (kms.get_key_policy, kms.describe_key, kms.schedule_key_deletion):
            assert refusal(call, KeyId=arn).code == "AccessDeniedException"
        asked = {"KeyId": arn, "Policy": policy(statement("Allow", "kms:*"))}
        assert refusal(kms.put_key_policy, **asked).code == "AccessDeniedException"


# --- obeyed


def test_an_explicit_deny_is_told_as_one(key: str, kms: Any) -> None:
    kms.put_key_policy(
        KeyId=key, Policy=policy(statement("Allow", "kms:*"), statement("Deny", "kms:Encrypt", "*"))
    )
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == denied(
        "Encrypt", key, "with an explicit deny in a resource-based policy"
    )
    assert kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyId"] == key


def test_what_no_statement_allows_is_denied(key: str, kms: Any) -> None:
    kms.put_key_policy(KeyId=key, Policy=policy(statement("Allow", ["kms:Put*", "kms:Decrypt"])))
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == denied(
        "Encrypt", key, "because no resource-based policy allows the kms:Encrypt action"
    )
    assert refusal(kms.describe_key, KeyId=key) == denied(
        "DescribeKey", key, "because no resource-based policy allows the kms:DescribeKey action"
    )


def test_decrypt_asks_the_key_that_the_ciphertext_names(key: str, kms: Any) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.put_key_policy(
        KeyId=key, Policy=policy(statement("Allow", "kms:*"), statement("Deny", "kms:Decrypt", "*"))
    )
    assert refusal(kms.decrypt, CiphertextBlob=blob) == denied(
        "Decrypt", key, "with an explicit deny in a resource-based policy"
    )


@pytest.mark.parametrize(
    ("action", "asked_of"), [("ReEncryptFrom", "source"), ("ReEncryptTo", "destination")]
)
def test_re_encryption_asks_both_keys(lab: Lab, kms: Any, action: str, asked_of: str) -> None:
    keys = {"source": new_key(kms), "destination": new_key(kms)}
    blob = kms.encrypt(KeyId=keys["source"], Plaintext=b"x")["CiphertextBlob"]
    kms.put_key_policy(
        KeyId=keys[asked_of],
        Policy=policy(statement("Allow", "kms:*"), statement("Deny", f"kms:{action}", "*")),
    )
    refused = refusal(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=keys["destination"])
    assert refused == denied(action, keys[asked_of], "with an explicit deny in a resource-based policy")


@pytest.mark.parametrize("operation", ["create_alias", "update_alias", "delete_alias"])
def test_an_alias_needs_leave_of_its_key(key: str, kms: Any, operation: str) -> None:
    other = new_key(kms)
    kms.create_alias(AliasName="alias/old", TargetKeyId=key)
    kms.put_key_policy(
        KeyId=key, Policy=policy(statement("Allow", "kms:*"), statement("Deny", "kms:*Alias", "*"))
    )
    parameters = {
        "create_alias": {"AliasName": "alias/new", "TargetKeyId": key},
        "update_alias": {"AliasName": "alias/old", "TargetKeyId": other},
        "delete_alias": {"AliasName": "alias/old"},
    }
    assert refusal(getattr(kms, operation), **parameters[operation]).code == "AccessDeniedException"
    assert [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]] == ["alias/old"]


def test_permission_comes_before_the_state_of_the_key(key: str, kms: Any) -> None:
    kms.put_key_policy(
        KeyId=key, Policy=policy(statement("Allow", "kms:*"), statement("Deny", "kms:Encrypt", "*"))
    )
    kms.disable_key(KeyId=key)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x").code == "AccessDeniedException"
