"""The reports on a whole account."""

import json
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import document, new_role, new_user
from tests.conftest import MakeClient

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    made = client("iam")
    new_user(made, "bob", "kms:*")
    new_role(made, "auditor", "kms:List*")
    made.create_group(GroupName="staff")
    made.add_user_to_group(GroupName="staff", UserName="bob")
    made.create_policy(PolicyName="decrypt", PolicyDocument=document("kms:Decrypt"))
    made.attach_role_policy(RoleName="auditor", PolicyArn=READ_ONLY)
    return made


def test_the_details_tell_everything_with_its_documents(iam: Any) -> None:
    told = iam.get_account_authorization_details()
    (user,), (group,), (role,) = told["UserDetailList"], told["GroupDetailList"], told["RoleDetailList"]
    assert (user["UserName"], user["GroupList"]) == ("bob", ["staff"])
    assert user["UserPolicyList"] == [{"PolicyName": "may", "PolicyDocument": json.loads(document("kms:*"))}]
    assert group["GroupName"] == "staff"
    assert role["AttachedManagedPolicies"] == [{"PolicyName": "IAMReadOnlyAccess", "PolicyArn": READ_ONLY}]
    own, of_aws = told["Policies"]
    assert own["PolicyVersionList"][0]["Document"] == json.loads(document("kms:Decrypt"))
    assert (own["AttachmentCount"], of_aws["Arn"], of_aws["AttachmentCount"]) == (0, READ_ONLY, 1)


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("User", "UserDetailList"),
        ("Group", "GroupDetailList"),
        ("Role", "RoleDetailList"),
        ("LocalManagedPolicy", "Policies"),
        ("AWSManagedPolicy", "Policies"),
    ],
)
def test_the_details_can_be_of_one_kind(iam: Any, kind: str, where: str) -> None:
    told = iam.get_account_authorization_details(Filter=[kind])
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    assert [(name, len(told[name])) for name in lists if told[name]] == [(where, 1)]


def test_the_details_come_in_pages(iam: Any) -> None:
    pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2})
    assert [sum(len(page[name]) for name in page if isinstance(page[name], list)) for page in pages] == [
        2,
        2,
        1,
    ]


def test_the_summary_counts(iam: Any) -> None:
    told = iam.get_account_summary()["SummaryMap"]
    assert [told[name] for name in ("Users", "Groups", "Roles", "Policies", "PolicyVersionsInUse")] == [1] * 5
    assert (told["AccessKeysPerUserQuota"], told["UserPolicySizeQuota"], told["PolicySizeQuota"]) == (
        2,
        2048,
        6144,
    )
