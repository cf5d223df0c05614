"""Who may do what, end to end: credentials that IAM and STS made, and calls to KMS that they bind."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import acting_as, document, new_role, new_user, root_of, trust
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.conftest import ACCOUNT, MakeClient

OTHER = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/auditor"


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    return new_key(kms)


def denied(call: Any, **parameters: Any) -> str:
    refused = refusal(call, **parameters)
    assert refused.code == "AccessDeniedException"
    return refused.message


def test_a_user_without_policies_may_do_nothing(iam: Any, key: str) -> None:
    kms = acting_as(new_user(iam, "bob"), "kms")
    assert denied(kms.encrypt, KeyId=key, Plaintext=b"x") == (
        f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: kms:Encrypt on resource: {key} "
        "because no identity-based policy allows the kms:Encrypt action"
    )


def test_a_users_policy_binds_the_very_next_call(iam: Any, key: str) -> None:
    kms = acting_as(new_user(iam, "bob", "kms:Encrypt"), "kms")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert "kms:Decrypt" in denied(kms.decrypt, CiphertextBlob=blob)
    iam.put_user_policy(UserName="bob", PolicyName="more", PolicyDocument=document("kms:Decrypt"))
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    iam.delete_user_policy(UserName="bob", PolicyName="more")
    assert "kms:Decrypt" in denied(kms.decrypt, CiphertextBlob=blob)


def test_a_groups_managed_policy_binds_its_users(iam: Any, key: str) -> None:
    kms = acting_as(new_user(iam, "bob"), "kms")
    iam.create_group(GroupName="staff")
    arn = iam.create_policy(PolicyName="describe", PolicyDocument=document("kms:DescribeKey"))["Policy"][
        "Arn"
    ]
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document("kms:DescribeKey", effect="Deny"), SetAsDefault=True
    )
    assert denied(kms.describe_key, KeyId=key).endswith("with an explicit deny in an identity-based policy")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


def test_a_boundary_limits_what_a_users_policies_allow(iam: Any, key: str) -> None:
    kms = acting_as(new_user(iam, "bob", "kms:*"), "kms")
    arn = iam.create_policy(PolicyName="only-list", PolicyDocument=document("kms:ListKeys"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=arn)
    assert len(kms.list_keys()["Keys"]) == 1
    assert denied(kms.describe_key, KeyId=key).endswith(
        "because no permissions boundary allows the kms:DescribeKey action"
    )
    iam.delete_user_permissions_boundary(UserName="bob")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


def test_a_session_policy_limits_a_role_and_a_tag_can_open_a_door(
    client: MakeClient, iam: Any, key: str
) -> None:
    new_role(iam, "auditor", trusts=trust(root_of(ACCOUNT), "sts:AssumeRole", "sts:TagSession"))
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    iam.put_role_policy(
        RoleName="auditor", PolicyName="blue", PolicyDocument=document("kms:*", Condition=condition)
    )
    sts = client("sts")
    tags = [{"Key": "team", "Value": "blue"}]

    def session(**more: Any) -> Any:
        made = sts.assume_role(RoleArn=ROLE, RoleSessionName="alice", **more)
        return acting_as(made["Credentials"], "kms")

    assert session(Tags=tags).describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert "no identity-based policy" in denied(session().describe_key, KeyId=key)
    narrow = session(Tags=tags, Policy=document("kms:ListKeys"))
    assert len(narrow.list_keys()["Keys"]) == 1
    assert "no session policy" in denied(narrow.describe_key, KeyId=key)


def test_a_key_policy_can_name_a_role_of_another_account(client: MakeClient, lab: Lab) -> None:
    theirs = client("iam", account=OTHER)
    role = new_role(theirs, "visitor", "kms:*", account=OTHER)
    kms = client("kms")
    policy = document("kms:*", Principal={"AWS": [f"arn:aws:iam::{ACCOUNT}:root", role]})
    arn = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    keys = client("sts", account=OTHER).assume_role(RoleArn=role, RoleSessionName="victor")["Credentials"]
    visitor = acting_as(keys, "kms")
    assert visitor.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    theirs.delete_role_policy(RoleName="visitor", PolicyName="may")
    assert "because no identity-based policy" in denied(visitor.encrypt, KeyId=arn, Plaintext=b"x")


def test_mfa_in_a_session_is_a_fact_for_policies(iam: Any, key: str) -> None:
    keys = new_user(iam, "bob")
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    iam.put_user_policy(
        UserName="bob", PolicyName="mfa", PolicyDocument=document("kms:*", Condition=condition)
    )
    sts = acting_as(keys, "sts")
    device = {"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/bob", "TokenCode": "123456"}
    without, with_it = (sts.get_session_token(**more)["Credentials"] for more in ({}, device))
    assert "kms:ListKeys" in denied(acting_as(keys, "kms").list_keys)
    assert "kms:ListKeys" in denied(acting_as(without, "kms").list_keys)
    assert len(acting_as(with_it, "kms").list_keys()["Keys"]) == 1


@pytest.mark.parametrize("end", ["Inactive", "deleted"])
def test_a_key_that_was_switched_off_or_deleted_opens_nothing(iam: Any, end: str) -> None:
    keys = new_user(iam, "bob", "kms:*")
    kms = acting_as(keys, "kms")
    assert kms.list_keys()["Keys"] == []
    which = {"UserName": "bob", "AccessKeyId": keys["AccessKeyId"]}
    if end == "deleted":
        iam.delete_access_key(**which)
    else:
        iam.update_access_key(**which, Status="Inactive")
    assert refusal(kms.list_keys).code == "UnrecognizedClientException"


def test_a_session_ends_with_the_labs_time(lab: Lab, client: MakeClient, iam: Any) -> None:
    role = new_role(iam, "auditor", "kms:*")
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="alice", DurationSeconds=900)[
        "Credentials"
    ]
    kms = acting_as(keys, "kms")
    assert kms.list_keys()["Keys"] == []
    lab.clock.advance(minutes=15)
    assert refusal(kms.list_keys).code == "ExpiredTokenException"
