"""From a credential to a principal: the policies that bind it now, cheaply when nothing changed."""

from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.identity.principals import principal_of
from labkit.cloud.policy.principal import ADMINISTRATOR_ACCESS, Principal
from tests.cloud.identity.world import acting_as, document, new_role, new_user, root_of, trust
from tests.conftest import ACCOUNT, MakeClient

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


def principal(lab: Lab, keys: dict[str, Any]) -> Principal:
    credential = find_credential(lab.cloud, keys["AccessKeyId"])
    assert credential is not None
    return principal_of(lab.cloud, credential)


def names(found: Principal) -> list[str]:
    return [policy.name for policy in found.policies]


def own_policy(iam: Any, name: str, *actions: str) -> str:
    return str(iam.create_policy(PolicyName=name, PolicyDocument=document(*actions))["Policy"]["Arn"])


def test_a_user_is_bound_by_own_policies_and_by_those_of_groups(lab: Lab, iam: Any) -> None:
    keys = new_user(iam, "bob", "kms:ListKeys")
    mine = own_policy(iam, "mine", "kms:Encrypt")
    iam.attach_user_policy(UserName="bob", PolicyArn=mine)
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="chat", PolicyDocument=document("s3:*"))
    iam.attach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.tag_user(UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    found = principal(lab, keys)
    assert names(found) == ["may", mine, "chat", READ_ONLY]
    assert (found.kind, found.arn, found.name) == ("IAMUser", f"arn:aws:iam::{ACCOUNT}:user/bob", "bob")
    assert found.user_id == iam.get_user(UserName="bob")["User"]["UserId"]
    assert found.tags == (("team", "blue"),)
    assert found.access_key_id == keys["AccessKeyId"]


@pytest.mark.parametrize(
    ("change", "parameters"),
    [
        ("put_user_policy", {"UserName": "bob", "PolicyName": "x", "PolicyDocument": document("kms:Sign")}),
        ("delete_user_policy", {"UserName": "bob", "PolicyName": "may"}),
        ("attach_user_policy", {"UserName": "bob", "PolicyArn": READ_ONLY}),
        ("put_user_permissions_boundary", {"UserName": "bob", "PermissionsBoundary": READ_ONLY}),
        ("tag_user", {"UserName": "bob", "Tags": [{"Key": "team", "Value": "red"}]}),
        ("remove_user_from_group", {"UserName": "bob", "GroupName": "staff"}),
        ("put_group_policy", {"GroupName": "staff", "PolicyName": "x", "PolicyDocument": document("s3:*")}),
        (
            "create_policy_version",
            {
                "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/shared",
                "PolicyDocument": document("kms:Verify"),
                "SetAsDefault": True,
            },
        ),
    ],
)
def test_a_principal_is_kept_until_something_changes(
    lab: Lab, iam: Any, change: str, parameters: dict[str, Any]
) -> None:
    keys = new_user(iam, "bob", "kms:ListKeys")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.attach_group_policy(GroupName="staff", PolicyArn=own_policy(iam, "shared", "kms:Sign"))
    before = principal(lab, keys)
    iam.create_user(UserName="somebody-else")
    assert principal(lab, keys) is before
    getattr(iam, change)(**parameters)
    assert principal(lab, keys) != before


def test_a_call_that_fails_changes_no_principal(lab: Lab, iam: Any) -> None:
    keys = new_user(iam, "bob", "kms:ListKeys")
    before = principal(lab, keys)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.attach_user_policy(UserName="bob", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/none")
    assert principal(lab, keys) is before


def test_the_key_of_a_renamed_user_is_still_theirs(lab: Lab, iam: Any) -> None:
    keys = new_user(iam, "bob", "kms:ListKeys")
    iam.update_user(UserName="bob", NewUserName="robert", NewPath="/staff/")
    found = principal(lab, keys)
    assert (found.name, found.arn) == ("robert", f"arn:aws:iam::{ACCOUNT}:user/staff/robert")
    assert names(found) == ["may"]


def test_the_administrators_own_key_acts_as_the_administrator(lab: Lab, iam: Any) -> None:
    keys = iam.create_access_key()["AccessKey"]
    found = principal(lab, keys)
    assert found.arn == f"arn:aws:iam::{ACCOUNT}:user/Administrator"
    assert names(found) == [ADMINISTRATOR_ACCESS.name]
    assert acting_as(keys, "iam").list_users()["Users"] == []


def test_a_session_of_a_role_is_bound_by_the_role_and_its_session_policies(
    lab: Lab, client: MakeClient, iam: Any
) -> None:
    role = new_role(
        iam, "auditor", "kms:*", trusts=trust(root_of(ACCOUNT), "sts:AssumeRole", "sts:TagSession")
    )
    iam.tag_role(RoleName="auditor", Tags=[{"Key": "team", "Value": "blue"}, {"Key": "Cost", "Value": "1"}])
    narrow = document("kms:ListKeys")
    keys = client("sts").assume_role(
        RoleArn=role,
        RoleSessionName="alice",
        Policy=narrow,
        PolicyArns=[{"arn": READ_ONLY}],
        Tags=[{"Key": "TEAM", "Value": "red"}],
    )["Credentials"]
    found = principal(lab, keys)
    assert (found.kind, found.arn) == ("AssumedRole", f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/alice")
    assert found.user_id == iam.get_role(RoleName="auditor")["Role"]["RoleId"] + ":alice"
    assert found.issuer == role
    assert names(found) == ["may"]
    assert [policy.name for policy in found.session_policies] == [READ_ONLY, "session policy"]
    assert found.session_policies[1].document == narrow
    assert dict(found.tags) == {"TEAM": "red", "Cost": "1"}
    assert dict(found.facts)["aws:MultiFactorAuthPresent"] == "false"
    assert set(dict(found.facts)) == {"aws:MultiFactorAuthPresent", "aws:TokenIssueTime"}


def test_a_session_of_a_role_that_is_gone_may_do_nothing(lab: Lab, client: MakeClient, iam: Any) -> None:
    role = new_role(iam, "auditor")
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="alice")["Credentials"]
    iam.delete_role(RoleName="auditor")
    again = new_role(iam, "auditor", "kms:*")
    assert again == role
    found = principal(lab, keys)
    assert (found.policies, found.issuer) == ((), "")


def test_a_session_of_a_user_who_is_gone_may_do_nothing(lab: Lab, client: MakeClient, iam: Any) -> None:
    keys = new_user(iam, "bob")
    token = acting_as(keys, "sts").get_session_token()["Credentials"]
    iam.delete_access_key(UserName="bob", AccessKeyId=keys["AccessKeyId"])
    iam.delete_user(UserName="bob")
    found = principal(lab, token)
    assert (found.policies, found.arn) == ((), f"arn:aws:iam::{ACCOUNT}:user/bob")


def test_a_federated_user_has_the_users_policies_and_passed_ones(
    lab: Lab, client: MakeClient, iam: Any
) -> None:
    keys = new_user(iam, "broker", "kms:*", "sts:GetFederationToken")
    narrow = document("kms:ListKeys")
    token = acting_as(keys, "sts").get_federation_token(Name="guest", Policy=narrow)["Credentials"]
    found = principal(lab, token)
    assert (found.kind, found.arn) == ("FederatedUser", f"arn:aws:sts::{ACCOUNT}:federated-user/guest")
    assert (found.user_id, found.issuer) == (f"{ACCOUNT}:guest", f"arn:aws:iam::{ACCOUNT}:user/broker")
    assert names(found) == ["may"]
    assert [policy.document for policy in found.session_policies] == [narrow]
