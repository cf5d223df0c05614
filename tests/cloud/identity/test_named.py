"""A policy means the very user or role it was written for, and nobody who gets the name afterwards."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from tests.conftest import CONFIG, MakeClient

ALICE = "arn:aws:iam::123456789012:user/alice"
ROOT = "arn:aws:iam::123456789012:root"


def allowing(*statements: dict[str, Any]) -> str:
    everything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [everything | one for one in statements]})


def new_alice(client: MakeClient, service: str = "kms") -> Any:
    """Make a user alice; return a client that signs as her."""
    iam = client("iam")
    iam.create_user(UserName="alice")
    return client_of(iam, service)


def client_of(iam: Any, service: str) -> Any:
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    session: Any = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    return session.client(service, config=CONFIG)


def delete_alice(client: MakeClient) -> None:
    iam = client("iam")
    for key in iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="alice")


@pytest.fixture
def lab_key(lab: Lab, kms: Any, client: MakeClient) -> tuple[Any, str]:
    """Return a KMS client of alice's, and a key whose policy names her."""
    alice = new_alice(client)
    policy = allowing({"Principal": {"AWS": ROOT}}, {"Principal": {"AWS": [ALICE]}})
    return alice, kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]


def test_a_key_policy_does_not_mean_somebody_new_of_the_same_name(
    lab_key: tuple[Any, str], kms: Any, client: MakeClient
) -> None:
    alice, key = lab_key
    alice.encrypt(KeyId=key, Plaintext=b"x")
    user_id = client("iam").get_user(UserName="alice")["User"]["UserId"]
    delete_alice(client)
    shown = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert shown["Statement"][1]["Principal"] == {"AWS": [user_id]}
    assert shown["Statement"][0]["Principal"] == {"AWS": ROOT}
    other = new_alice(client)
    with pytest.raises(ClientError, match="AccessDenied"):
        other.encrypt(KeyId=key, Plaintext=b"x")


def test_putting_the_policy_again_means_the_new_one(
    lab_key: tuple[Any, str], kms: Any, client: MakeClient
) -> None:
    _, key = lab_key
    policy = kms.get_key_policy(KeyId=key)["Policy"]
    delete_alice(client)
    other = new_alice(client)
    kms.put_key_policy(KeyId=key, Policy=policy)
    other.encrypt(KeyId=key, Plaintext=b"x")
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy


def test_a_grant_does_not_mean_somebody_new_of_the_same_name(lab: Lab, kms: Any, client: MakeClient) -> None:
    alice = new_alice(client)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_grant(KeyId=key, GranteePrincipal=ALICE, Operations=["Encrypt"])
    alice.encrypt(KeyId=key, Plaintext=b"x")
    delete_alice(client)
    other = new_alice(client)
    with pytest.raises(ClientError, match="AccessDenied"):
        other.encrypt(KeyId=key, Plaintext=b"x")
    assert "had this name before" in str(lab.explain())


def test_a_role_does_not_trust_somebody_new_of_the_same_name(lab: Lab, client: MakeClient) -> None:
    iam = client("iam")
    sts = new_alice(client, "sts")
    statement = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    sts.assume_role(RoleArn=role, RoleSessionName="session")
    delete_alice(client)
    other = new_alice(client, "sts")
    with pytest.raises(ClientError, match="AccessDenied"):
        other.assume_role(RoleArn=role, RoleSessionName="session")
