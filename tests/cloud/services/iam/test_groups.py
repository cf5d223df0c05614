"""Groups and who is in them."""

import re
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import document
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import ACCOUNT, MakeClient

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


def no_group(name: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The group with name {name} cannot be found.", 404)


def no_user(name: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The user with name {name} cannot be found.", 404)


def in_the_way(what: str) -> Refusal:
    return Refusal("DeleteConflict", f"Cannot delete entity, {what} first.", 409)


def test_a_group_from_making_to_deleting(iam: Any) -> None:
    made = iam.create_group(GroupName="staff", Path="/eu/")["Group"]
    assert re.fullmatch(r"AGPA[A-Z2-7]{17}", made["GroupId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/eu/staff"
    assert iam.get_group(GroupName="staff")["Group"] == made
    assert iam.list_groups(PathPrefix="/eu/")["Groups"] == [made]
    assert iam.list_groups(PathPrefix="/us/")["Groups"] == []
    iam.delete_group(GroupName="staff")
    assert refusal(iam.get_group, GroupName="staff") == no_group("staff")


def test_names_are_unique_whatever_their_case(iam: Any) -> None:
    iam.create_group(GroupName="staff")
    iam.create_group(GroupName="guests")
    taken = Refusal("EntityAlreadyExists", "Group with name STAFF already exists.", 409)
    assert refusal(iam.create_group, GroupName="STAFF") == taken
    assert refusal(iam.update_group, GroupName="guests", NewGroupName="STAFF") == taken


def test_users_come_and_go(iam: Any) -> None:
    iam.create_group(GroupName="staff")
    for name in ("carol", "bob"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="staff", UserName=name)
        iam.add_user_to_group(GroupName="staff", UserName=name)

    def users(**more: Any) -> list[str]:
        return [user["UserName"] for user in iam.get_group(GroupName="staff", **more)["Users"]]

    assert users() == ["bob", "carol"]
    assert users(MaxItems=1) == ["bob"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="bob")["Groups"]] == ["staff"]
    iam.remove_user_from_group(GroupName="staff", UserName="bob")
    assert users() == ["carol"]
    assert iam.list_groups_for_user(UserName="bob")["Groups"] == []
    assert refusal(iam.remove_user_from_group, GroupName="staff", UserName="bob") == no_user("bob")


def test_group_and_user_must_be_there(iam: Any) -> None:
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="bob")
    assert refusal(iam.add_user_to_group, GroupName="none", UserName="bob") == no_group("none")
    assert refusal(iam.add_user_to_group, GroupName="staff", UserName="nobody") == no_user("nobody")
    assert refusal(iam.remove_user_from_group, GroupName="staff", UserName="nobody") == no_user("nobody")
    assert refusal(iam.list_groups_for_user, UserName="nobody") == no_user("nobody")


def test_a_user_is_in_ten_groups_at_most(iam: Any) -> None:
    iam.create_user(UserName="bob")
    for number in range(11):
        iam.create_group(GroupName=f"group-{number:02}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"group-{number:02}", UserName="bob")
    quota = Refusal("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10", 409)
    assert refusal(iam.add_user_to_group, GroupName="group-10", UserName="bob") == quota
    assert len(iam.list_groups_for_user(UserName="bob")["Groups"]) == 10


def test_a_renamed_group_keeps_its_users_and_its_id(iam: Any) -> None:
    made = iam.create_group(GroupName="staff")["Group"]
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.update_group(GroupName="staff", NewGroupName="crew", NewPath="/eu/")
    found = iam.get_group(GroupName="crew")
    assert found["Group"]["GroupId"] == made["GroupId"]
    assert found["Group"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/eu/crew"
    assert [user["UserName"] for user in found["Users"]] == ["bob"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="bob")["Groups"]] == ["crew"]
    assert refusal(iam.get_group, GroupName="staff") == no_group("staff")


def test_a_group_is_deleted_only_when_nothing_is_left(iam: Any) -> None:
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.attach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)
    iam.put_group_policy(GroupName="staff", PolicyName="own", PolicyDocument=document("s3:*"))
    assert refusal(iam.delete_group, GroupName="staff") == in_the_way("must remove users from group")
    iam.remove_user_from_group(GroupName="staff", UserName="bob")
    assert refusal(iam.delete_group, GroupName="staff") == in_the_way("must detach all policies")
    iam.detach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)
    assert refusal(iam.delete_group, GroupName="staff") == in_the_way("must delete policies")
    iam.delete_group_policy(GroupName="staff", PolicyName="own")
    iam.delete_group(GroupName="staff")
