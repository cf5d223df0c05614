"""Users: their life, their names, and what stands in the way of deleting them."""

import re
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import acting_as, document, new_role, new_user
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import ACCOUNT, MakeClient

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


def no_user(name: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The user with name {name} cannot be found.", 404)


def taken(name: str) -> Refusal:
    return Refusal("EntityAlreadyExists", f"User with name {name} already exists.", 409)


def in_the_way(what: str) -> Refusal:
    return Refusal("DeleteConflict", f"Cannot delete entity, {what} first.", 409)


def test_a_user_from_making_to_deleting(iam: Any) -> None:
    made = iam.create_user(UserName="bob", Path="/staff/", Tags=[{"Key": "team", "Value": "blue"}])["User"]
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/bob"
    assert made["CreateDate"].microsecond == 0
    assert iam.get_user(UserName="bob")["User"] == made
    listed = iam.list_users()["Users"]
    assert listed == [{name: value for name, value in made.items() if name != "Tags"}]
    iam.delete_user(UserName="bob")
    assert refusal(iam.get_user, UserName="bob") == no_user("bob")
    assert iam.list_users()["Users"] == []


def test_a_user_keeps_the_unique_id_under_another_name(iam: Any) -> None:
    made = iam.create_user(UserName="bob")["User"]
    iam.update_user(UserName="bob", NewUserName="Robert", NewPath="/staff/")
    found = iam.get_user(UserName="Robert")["User"]
    assert found["UserId"] == made["UserId"]
    assert found["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/Robert"
    assert refusal(iam.get_user, UserName="bob") == no_user("bob")
    iam.update_user(UserName="Robert", NewUserName="ROBERT")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["ROBERT"]


def test_a_name_that_xml_cannot_carry_is_refused_all_the_same(iam: Any) -> None:
    assert refusal(iam.create_user, UserName="a\x00b\ufffe").code == "ValidationError"


def test_names_are_unique_whatever_their_case(iam: Any) -> None:
    iam.create_user(UserName="bob")
    iam.create_user(UserName="carol")
    assert refusal(iam.create_user, UserName="Bob") == taken("Bob")
    assert refusal(iam.update_user, UserName="carol", NewUserName="BOB") == taken("BOB")


@pytest.mark.parametrize("operation", ["get_user", "update_user", "delete_user", "list_access_keys"])
def test_who_is_not_there_cannot_be_found(iam: Any, operation: str) -> None:
    assert refusal(getattr(iam, operation), UserName="nobody") == no_user("nobody")


def test_users_are_listed_by_path_and_in_pages(iam: Any) -> None:
    for name, path in (("carol", "/staff/"), ("bob", "/staff/ops/"), ("alice", "/"), ("dan", "/staff/")):
        iam.create_user(UserName=name, Path=path)

    def names(**more: Any) -> list[str]:
        return [user["UserName"] for user in iam.list_users(**more)["Users"]]

    assert names() == ["alice", "bob", "carol", "dan"]
    assert names(PathPrefix="/staff/") == ["bob", "carol", "dan"]
    assert names(PathPrefix="/staff/ops") == ["bob"]
    first = iam.list_users(MaxItems=3)
    assert first["IsTruncated"]
    assert names(Marker=first["Marker"]) == ["dan"]
    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1})
    assert [user["UserName"] for page in pages for user in page["Users"]] == names()
    assert refusal(iam.list_users, Marker="?") == Refusal("ValidationError", "Invalid Marker.")


def test_a_user_is_deleted_only_when_nothing_is_left(iam: Any) -> None:
    keys = new_user(iam, "bob", "kms:*")
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    assert refusal(iam.delete_user, UserName="bob") == in_the_way("must detach all policies")
    iam.detach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    assert refusal(iam.delete_user, UserName="bob") == in_the_way("must delete policies")
    iam.delete_user_policy(UserName="bob", PolicyName="may")
    assert refusal(iam.delete_user, UserName="bob") == in_the_way("must delete access keys")
    iam.delete_access_key(UserName="bob", AccessKeyId=keys["AccessKeyId"])
    assert refusal(iam.delete_user, UserName="bob") == in_the_way("must remove users from group")
    iam.remove_user_from_group(GroupName="staff", UserName="bob")
    iam.delete_user(UserName="bob")


def test_the_administrator_is_found_though_nobody_made_one(iam: Any) -> None:
    own = iam.get_user()["User"]
    assert own["UserName"] == "Administrator"
    assert own["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/Administrator"
    assert iam.get_user(UserName="Administrator")["User"] == own
    attached = iam.list_attached_user_policies(UserName="Administrator")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AdministratorAccess"]
    assert refusal(iam.create_user, UserName="administrator") == taken("administrator")


def test_a_user_may_be_asked_about_itself(iam: Any) -> None:
    keys = new_user(iam, "bob", "iam:GetUser")
    assert acting_as(keys, "iam").get_user()["User"]["UserName"] == "bob"


def test_a_session_has_no_user_to_ask_about(lab: Lab, client: MakeClient, iam: Any) -> None:
    role = new_role(iam, "auditor", "iam:*")
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="alice")["Credentials"]
    wanted = Refusal("ValidationError", "Must specify userName when calling with non-User credentials")
    assert refusal(acting_as(keys, "iam").get_user) == wanted
    assert refusal(acting_as(keys, "iam").create_access_key) == wanted


def test_who_may_not_look_is_not_told_whether_there_is_anybody(iam: Any) -> None:
    keys = new_user(iam, "bob")
    refused = refusal(acting_as(keys, "iam").get_user, UserName="nobody")
    assert refused == Refusal(
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: iam:GetUser on resource: "
        f"arn:aws:iam::{ACCOUNT}:user/nobody because no identity-based policy allows the iam:GetUser action",
        403,
    )


def test_a_policy_on_one_user_covers_that_user_alone(iam: Any) -> None:
    iam.create_user(UserName="carol", Path="/staff/")
    iam.create_user(UserName="dan")
    keys = new_user(iam, "bob")
    own = document("iam:GetUser", resource=f"arn:aws:iam::{ACCOUNT}:user/staff/*")
    iam.put_user_policy(UserName="bob", PolicyName="staff", PolicyDocument=own)
    asking = acting_as(keys, "iam")
    assert asking.get_user(UserName="carol")["User"]["Path"] == "/staff/"
    assert refusal(asking.get_user, UserName="dan").code == "AccessDenied"


def test_every_region_sees_the_same_users_and_every_account_its_own(
    lab: Lab, client: MakeClient, iam: Any
) -> None:
    iam.create_user(UserName="bob")
    assert client("iam", "eu-west-1").get_user(UserName="bob")["User"]["UserName"] == "bob"
    assert refusal(client("iam", account="444455556666").get_user, UserName="bob") == no_user("bob")
