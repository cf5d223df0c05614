"""Replicas: they follow, they can't be written to, and each is under a key of its own region."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import MakeClient

NAME = "db/password"
NOT_HERE = Refusal(
    "InvalidRequestException",
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
)


@pytest.fixture
def here(lab: Lab, client: MakeClient) -> Any:
    """Return a client of the primary's region, where a secret has one replica."""
    sm = client("secretsmanager", "us-east-1")
    sm.create_secret(Name=NAME, SecretString="one", AddReplicaRegions=[{"Region": "eu-west-1"}])
    return sm


@pytest.fixture
def there(client: MakeClient) -> Any:
    """Return a client of the replica's region."""
    return client("secretsmanager", "eu-west-1")


def status(sm: Any) -> dict[str, str]:
    told = sm.describe_secret(SecretId=NAME).get("ReplicationStatus", [])
    return {one["Region"]: one["Status"] for one in told}


def test_a_replica_has_the_value_the_version_and_the_arn_but_for_the_region(here: Any, there: Any) -> None:
    primary, replica = (sm.get_secret_value(SecretId=NAME) for sm in (here, there))
    assert replica["SecretString"] == "one"
    assert replica["VersionId"] == primary["VersionId"]
    assert replica["ARN"] == primary["ARN"].replace("us-east-1", "eu-west-1")
    assert status(here) == {"eu-west-1": "InSync"}
    described = there.describe_secret(SecretId=NAME)
    assert (described["PrimaryRegion"], "ReplicationStatus" in described) == ("us-east-1", False)


def test_every_change_of_the_primary_reaches_its_replicas(here: Any, there: Any) -> None:
    here.put_secret_value(SecretId=NAME, SecretString="two")
    here.tag_resource(SecretId=NAME, Tags=[{"Key": "a", "Value": "b"}])
    here.update_secret(SecretId=NAME, Description="new")
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "two"
    assert there.get_secret_value(SecretId=NAME, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    described = there.describe_secret(SecretId=NAME)
    assert (described["Tags"], described["Description"]) == ([{"Key": "a", "Value": "b"}], "new")


def test_a_replica_is_only_read(here: Any, there: Any) -> None:
    calls: list[tuple[Any, dict[str, Any]]] = [
        (there.put_secret_value, {"SecretString": "x"}),
        (there.update_secret, {"Description": "x"}),
        (there.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (there.delete_secret, {}),
        (there.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": "us-west-2"}]}),
    ]
    for call, more in calls:
        assert refusal(call, SecretId=NAME, **more) == NOT_HERE
    told = refusal(here.delete_secret, SecretId=NAME)
    assert told.message == f"You can't delete secret {NAME} that still has replica regions [eu-west-1]"


def test_each_region_has_a_key_of_its_own(here: Any, there: Any, client: MakeClient) -> None:
    key = client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    here.remove_regions_from_replication(SecretId=NAME, RemoveReplicaRegions=["eu-west-1"])
    assert refusal(there.get_secret_value, SecretId=NAME).code == "ResourceNotFoundException"
    here.replicate_secret_to_regions(
        SecretId=NAME, AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": key}]
    )
    assert there.describe_secret(SecretId=NAME)["KmsKeyId"] == key
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "one"
    client("kms", "eu-west-1").disable_key(KeyId=key)
    assert refusal(there.get_secret_value, SecretId=NAME).code == "DecryptionFailure"
    assert here.get_secret_value(SecretId=NAME)["SecretString"] == "one"
    here.put_secret_value(SecretId=NAME, SecretString="two")
    assert status(here) == {"eu-west-1": "Failed"}
    client("kms", "eu-west-1").enable_key(KeyId=key)
    here.put_secret_value(SecretId=NAME, SecretString="three")
    assert status(here) == {"eu-west-1": "InSync"}
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "three"


def test_a_secret_that_has_the_name_is_in_the_way_unless_it_may_be_overwritten(
    lab: Lab, client: MakeClient, there: Any
) -> None:
    here = client("secretsmanager", "us-east-1")
    there.create_secret(Name=NAME, SecretString="mine")
    here.create_secret(Name=NAME, SecretString="one", AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert status(here) == {"eu-west-1": "Failed"}
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "mine"
    here.remove_regions_from_replication(SecretId=NAME, RemoveReplicaRegions=["eu-west-1"])
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "mine"
    here.replicate_secret_to_regions(
        SecretId=NAME, AddReplicaRegions=[{"Region": "eu-west-1"}], ForceOverwriteReplicaSecret=True
    )
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "one"


def test_a_replica_is_promoted(here: Any, there: Any) -> None:
    there.stop_replication_to_replica(SecretId=NAME)
    assert status(here) == {}
    here.put_secret_value(SecretId=NAME, SecretString="two")
    there.put_secret_value(SecretId=NAME, SecretString="three")
    assert here.get_secret_value(SecretId=NAME)["SecretString"] == "two"
    assert there.get_secret_value(SecretId=NAME)["SecretString"] == "three"
    assert refusal(there.stop_replication_to_replica, SecretId=NAME).code == "InvalidRequestException"
    here.delete_secret(SecretId=NAME)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_region_comes_once(here: Any, region: str) -> None:
    told = refusal(here.replicate_secret_to_regions, SecretId=NAME, AddReplicaRegions=[{"Region": region}])
    assert told.code == "InvalidParameterException"
    told = refusal(here.remove_regions_from_replication, SecretId=NAME, RemoveReplicaRegions=["sa-east-1"])
    assert told.code == "InvalidParameterException"
