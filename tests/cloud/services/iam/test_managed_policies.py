"""Managed policies and their versions, boundaries that they are, and whom they are attached to."""

import json
import re
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import document, root_of, trust
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import ACCOUNT, MakeClient

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
ARN = f"arn:aws:iam::{ACCOUNT}:policy/eu/decrypt"
DOCUMENT = document("kms:Decrypt")


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


@pytest.fixture
def policy(iam: Any) -> str:
    made = iam.create_policy(PolicyName="decrypt", Path="/eu/", PolicyDocument=DOCUMENT, Description="reads")
    return str(made["Policy"]["Arn"])


def not_found(arn: str) -> Refusal:
    return Refusal("NoSuchEntity", f"Policy {arn} was not found.", 404)


def not_attachable(arn: str) -> Refusal:
    return Refusal("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)


def test_a_policy_from_making_to_deleting(iam: Any) -> None:
    made = iam.create_policy(
        PolicyName="decrypt",
        Path="/eu/",
        PolicyDocument=DOCUMENT,
        Description="reads",
        Tags=[{"Key": "team", "Value": "blue"}],
    )["Policy"]
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert (made["Arn"], made["DefaultVersionId"], made["AttachmentCount"]) == (ARN, "v1", 0)
    assert made["CreateDate"] == made["UpdateDate"]
    assert iam.get_policy(PolicyArn=ARN)["Policy"] == made
    version = iam.get_policy_version(PolicyArn=ARN, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(DOCUMENT)
    iam.delete_policy(PolicyArn=ARN)
    assert refusal(iam.get_policy, PolicyArn=ARN) == not_found(ARN)


def test_names_are_unique_whatever_their_case_and_path(iam: Any, policy: str) -> None:
    refused = refusal(iam.create_policy, PolicyName="DECRYPT", PolicyDocument=DOCUMENT)
    text = "A policy called DECRYPT already exists. Duplicate names are not allowed."
    assert refused == Refusal("EntityAlreadyExists", text, 409)


@pytest.mark.parametrize(
    "operation", ["get_policy", "delete_policy", "list_policy_versions", "list_entities_for_policy"]
)
def test_a_policy_that_is_not_there_was_not_found(iam: Any, policy: str, operation: str) -> None:
    pathless = f"arn:aws:iam::{ACCOUNT}:policy/decrypt"
    assert refusal(getattr(iam, operation), PolicyArn=pathless) == not_found(pathless)


@pytest.mark.parametrize("arn", ["twenty characters long", f"arn:aws:iam::{ACCOUNT}:user/decrypt"])
def test_an_arn_must_be_one_of_a_policy(iam: Any, arn: str) -> None:
    invalid = Refusal("InvalidInput", f"ARN {arn} is not valid.")
    iam.create_user(UserName="bob")
    assert refusal(iam.get_policy, PolicyArn=arn) == invalid
    assert refusal(iam.attach_user_policy, UserName="bob", PolicyArn=arn) == invalid
    assert refusal(iam.detach_user_policy, UserName="bob", PolicyArn=arn) == invalid
    assert refusal(iam.put_user_permissions_boundary, UserName="bob", PermissionsBoundary=arn) == invalid


def test_a_policy_has_6144_characters_at_most(iam: Any, policy: str) -> None:
    filler = "x" * (6144 - len(re.sub(r"\s", "", document("kms:Decrypt", Sid=""))))
    iam.create_policy(PolicyName="fits", PolicyDocument=document("kms:Decrypt", Sid=filler))
    quota = Refusal("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)
    too_long = document("kms:Decrypt", Sid=filler + "x")
    assert refusal(iam.create_policy, PolicyName="long", PolicyDocument=too_long) == quota
    assert refusal(iam.create_policy_version, PolicyArn=policy, PolicyDocument=too_long) == quota


def test_a_policy_must_be_one(iam: Any, policy: str) -> None:
    malformed = Refusal("MalformedPolicyDocument", "Syntax errors in policy.")
    assert refusal(iam.create_policy, PolicyName="x", PolicyDocument="{") == malformed
    assert refusal(iam.create_policy_version, PolicyArn=policy, PolicyDocument="{") == malformed


def test_policies_are_listed_by_scope_path_and_use(iam: Any, policy: str) -> None:
    iam.create_user(UserName="bob", PermissionsBoundary=READ_ONLY)
    iam.attach_user_policy(UserName="bob", PolicyArn=policy)

    def names(**more: Any) -> list[str]:
        return [one["PolicyName"] for one in iam.list_policies(**more)["Policies"]]

    assert names(Scope="Local") == ["decrypt"]
    assert "AdministratorAccess" in names(Scope="AWS")
    assert "decrypt" not in names(Scope="AWS")
    assert sorted(names()) == sorted([*names(Scope="AWS"), "decrypt"])
    assert names(PathPrefix="/eu/") == ["decrypt"]
    assert names(PathPrefix="/service-role/") == ["AWSLambdaBasicExecutionRole"]
    assert names(OnlyAttached=True) == ["decrypt", "IAMReadOnlyAccess"]
    assert names(PolicyUsageFilter="PermissionsPolicy") == ["decrypt"]
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["IAMReadOnlyAccess"]
    (counted,) = iam.list_policies(Scope="Local")["Policies"]
    assert (counted["AttachmentCount"], counted["PermissionsBoundaryUsageCount"]) == (1, 0)


def test_versions_count_on_and_one_binds(iam: Any, policy: str) -> None:
    second = iam.create_policy_version(PolicyArn=policy, PolicyDocument=document("kms:Sign"))["PolicyVersion"]
    third = iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=document("kms:Verify"), SetAsDefault=True
    )["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    assert (third["VersionId"], third["IsDefaultVersion"]) == ("v3", True)
    listed = iam.list_policy_versions(PolicyArn=policy)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in listed] == [
        ("v3", True),
        ("v2", False),
        ("v1", False),
    ]
    iam.delete_policy_version(PolicyArn=policy, VersionId="v2")
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
    assert iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v1"
    again = iam.create_policy_version(PolicyArn=policy, PolicyDocument=DOCUMENT)["PolicyVersion"]
    assert again["VersionId"] == "v4"


def test_five_versions_are_kept_and_the_default_one_stays(iam: Any, policy: str) -> None:
    for _ in range(4):
        iam.create_policy_version(PolicyArn=policy, PolicyDocument=DOCUMENT)
    text = (
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
        "existing version."
    )
    full = Refusal("LimitExceeded", text, 409)
    assert refusal(iam.create_policy_version, PolicyArn=policy, PolicyDocument=DOCUMENT) == full
    default = Refusal("DeleteConflict", "Cannot delete the default version of a policy.", 409)
    assert refusal(iam.delete_policy_version, PolicyArn=policy, VersionId="v1") == default


@pytest.mark.parametrize(
    "operation", ["get_policy_version", "set_default_policy_version", "delete_policy_version"]
)
def test_a_version_that_is_not_there(iam: Any, policy: str, operation: str) -> None:
    text = f"Policy {policy} version v9 does not exist or is not attachable."
    refused = refusal(getattr(iam, operation), PolicyArn=policy, VersionId="v9")
    assert refused == Refusal("NoSuchEntity", text, 404)


def test_amazons_own_policies_can_be_read_and_not_changed(iam: Any) -> None:
    version = iam.get_policy_version(PolicyArn=READ_ONLY, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Version"] == "2012-10-17"
    outside = Refusal("AccessDenied", "Policy is outside your own account.", 403)
    assert refusal(iam.delete_policy, PolicyArn=READ_ONLY) == outside
    assert refusal(iam.create_policy_version, PolicyArn=READ_ONLY, PolicyDocument=DOCUMENT) == outside
    assert refusal(iam.tag_policy, PolicyArn=READ_ONLY, Tags=[{"Key": "a", "Value": "b"}]) == outside


@pytest.mark.parametrize("kind", ["user", "role", "group"])
def test_policies_are_attached_listed_and_detached(iam: Any, policy: str, kind: str) -> None:
    name = {f"{kind.title()}Name": "bob"}
    more = {"AssumeRolePolicyDocument": trust(root_of(ACCOUNT))} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**name, **more)
    attach, detach = getattr(iam, f"attach_{kind}_policy"), getattr(iam, f"detach_{kind}_policy")
    attached = getattr(iam, f"list_attached_{kind}_policies")
    for arn in (policy, READ_ONLY, policy):
        attach(**name, PolicyArn=arn)
    assert attached(**name)["AttachedPolicies"] == [
        {"PolicyName": "decrypt", "PolicyArn": policy},
        {"PolicyName": "IAMReadOnlyAccess", "PolicyArn": READ_ONLY},
    ]
    assert len(attached(**name, PathPrefix="/eu/")["AttachedPolicies"]) == 1
    assert attached(**name, PathPrefix="/us/")["AttachedPolicies"] == []
    entities = iam.list_entities_for_policy(PolicyArn=policy)
    assert [one[f"{kind.title()}Name"] for one in entities[f"Policy{kind.title()}s"]] == ["bob"]
    assert sum(len(entities[one]) for one in ("PolicyUsers", "PolicyRoles", "PolicyGroups")) == 1
    only = iam.list_entities_for_policy(PolicyArn=policy, PolicyUsageFilter="PermissionsBoundary")
    assert only[f"Policy{kind.title()}s"] == []
    detach(**name, PolicyArn=policy)
    assert refusal(detach, **name, PolicyArn=policy) == not_found(policy)
    none = f"arn:aws:iam::{ACCOUNT}:policy/none"
    assert refusal(attach, **name, PolicyArn=none) == not_attachable(none)
    theirs = "arn:aws:iam::444455556666:policy/theirs"
    assert refusal(attach, **name, PolicyArn=theirs) == not_attachable(theirs)


@pytest.mark.parametrize("kind", ["user", "role", "group"])
def test_ten_policies_are_attached_at_most(iam: Any, kind: str) -> None:
    name = {f"{kind.title()}Name": "bob"}
    more = {"AssumeRolePolicyDocument": trust(root_of(ACCOUNT))} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**name, **more)
    arns = [one["Arn"] for one in iam.list_policies(Scope="AWS")["Policies"]]
    for arn in arns[:10]:
        getattr(iam, f"attach_{kind}_policy")(**name, PolicyArn=arn)
    refused = refusal(getattr(iam, f"attach_{kind}_policy"), **name, PolicyArn=arns[10])
    assert refused == Refusal("LimitExceeded", f"Cannot exceed quota for PoliciesPer{kind.title()}: 10", 409)


def test_a_policy_in_use_or_with_versions_is_not_deleted(iam: Any, policy: str) -> None:
    in_use = Refusal("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    iam.create_user(UserName="bob", PermissionsBoundary=policy)
    assert refusal(iam.delete_policy, PolicyArn=policy) == in_use
    iam.delete_user_permissions_boundary(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    assert refusal(iam.delete_policy, PolicyArn=policy) == in_use
    iam.detach_user_policy(UserName="bob", PolicyArn=policy)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=DOCUMENT)
    text = (
        "This policy has more than one version. Before you delete a policy, you must delete the policy's "
        "versions. The default version is deleted with the policy."
    )
    assert refusal(iam.delete_policy, PolicyArn=policy) == Refusal("DeleteConflict", text, 409)


def test_boundaries_are_set_shown_and_lifted(iam: Any, policy: str) -> None:
    iam.create_user(UserName="bob")
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=trust(root_of(ACCOUNT)))
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=policy)
    iam.put_role_permissions_boundary(RoleName="auditor", PermissionsBoundary=policy)
    shown = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": policy}
    assert iam.get_user(UserName="bob")["User"]["PermissionsBoundary"] == shown
    assert iam.get_role(RoleName="auditor")["Role"]["PermissionsBoundary"] == shown
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 2
    iam.delete_user_permissions_boundary(UserName="bob")
    iam.delete_role_permissions_boundary(RoleName="auditor")
    assert "PermissionsBoundary" not in iam.get_user(UserName="bob")["User"]
    assert "PermissionsBoundary" not in iam.get_role(RoleName="auditor")["Role"]
    none = f"arn:aws:iam::{ACCOUNT}:policy/none"
    text = f"Scope ARN: {none} does not exist or is not attachable."
    refused = refusal(iam.put_user_permissions_boundary, UserName="bob", PermissionsBoundary=none)
    assert refused == Refusal("NoSuchEntity", text, 404)
    assert refusal(iam.create_user, UserName="carol", PermissionsBoundary=none) == refused
