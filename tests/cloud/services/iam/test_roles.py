"""Roles and their trust policies."""

import json
import re
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import document, root_of, trust
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import ACCOUNT, MakeClient

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
TRUST = trust(root_of(ACCOUNT))


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


def no_role(name: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The role with name {name} cannot be found.", 404)


def test_a_role_from_making_to_deleting(iam: Any) -> None:
    made = iam.create_role(
        RoleName="auditor",
        Path="/eu/",
        AssumeRolePolicyDocument=TRUST,
        Description="reads",
        MaxSessionDuration=7200,
        PermissionsBoundary=READ_ONLY,
        Tags=[{"Key": "team", "Value": "blue"}],
    )["Role"]
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", made["RoleId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/eu/auditor"
    assert made["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert iam.get_role(RoleName="auditor")["Role"] == made
    (listed,) = iam.list_roles(PathPrefix="/eu/")["Roles"]
    assert set(made) - set(listed) == {"RoleLastUsed", "PermissionsBoundary", "Tags"}
    assert (listed["MaxSessionDuration"], listed["Description"]) == (7200, "reads")
    iam.delete_role(RoleName="auditor")
    assert refusal(iam.get_role, RoleName="auditor") == no_role("auditor")
    assert iam.list_roles()["Roles"] == []


def test_names_are_unique_whatever_their_case(iam: Any) -> None:
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=TRUST)
    refused = refusal(iam.create_role, RoleName="Auditor", AssumeRolePolicyDocument=TRUST)
    assert refused == Refusal("EntityAlreadyExists", "Role with name Auditor already exists.", 409)


def test_a_role_can_be_described_and_lengthened(iam: Any) -> None:
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=TRUST)
    iam.update_role(RoleName="auditor", MaxSessionDuration=43200)
    iam.update_role(RoleName="auditor", Description="reads")
    found = iam.get_role(RoleName="auditor")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("reads", 43200)
    told = iam.update_role_description(RoleName="auditor", Description="writes")["Role"]
    assert told["Description"] == "writes"
    assert refusal(iam.update_role, RoleName="none") == no_role("none")


def test_the_trust_policy_can_be_replaced(iam: Any) -> None:
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=TRUST)
    other = trust({"Service": "ec2.amazonaws.com"})
    iam.update_assume_role_policy(RoleName="auditor", PolicyDocument=other)
    assert iam.get_role(RoleName="auditor")["Role"]["AssumeRolePolicyDocument"] == json.loads(other)


@pytest.mark.parametrize("text", ["{", "[]", document("sts:AssumeRole")])
def test_a_trust_policy_must_be_one(iam: Any, text: str) -> None:
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=TRUST)
    made = refusal(iam.create_role, RoleName="other", AssumeRolePolicyDocument=text)
    changed = refusal(iam.update_assume_role_policy, RoleName="auditor", PolicyDocument=text)
    assert made == changed
    assert (made.code, made.status) == ("MalformedPolicyDocument", 400)


def test_a_trust_policy_has_2048_characters_at_most_and_spaces_are_free(iam: Any) -> None:
    def of_size(count: int) -> str:
        text = trust(root_of(ACCOUNT), Sid="")
        dense = len(re.sub(r"\s", "", text))
        return text.replace('"Sid": ""', '"Sid": "' + "x" * (count - dense) + '"')

    iam.create_role(RoleName="fits", AssumeRolePolicyDocument=of_size(2048) + "\n" * 500)
    refused = refusal(iam.create_role, RoleName="too-long", AssumeRolePolicyDocument=of_size(2049))
    assert refused == Refusal("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)


def test_a_role_is_deleted_only_when_no_policy_is_left(iam: Any) -> None:
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="auditor", PolicyArn=READ_ONLY)
    iam.put_role_policy(RoleName="auditor", PolicyName="own", PolicyDocument=document("s3:*"))
    attached = "Cannot delete entity, must detach all policies first."
    assert refusal(iam.delete_role, RoleName="auditor") == Refusal("DeleteConflict", attached, 409)
    iam.detach_role_policy(RoleName="auditor", PolicyArn=READ_ONLY)
    inline = "Cannot delete entity, must delete policies first."
    assert refusal(iam.delete_role, RoleName="auditor") == Refusal("DeleteConflict", inline, 409)
    iam.delete_role_policy(RoleName="auditor", PolicyName="own")
    iam.delete_role(RoleName="auditor")
