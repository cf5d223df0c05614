"""Access keys: two a user, the secret told once."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import acting_as, new_user
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import MakeClient


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


def no_key(access_key_id: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The Access Key with id {access_key_id} cannot be found.", 404)


def test_an_access_key_from_making_to_deleting(iam: Any) -> None:
    made = new_user(iam, "bob")
    assert made["Status"] == "Active"
    shown = {name: value for name, value in made.items() if name != "SecretAccessKey"}
    assert iam.list_access_keys(UserName="bob")["AccessKeyMetadata"] == [shown]
    which = {"UserName": "bob", "AccessKeyId": made["AccessKeyId"]}
    iam.update_access_key(**which, Status="Inactive")
    assert iam.list_access_keys(UserName="bob")["AccessKeyMetadata"] == [shown | {"Status": "Inactive"}]
    iam.update_access_key(**which, Status="Active")
    assert acting_as(made, "sts").get_caller_identity()["Arn"].endswith("user/bob")
    iam.delete_access_key(**which)
    assert iam.list_access_keys(UserName="bob")["AccessKeyMetadata"] == []
    assert refusal(iam.delete_access_key, **which) == no_key(made["AccessKeyId"])
    assert refusal(iam.get_access_key_last_used, AccessKeyId=made["AccessKeyId"]) == no_key(
        made["AccessKeyId"]
    )


def test_a_user_has_two_keys_at_most(iam: Any) -> None:
    new_user(iam, "bob")
    second = iam.create_access_key(UserName="bob")["AccessKey"]
    quota = Refusal("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409)
    assert refusal(iam.create_access_key, UserName="bob") == quota
    iam.delete_access_key(UserName="bob", AccessKeyId=second["AccessKeyId"])
    iam.create_access_key(UserName="bob")


def test_another_users_key_is_not_found(iam: Any) -> None:
    keys = new_user(iam, "bob")
    iam.create_user(UserName="carol")
    refused = refusal(
        iam.update_access_key, UserName="carol", AccessKeyId=keys["AccessKeyId"], Status="Inactive"
    )
    assert refused == no_key(keys["AccessKeyId"])


def test_a_key_cannot_be_made_to_expire(iam: Any) -> None:
    keys = new_user(iam, "bob")
    refused = refusal(
        iam.update_access_key, UserName="bob", AccessKeyId=keys["AccessKeyId"], Status="Expired"
    )
    assert refused.code == "InvalidInput"


def test_without_a_name_the_caller_is_meant(iam: Any) -> None:
    bobs = acting_as(new_user(iam, "bob", "iam:*"), "iam")
    second = bobs.create_access_key()["AccessKey"]
    assert second["UserName"] == "bob"
    assert len(bobs.list_access_keys()["AccessKeyMetadata"]) == 2
    bobs.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    bobs.delete_access_key(AccessKeyId=second["AccessKeyId"])
    assert len(bobs.list_access_keys()["AccessKeyMetadata"]) == 1


def test_whose_key_it_is_can_be_asked_in_its_own_account(iam: Any, client: MakeClient) -> None:
    keys = new_user(iam, "bob")
    told = iam.get_access_key_last_used(AccessKeyId=keys["AccessKeyId"])
    assert told["UserName"] == "bob"
    assert told["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    theirs = client("iam", account="444455556666")
    assert refusal(theirs.get_access_key_last_used, AccessKeyId=keys["AccessKeyId"]) == no_key(
        keys["AccessKeyId"]
    )


def test_the_last_use_of_a_key_is_on_record_even_if_it_was_denied(lab: Lab, iam: Any) -> None:
    keys = new_user(iam, "bob")

    def used() -> tuple[str, str, int]:
        told = iam.get_access_key_last_used(AccessKeyId=keys["AccessKeyId"])["AccessKeyLastUsed"]
        return (
            told["ServiceName"],
            told["Region"],
            round((lab.clock.now() - told["LastUsedDate"]).total_seconds()),
        )

    assert refusal(acting_as(keys, "kms", "eu-west-1").list_keys).code == "AccessDeniedException"
    assert used() in (("kms", "eu-west-1", 0), ("kms", "eu-west-1", 1))
    lab.clock.advance(days=1)
    acting_as(keys, "sts").get_caller_identity()
    assert used()[:2] == ("sts", "us-east-1")
