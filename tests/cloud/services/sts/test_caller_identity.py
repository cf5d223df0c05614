"""GetCallerIdentity and GetAccessKeyInfo: who signed this request, and whose key is that?"""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import acting_as, document, new_role, new_user, trust
from tests.cloud.services.kms.helpers import refusal
from tests.conftest import ACCOUNT, MakeClient


@pytest.mark.parametrize(
    ("access_key", "account"),
    [("AKIAIOSFODNN7EXAMPLE", "123456789012"), ("111122223333", "111122223333")],
)
def test_the_access_key_tells_the_account(
    lab: Lab, client: MakeClient, access_key: str, account: str
) -> None:
    told = client("sts", account=access_key).get_caller_identity()
    assert told["Account"] == account
    assert told["Arn"] == f"arn:aws:iam::{account}:user/Administrator"
    assert told["UserId"].startswith("AIDA")


def test_the_arn_is_of_the_regions_partition(lab: Lab, client: MakeClient) -> None:
    told = client("sts", "us-gov-west-1").get_caller_identity()
    assert told["Arn"].startswith("arn:aws-us-gov:iam::")


def identity(keys: dict[str, Any], region: str = "us-east-1") -> tuple[str, str, str]:
    told = acting_as(keys, "sts", region).get_caller_identity()
    return told["Account"], told["Arn"], told["UserId"]


def test_every_kind_of_caller_is_told_who_it_is(lab: Lab, client: MakeClient) -> None:
    iam = client("iam")
    bob = new_user(iam, "bob", "sts:*")
    bobs_id = iam.get_user(UserName="bob")["User"]["UserId"]
    role = new_role(iam, "auditor")
    role_id = iam.get_role(RoleName="auditor")["Role"]["RoleId"]
    sts = acting_as(bob, "sts")
    assert identity(bob) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/bob", bobs_id)
    assert identity(sts.get_session_token()["Credentials"]) == identity(bob)
    assert identity(sts.assume_role(RoleArn=role, RoleSessionName="alice")["Credentials"]) == (
        ACCOUNT,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/alice",
        f"{role_id}:alice",
    )
    assert identity(sts.get_federation_token(Name="guest")["Credentials"]) == (
        ACCOUNT,
        f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
        f"{ACCOUNT}:guest",
    )


def test_no_policy_can_keep_it_secret(lab: Lab, client: MakeClient) -> None:
    iam = client("iam")
    bob = new_user(iam, "bob")
    iam.put_user_policy(UserName="bob", PolicyName="no", PolicyDocument=document("sts:*", effect="Deny"))
    assert identity(bob)[1] == f"arn:aws:iam::{ACCOUNT}:user/bob"


def test_an_identity_in_china_is_of_chinas_partition(lab: Lab, client: MakeClient) -> None:
    iam = client("iam", "cn-north-1")
    bob = new_user(iam, "bob", "sts:*")
    role = new_role(iam, "auditor", trusts=trust({"AWS": "*"}))
    assert role == f"arn:aws-cn:iam::{ACCOUNT}:role/auditor"
    keys = acting_as(bob, "sts", "cn-north-1").assume_role(RoleArn=role, RoleSessionName="alice")
    assert keys["AssumedRoleUser"]["Arn"] == f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/auditor/alice"
    assert identity(keys["Credentials"], "cn-north-1")[1] == keys["AssumedRoleUser"]["Arn"]


def test_an_access_key_tells_its_account(lab: Lab, client: MakeClient) -> None:
    theirs = new_user(client("iam", account="444455556666"), "bob")
    sts = client("sts")
    assert sts.get_access_key_info(AccessKeyId=theirs["AccessKeyId"])["Account"] == "444455556666"
    assert sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")["Account"] == ACCOUNT
    assert refusal(acting_as(theirs, "sts").get_access_key_info, AccessKeyId="A" * 16).code == "AccessDenied"
