"""Tags of users, roles and policies."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import acting_as, document, new_role, new_user, trust
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import ACCOUNT, MakeClient

POLICY = f"arn:aws:iam::{ACCOUNT}:policy/bob"
NAMES = {"user": {"UserName": "bob"}, "role": {"RoleName": "bob"}, "policy": {"PolicyArn": POLICY}}


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    made = client("iam")
    made.create_user(UserName="bob")
    new_role(made, "bob")
    made.create_policy(PolicyName="bob", PolicyDocument=document("kms:*"))
    return made


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in pairs.items()]


@pytest.mark.parametrize("kind", NAMES)
def test_tags_are_added_changed_listed_and_removed(iam: Any, kind: str) -> None:
    name = NAMES[kind]
    tag, untag = getattr(iam, f"tag_{kind}"), getattr(iam, f"untag_{kind}")
    listed = getattr(iam, f"list_{kind}_tags")
    tag(**name, Tags=tags(team="blue", cost="1"))
    tag(**name, Tags=tags(Team="red"))
    assert listed(**name)["Tags"] == tags(Team="red", cost="1")
    assert listed(**name, MaxItems=1)["IsTruncated"]
    untag(**name, TagKeys=["COST", "none"])
    assert listed(**name)["Tags"] == tags(Team="red")


def test_a_tag_comes_once_whatever_its_case(iam: Any) -> None:
    text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    twice = Refusal("InvalidInput", text)
    assert refusal(iam.tag_user, UserName="bob", Tags=tags(team="a", TEAM="b")) == twice
    assert refusal(iam.create_user, UserName="carol", Tags=tags(team="a", TEAM="b")) == twice


def test_there_are_fifty_tags_at_most_and_none_of_amazons(iam: Any) -> None:
    iam.tag_user(UserName="bob", Tags=tags(**{f"tag{number}": "" for number in range(50)}))
    refused = refusal(iam.tag_user, UserName="bob", Tags=tags(one="more"))
    assert (refused.code, refused.status) == ("LimitExceeded", 409)
    reserved = refusal(iam.tag_role, RoleName="bob", Tags=[{"Key": "aws:team", "Value": ""}])
    assert reserved.code == "InvalidInput"


def test_policies_can_ask_for_tags_of_the_request_and_of_the_user(iam: Any) -> None:
    keys = new_user(iam, "carol")
    condition = {
        "StringEquals": {"aws:RequestTag/team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    only_blue = document("iam:CreateUser", "iam:TagUser", Condition=condition)
    iam.put_user_policy(UserName="carol", PolicyName="blue", PolicyDocument=only_blue)
    on_blue = document("iam:GetUser", Condition={"StringEquals": {"iam:ResourceTag/team": "blue"}})
    iam.put_user_policy(UserName="carol", PolicyName="on-blue", PolicyDocument=on_blue)
    carols = acting_as(keys, "iam")
    carols.create_user(UserName="dan", Tags=tags(team="blue"))
    assert carols.get_user(UserName="dan")["User"]["Tags"] == tags(team="blue")
    for wrong in (tags(team="red"), tags(team="blue", cost="1"), []):
        assert refusal(carols.create_user, UserName="eve", Tags=wrong).code == "AccessDenied"
    assert refusal(carols.get_user, UserName="bob").code == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "action", "parameters"),
    [
        ("create_user", "User", {"UserName": "dan"}),
        ("create_role", "Role", {"RoleName": "dan", "AssumeRolePolicyDocument": trust({"AWS": "*"})}),
        ("create_policy", "Policy", {"PolicyName": "dan", "PolicyDocument": document("kms:*")}),
    ],
)
def test_making_something_with_tags_needs_the_permission_to_tag(
    iam: Any, operation: str, action: str, parameters: dict[str, Any]
) -> None:
    carols = acting_as(new_user(iam, "carol", f"iam:Create{action}"), "iam")
    refused = refusal(getattr(carols, operation), Tags=tags(team="blue"), **parameters)
    assert refused.code == "AccessDenied"
    assert f"is not authorized to perform: iam:Tag{action} on" in refused.message
    getattr(carols, operation)(**parameters)


def test_policies_can_say_which_policy_may_be_attached_and_which_boundary_must_be_set(iam: Any) -> None:
    keys = new_user(iam, "carol")
    attach = document("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": POLICY}})
    iam.put_user_policy(UserName="carol", PolicyName="attach", PolicyDocument=attach)
    bounded = {"StringEquals": {"iam:PermissionsBoundary": POLICY}}
    create = document("iam:CreateUser", "iam:PutUserPolicy", Condition=bounded)
    iam.put_user_policy(UserName="carol", PolicyName="create", PolicyDocument=create)
    carols = acting_as(keys, "iam")
    carols.attach_user_policy(UserName="bob", PolicyArn=POLICY)
    other = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert refusal(carols.attach_user_policy, UserName="bob", PolicyArn=other).code == "AccessDenied"
    carols.create_user(UserName="dan", PermissionsBoundary=POLICY)
    assert refusal(carols.create_user, UserName="eve").code == "AccessDenied"
    inline = {"PolicyName": "x", "PolicyDocument": document("kms:*")}
    carols.put_user_policy(UserName="dan", **inline)
    assert refusal(carols.put_user_policy, UserName="bob", **inline).code == "AccessDenied"
