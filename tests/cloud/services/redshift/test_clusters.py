"""Redshift: clusters that are real PostgreSQL servers, and who keeps the admin user's password."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pg8000.exceptions import InterfaceError

from labkit import Lab
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.kms.people import client_of_user, statement
from tests.cloud.services.rds.databases import login, refused
from tests.cloud.services.rds.test_instances import complaint
from tests.conftest import MakeClient, started_lab

pytestmark = needs_postgres

FIRST, SECOND = "First-Password-1", "Second-Password-2"
CREATE = {
    "ClusterIdentifier": "another",
    "NodeType": "ra3.large",
    "MasterUsername": "student",
    "MasterUserPassword": FIRST,
}
NAME = {"ClusterIdentifier": "school"}
ONE_LOOK = {"Delay": 0, "MaxAttempts": 1}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Return a started lab that the tests of this module share."""
    with started_lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def redshift(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("redshift")


@pytest.fixture(scope="module")
def school(redshift: Any) -> dict[str, Any]:
    """Return a cluster "school", as it is once it is available."""
    made = redshift.create_cluster(
        **CREATE | NAME, DBName="marks", Tags=[{"Key": "class", "Value": "4b"}], ClusterType="single-node"
    )["Cluster"]
    assert made["ClusterStatus"] == "creating"
    redshift.get_waiter("cluster_available").wait(**NAME, WaiterConfig=ONE_LOOK)
    return shown(redshift)


def shown(redshift: Any, name: str = "school") -> dict[str, Any]:
    answer: dict[str, Any] = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]
    return answer


def test_a_cluster_is_a_server_with_the_database_that_was_asked_for(
    redshift: Any, school: dict[str, Any]
) -> None:
    assert school["ClusterAvailabilityStatus"] == "Available"
    assert school["MasterUsername"] == "student"
    assert school["Endpoint"]["Address"] == "127.0.0.1"
    assert ":namespace:" in school["ClusterNamespaceArn"]
    session = login(school["Endpoint"], FIRST, database="marks")
    session.run("CREATE TABLE marks (name text, mark int)")
    session.close()
    assert FIRST not in str(school)


def test_after_a_change_the_old_password_is_refused_and_an_open_session_stays(
    redshift: Any, school: dict[str, Any]
) -> None:
    session = login(school["Endpoint"], FIRST, database="marks")
    answer = redshift.modify_cluster(**NAME, MasterUserPassword=SECOND)["Cluster"]
    assert answer["PendingModifiedValues"] == {"MasterUserPassword": "****"}
    assert shown(redshift)["ClusterStatus"] == "available"
    assert session.run("SELECT 1") == [[1]]
    session.close()
    assert refused(school["Endpoint"], FIRST)
    assert not refused(school["Endpoint"], SECOND)
    redshift.modify_cluster(**NAME, MasterUserPassword=FIRST)


def test_a_cluster_is_paused_resumed_and_rebooted(redshift: Any, school: dict[str, Any]) -> None:
    assert redshift.pause_cluster(**NAME)["Cluster"]["ClusterStatus"] == "pausing"
    assert shown(redshift)["ClusterStatus"] == "paused"
    with pytest.raises(InterfaceError):
        login(school["Endpoint"], FIRST)
    assert complaint(redshift.modify_cluster, **NAME, NumberOfNodes=2) == (
        "InvalidClusterState",
        "There is an operation running on the Cluster. Please try to run it at a later time.",
    )
    assert redshift.resume_cluster(**NAME)["Cluster"]["ClusterStatus"] == "resuming"
    assert complaint(redshift.resume_cluster, **NAME)[0] == "InvalidClusterState"
    assert redshift.reboot_cluster(**NAME)["Cluster"]["ClusterStatus"] == "rebooting"
    login(shown(redshift)["Endpoint"], FIRST).close()


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (NAME, "ClusterAlreadyExists", "Cluster already exists"),
        ({"DBName": "Marks"}, "InvalidParameterValue", "Only lowercase Database names are supported."),
        (
            {"MasterUserPassword": "First-Passw'rd-1"},
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters "
            "except for '/', '@', '\"', ' ', '\\', ''' may be used.",
        ),
        (
            {"MasterUserPassword": "Short-1"},
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password "
            "because it is shorter than 8 characters.",
        ),
        (
            {"MasterUserPassword": "no-upper-case-1"},
            "InvalidParameterValue",
            "The parameter MasterUserPassword must contain at least one upper case letter.",
        ),
        (
            {"MasterUserPassword": "No-number"},
            "InvalidParameterValue",
            "The parameter MasterUserPassword must contain at least one number.",
        ),
        (
            {"ManageMasterPassword": True},
            "InvalidParameterCombination",
            "You can't use MasterUserPassword if ManageMasterPassword is true.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    redshift: Any, school: dict[str, Any], changes: dict[str, Any], code: str, message: str
) -> None:
    assert complaint(redshift.create_cluster, **CREATE | changes) == (code, message)


@pytest.mark.parametrize(
    "operation", ["describe_clusters", "modify_cluster", "pause_cluster", "delete_cluster"]
)
def test_a_cluster_that_does_not_exist_is_not_found(redshift: Any, operation: str) -> None:
    call = getattr(redshift, operation)
    assert complaint(call, ClusterIdentifier="nobody") == ("ClusterNotFound", "Cluster nobody not found.")


def test_tags_are_added_listed_and_removed(redshift: Any, school: dict[str, Any]) -> None:
    arn = "arn:aws:redshift:us-east-1:123456789012:cluster:school"
    redshift.create_tags(ResourceName=arn, Tags=[{"Key": "owner", "Value": "ada"}])
    told = redshift.describe_tags(ResourceName=arn)["TaggedResources"]
    assert [(one["Tag"]["Key"], one["Tag"]["Value"]) for one in told] == [("class", "4b"), ("owner", "ada")]
    redshift.delete_tags(ResourceName=arn, TagKeys=["owner"])
    assert shown(redshift)["Tags"] == [{"Key": "class", "Value": "4b"}]
    found = redshift.describe_clusters(TagKeys=["class"], TagValues=["4b"])["Clusters"]
    assert [one["ClusterIdentifier"] for one in found] == ["school"]
    assert redshift.describe_clusters(TagKeys=["owner"])["Clusters"] == []
    missing = arn.replace("school", "nobody")
    assert complaint(redshift.describe_tags, ResourceName=missing)[0] == "ResourceNotFoundFault"


def test_who_may_only_describe_may_not_change(
    redshift: Any, school: dict[str, Any], client: MakeClient
) -> None:
    user = client_of_user(client, "redshift", statement("redshift:Describe*"))
    assert user.describe_clusters(**NAME)["Clusters"]
    assert complaint(user.modify_cluster, **NAME, MasterUserPassword=SECOND)[0] == "AccessDenied"


def test_a_managed_password_is_rotated_for_real(redshift: Any, client: MakeClient, kms: Any) -> None:
    secrets = client("secretsmanager")
    given = {name: value for name, value in CREATE.items() if name != "MasterUserPassword"}
    redshift.create_cluster(
        **given | {"ClusterIdentifier": "kept"}, ManageMasterPassword=True, Encrypted=True
    )
    found = shown(redshift, "kept")
    arn = found["MasterPasswordSecretArn"]
    assert secrets.describe_secret(SecretId=arn)["Name"] == "redshift!kept-student"
    assert secrets.describe_secret(SecretId=arn)["OwningService"] == "redshift"
    assert found["KmsKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")

    def password() -> str:
        return str(json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"])

    before = password()
    session = login(found["Endpoint"], before, database="dev")
    secrets.rotate_secret(SecretId=arn)
    assert session.run("SELECT 1") == [[1]]
    session.close()
    assert refused(found["Endpoint"], before)
    login(found["Endpoint"], password()).close()
    redshift.modify_cluster(ClusterIdentifier="kept", ManageMasterPassword=False, MasterUserPassword=FIRST)
    login(found["Endpoint"], FIRST).close()
    assert complaint(secrets.describe_secret, SecretId=arn)[0] == "ResourceNotFoundException"
    assert complaint(redshift.delete_cluster, ClusterIdentifier="kept")[0] == "InvalidParameterCombination"
    redshift.delete_cluster(ClusterIdentifier="kept", SkipFinalClusterSnapshot=True)
    redshift.get_waiter("cluster_deleted").wait(ClusterIdentifier="kept", WaiterConfig=ONE_LOOK)
