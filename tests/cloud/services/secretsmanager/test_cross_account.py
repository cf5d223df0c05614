"""Replicas in another account: made there, linked here, written after every change, and let go."""

import json
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.cloud.services.kms.people import document, statement
from tests.conftest import ACCOUNT, REGION, MakeClient

OTHER = "111122223333"
NAME = "db/password"
CANNOT_WRITE = Refusal(
    "InvalidRequestException",
    "Operation not permitted on a replica secret. Call must be made in the primary secret's account.",
)


def root(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def open_key(kms: Any, account: str) -> str:
    """Make a key that another account may use."""
    key: str = kms.create_key()["KeyMetadata"]["Arn"]
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(statement("kms:*", Principal={"AWS": root(account)}))
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    return key


@pytest.fixture
def here(lab: Lab, client: MakeClient) -> Any:
    """Return a client of the primary's account."""
    return client("secretsmanager")


@pytest.fixture
def there(lab: Lab, client: MakeClient) -> Any:
    """Return a client of the replica's account."""
    return client("secretsmanager", REGION, OTHER)


@pytest.fixture
def primary(here: Any) -> str:
    """Return the ARN of a secret with one version."""
    return str(here.create_secret(Name=NAME, SecretString="one", Description="a password")["ARN"])


@pytest.fixture
def replica(there: Any, primary: str, client: MakeClient) -> str:
    """Return the ARN of the replica, which is not linked yet."""
    key = open_key(client("kms", REGION, OTHER), ACCOUNT)
    made = there.create_secret(Name=NAME, CrossAccountPrimaryARN=primary, KmsKeyId=key)
    return str(made["ARN"])


@pytest.fixture
def linked(here: Any, primary: str, replica: str) -> str:
    """Return the ARN of the replica, linked with its primary."""
    here.associate_cross_account_replica(SecretId=primary, CrossAccountReplicaARN=replica)
    return replica


def value(sm: Any, stage: str = "AWSCURRENT") -> str:
    return str(sm.get_secret_value(SecretId=NAME, VersionStage=stage)["SecretString"])


def test_a_replica_waits_for_its_primary(here: Any, there: Any, primary: str, replica: str) -> None:
    told = there.describe_secret(SecretId=NAME)
    assert told["CrossAccountPrimary"] == {"PrimarySecretARN": primary, "ReplicationStatus": "Pending"}
    assert refusal(there.get_secret_value, SecretId=NAME).code == "ResourceNotFoundException"
    assert "CrossAccountReplicas" not in here.describe_secret(SecretId=NAME)
    names = there.list_resource_policies(SecretId=NAME)["ResourcePolicies"]
    assert names == [{"PolicyName": "cross-account-replication"}]


def test_once_linked_it_has_the_values_and_gets_every_change(
    here: Any, there: Any, primary: str, linked: str
) -> None:
    answer = here.associate_cross_account_replica(SecretId=NAME, CrossAccountReplicaARN=linked)
    answer.pop("ResponseMetadata")
    assert answer == {"ARN": primary, "CrossAccountReplicaARN": linked, "ReplicationStatus": "InSync"}
    assert value(there) == "one"
    here.put_secret_value(SecretId=NAME, SecretString="two")
    assert (value(there), value(there, "AWSPREVIOUS")) == ("two", "one")
    assert there.describe_secret(SecretId=NAME)["Description"] == "a password"
    assert there.describe_secret(SecretId=NAME)["CrossAccountPrimary"]["ReplicationStatus"] == "InSync"
    assert here.describe_secret(SecretId=NAME)["CrossAccountReplicas"] == [
        {
            "ReplicaSecretARN": linked,
            "ReplicationStatus": "InSync",
            "StatusMessage": "Replication succeeded",
        }
    ]


def test_a_replica_is_only_read_and_keeps_its_own_policy_and_tags(there: Any, linked: str) -> None:
    for call, more in (
        (there.put_secret_value, {"SecretString": "x"}),
        (there.update_secret, {"Description": "x"}),
        (there.rotate_secret, {}),
    ):
        assert refusal(call, SecretId=NAME, **more) == CANNOT_WRITE
    there.tag_resource(SecretId=NAME, Tags=[{"Key": "a", "Value": "b"}])
    lets = document(statement("secretsmanager:GetSecretValue", Principal={"AWS": root(OTHER)}))
    there.put_resource_policy(SecretId=NAME, ResourcePolicy=lets)
    names = [one["PolicyName"] for one in there.list_resource_policies(SecretId=NAME)["ResourcePolicies"]]
    assert names == ["default", "cross-account-replication"]


def test_a_primary_lets_its_replica_go(here: Any, there: Any, linked: str) -> None:
    told = refusal(here.delete_secret, SecretId=NAME)
    assert told.message == f"You can't delete secret {NAME} that still has cross-account replicas [{linked}]"
    here.disassociate_cross_account_replica(SecretId=NAME, CrossAccountReplicaARN=linked)
    here.put_secret_value(SecretId=NAME, SecretString="two")
    assert value(there) == "one"
    assert there.describe_secret(SecretId=NAME)["CrossAccountPrimary"]["ReplicationStatus"] == "Detached"
    assert refusal(there.put_secret_value, SecretId=NAME, SecretString="x") == CANNOT_WRITE
    again = refusal(here.disassociate_cross_account_replica, SecretId=NAME, CrossAccountReplicaARN=linked)
    assert again.code == "InvalidRequestException"
    there.stop_replication_to_replica(SecretId=NAME)
    there.put_secret_value(SecretId=NAME, SecretString="mine")
    here.delete_secret(SecretId=NAME)
    assert value(there) == "mine"


def test_a_replica_takes_its_leave(here: Any, there: Any, linked: str) -> None:
    there.stop_replication_to_replica(SecretId=NAME)
    (told,) = here.describe_secret(SecretId=NAME)["CrossAccountReplicas"]
    assert told["ReplicationStatus"] == "Detached"
    here.put_secret_value(SecretId=NAME, SecretString="two")
    assert value(there) == "one"
    assert "CrossAccountPrimary" not in there.describe_secret(SecretId=NAME)


def test_a_role_that_trusts_secrets_manager_may_write_it(
    here: Any, there: Any, replica: str, client: MakeClient
) -> None:
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "secretsmanager.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )
    iam = client("iam")
    role = iam.create_role(RoleName="writer", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    linking = {"SecretId": NAME, "CrossAccountReplicaARN": replica, "ReplicationRoleARN": role}
    assert "Access to KMS is not allowed" in refusal(here.associate_cross_account_replica, **linking).message
    allowed = document(statement(["kms:Decrypt", "kms:GenerateDataKey"]))
    iam.put_role_policy(RoleName="writer", PolicyName="own", PolicyDocument=allowed)
    here.associate_cross_account_replica(**linking)
    assert value(there) == "one"
    (told,) = here.describe_secret(SecretId=NAME)["CrossAccountReplicas"]
    assert told["ReplicationRoleARN"] == role


def test_what_cannot_be_written_is_told_and_repaired(
    here: Any, there: Any, linked: str, client: MakeClient
) -> None:
    key, kms = there.describe_secret(SecretId=NAME)["KmsKeyId"], client("kms", REGION, OTHER)
    kms.disable_key(KeyId=key)
    here.put_secret_value(SecretId=NAME, SecretString="two")
    (told,) = here.describe_secret(SecretId=NAME)["CrossAccountReplicas"]
    assert told["ReplicationStatus"] == "Failed"
    kms.enable_key(KeyId=key)
    assert value(there) == "one"
    here.associate_cross_account_replica(SecretId=NAME, CrossAccountReplicaARN=linked)
    assert value(there) == "two"


def test_who_is_no_replica_of_this_secret(here: Any, there: Any, replica: str, client: MakeClient) -> None:
    another = here.create_secret(Name="another", SecretString="x")["ARN"]
    told = refusal(here.associate_cross_account_replica, SecretId="another", CrossAccountReplicaARN=replica)
    assert told.code == "InvalidRequestException"
    told = refusal(here.associate_cross_account_replica, SecretId=NAME, CrossAccountReplicaARN=another)
    assert told.code == "InvalidParameterException"
    plain = there.create_secret(Name="plain", SecretString="x")["ARN"]
    told = refusal(here.associate_cross_account_replica, SecretId=NAME, CrossAccountReplicaARN=plain)
    assert told.code == "AccessDeniedException"


def test_one_replica_is_the_most(
    here: Any, there: Any, primary: str, linked: str, client: MakeClient
) -> None:
    key = open_key(client("kms", REGION, OTHER), ACCOUNT)
    second = there.create_secret(Name="second", CrossAccountPrimaryARN=primary, KmsKeyId=key)["ARN"]
    told = refusal(here.associate_cross_account_replica, SecretId=NAME, CrossAccountReplicaARN=second)
    assert told.code == "LimitExceededException"


@pytest.mark.parametrize(
    "given",
    [
        {"SecretString": "x"},
        {"Description": "x"},
        {"AddReplicaRegions": [{"Region": "eu-west-1"}]},
        {"KmsKeyId": "alias/aws/secretsmanager"},
        {"KmsKeyId": ""},
        {"CrossAccountPrimaryARN": f"arn:aws:secretsmanager:{REGION}:{OTHER}:secret:x-123456"},
        {"CrossAccountPrimaryARN": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:x-123456"},
    ],
    ids=str,
)
def test_what_a_replica_cannot_be_made_with(there: Any, primary: str, given: dict[str, Any]) -> None:
    right = {"Name": NAME, "CrossAccountPrimaryARN": primary, "KmsKeyId": "alias/mine"}
    assert refusal(there.create_secret, **right | given).code == "InvalidParameterException"
    assert there.list_secrets()["SecretList"] == []
