"""Aliases: names that can be moved from key to key of the same kind."""

from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import invalid, new_key, refusal

PREFIX = "arn:aws:kms:us-east-1:123456789012:"


def key_id(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def test_an_alias_stands_for_its_key(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    kms.create_alias(AliasName="alias/a/b_c-1", TargetKeyId=key_id(arn))
    (alias,) = kms.list_aliases()["Aliases"]
    assert alias.pop("CreationDate") == alias.pop("LastUpdatedDate")
    assert alias == {
        "AliasName": "alias/a/b_c-1",
        "AliasArn": f"{PREFIX}alias/a/b_c-1",
        "TargetKeyId": key_id(arn),
    }
    assert kms.describe_key(KeyId="alias/a/b_c-1")["KeyMetadata"]["Arn"] == arn


def test_moving_an_alias_moves_what_is_encrypted_from_then_on(lab: Lab, kms: Any) -> None:
    old, new = new_key(kms), new_key(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=old)
    before = kms.encrypt(KeyId="alias/app", Plaintext=b"before")
    lab.clock.advance(days=1)
    kms.update_alias(AliasName="alias/app", TargetKeyId=new)
    after = kms.encrypt(KeyId="alias/app", Plaintext=b"after")
    assert (before["KeyId"], after["KeyId"]) == (old, new)
    assert kms.decrypt(CiphertextBlob=before["CiphertextBlob"])["Plaintext"] == b"before"
    (alias,) = kms.list_aliases()["Aliases"]
    moved_after = alias["LastUpdatedDate"] - alias["CreationDate"]
    assert timedelta(days=1) <= moved_after < timedelta(days=1, minutes=1)


def test_a_deleted_alias_leaves_its_key_alone(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    kms.create_alias(AliasName="alias/gone", TargetKeyId=arn)
    kms.delete_alias(AliasName="alias/gone")
    assert kms.list_aliases()["Aliases"] == []
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"
    assert refusal(kms.describe_key, KeyId="alias/gone") == (
        "NotFoundException",
        f"Alias {PREFIX}alias/gone is not found.",
        400,
    )


@pytest.mark.parametrize("call", ["delete_alias", "update_alias"])
def test_an_alias_that_does_not_exist_is_not_found(lab: Lab, kms: Any, call: str) -> None:
    parameters = {"AliasName": "alias/none"} | (
        {"TargetKeyId": new_key(kms)} if call == "update_alias" else {}
    )
    assert refusal(getattr(kms, call), **parameters) == (
        "NotFoundException",
        f"Alias {PREFIX}alias/none is not found.",
        400,
    )


def test_a_name_is_given_once(lab: Lab, kms: Any) -> None:
    first, second = new_key(kms), new_key(kms)
    kms.create_alias(AliasName="alias/one", TargetKeyId=first)
    assert refusal(kms.create_alias, AliasName="alias/one", TargetKeyId=second) == (
        "AlreadyExistsException",
        f"An alias with the name {PREFIX}alias/one already exists",
        400,
    )
    assert kms.describe_key(KeyId="alias/one")["KeyMetadata"]["Arn"] == first


@pytest.mark.parametrize("call", ["create_alias", "update_alias", "delete_alias"])
def test_the_names_of_aws_itself_are_not_to_be_had(lab: Lab, kms: Any, call: str) -> None:
    parameters = {} if call == "delete_alias" else {"TargetKeyId": new_key(kms)}
    assert refusal(getattr(kms, call), AliasName="alias/aws/s3", **parameters) == (
        "NotAuthorizedException",
        "",
        400,
    )


@pytest.mark.parametrize("name", ["app", "Alias/app", "/alias/app"])
def test_a_name_begins_with_alias(lab: Lab, kms: Any, name: str) -> None:
    refused = refusal(kms.create_alias, AliasName=name, TargetKeyId=new_key(kms))
    assert refused.code == "ValidationException"
    assert refused.message.startswith('Alias must start with the prefix "alias/".')


@pytest.mark.parametrize("name", ["alias/a b", "alias/ä", "alias/a.b"])
def test_a_name_has_few_characters_to_choose_from(lab: Lab, kms: Any, name: str) -> None:
    assert refusal(kms.create_alias, AliasName=name, TargetKeyId=new_key(kms)) == invalid(
        "aliasName", "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$", f"'{name}'"
    )


@pytest.mark.parametrize("name", ["alias/", "alias/a:b"])
def test_names_that_the_model_lets_pass_are_refused_too(lab: Lab, kms: Any, name: str) -> None:
    assert refusal(kms.create_alias, AliasName=name, TargetKeyId=new_key(kms)).code == "ValidationException"
    assert kms.list_aliases()["Aliases"] == []


def test_an_alias_names_a_key_and_not_an_alias(lab: Lab, kms: Any) -> None:
    kms.create_alias(AliasName="alias/one", TargetKeyId=new_key(kms))
    for target in ("alias/one", f"{PREFIX}alias/one"):
        assert refusal(kms.create_alias, AliasName="alias/two", TargetKeyId=target) == (
            "ValidationException",
            "Aliases must refer to keys. Not aliases",
            400,
        )


@pytest.mark.parametrize(
    ("spec", "usage"), [("ECC_NIST_P256", ""), ("HMAC_256", ""), ("RSA_2048", "ENCRYPT_DECRYPT")]
)
def test_an_alias_stays_with_one_kind_of_key(lab: Lab, kms: Any, spec: str, usage: str) -> None:
    symmetric, other = new_key(kms), new_key(kms, spec, usage)
    kms.create_alias(AliasName="alias/one", TargetKeyId=symmetric)
    assert refusal(kms.update_alias, AliasName="alias/one", TargetKeyId=other).code == "ValidationException"
    assert kms.describe_key(KeyId="alias/one")["KeyMetadata"]["Arn"] == symmetric


def test_an_alias_moves_between_curves_of_one_usage(lab: Lab, kms: Any) -> None:
    old, new = new_key(kms, "ECC_NIST_P256"), new_key(kms, "ECC_NIST_P384")
    kms.create_alias(AliasName="alias/one", TargetKeyId=old)
    kms.update_alias(AliasName="alias/one", TargetKeyId=new)
    assert kms.describe_key(KeyId="alias/one")["KeyMetadata"]["Arn"] == new


def test_a_key_has_50_aliases_at_most(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    for number in range(50):
        kms.create_alias(AliasName=f"alias/{number:02}", TargetKeyId=arn)
    assert refusal(kms.create_alias, AliasName="alias/50", TargetKeyId=arn).code == "LimitExceededException"
    assert len(kms.list_aliases(KeyId=arn)["Aliases"]) == 50


def test_aliases_are_listed_for_a_key_or_for_all_in_pages(lab: Lab, kms: Any) -> None:
    first, second = new_key(kms), new_key(kms)
    for number in range(5):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=second if number == 3 else first)
    paginator = kms.get_paginator("list_aliases")

    def names(**parameters: Any) -> list[list[str]]:
        pages = paginator.paginate(PaginationConfig={"PageSize": 2}, **parameters)
        return [[alias["AliasName"] for alias in page["Aliases"]] for page in pages]

    assert names() == [["alias/0", "alias/1"], ["alias/2", "alias/3"], ["alias/4"]]
    assert names(KeyId=first) == [["alias/0", "alias/1"], ["alias/2", "alias/4"]]
    assert names(KeyId=key_id(second)) == [["alias/3"]]


def test_a_marker_whose_alias_is_gone_is_refused(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    for name in ("alias/0", "alias/1"):
        kms.create_alias(AliasName=name, TargetKeyId=arn)
    marker = kms.list_aliases(KeyId=arn, Limit=1)["NextMarker"]
    kms.delete_alias(AliasName="alias/0")
    assert refusal(kms.list_aliases, KeyId=arn, Limit=1, Marker=marker).code == "InvalidMarkerException"
