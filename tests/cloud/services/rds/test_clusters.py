"""DB clusters: Aurora PostgreSQL on a real server, DocumentDB through its own client, without one."""

from typing import Any

import pytest

from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.rds.databases import FIRST, SECOND, login, refused
from tests.cloud.services.rds.test_instances import complaint
from tests.conftest import MakeClient

MASTER = {"MasterUsername": "student", "MasterUserPassword": FIRST}


@pytest.fixture(scope="module")
def docdb(rds: Any, client: MakeClient) -> Any:
    """Return a client of DocumentDB."""
    return client("docdb")


def cluster(asked: Any, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = asked.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    return answer


def test_documentdb_s_own_client_is_answered(docdb: Any) -> None:
    made = docdb.create_db_cluster(DBClusterIdentifier="Docs", Engine="docdb", **MASTER)["DBCluster"]
    assert made["Status"] == "creating"
    docdb.create_db_instance(
        DBInstanceIdentifier="docs-1",
        DBInstanceClass="db.r5.large",
        Engine="docdb",
        DBClusterIdentifier="docs",
    )
    docdb.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier="docs-1", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )
    found = cluster(docdb, "docs")
    assert found["Status"] == "available"
    assert found["DBClusterArn"] == "arn:aws:rds:us-east-1:123456789012:cluster:docs"
    assert found["Endpoint"].startswith("docs.cluster-")
    assert found["Endpoint"].endswith(".us-east-1.docdb.amazonaws.com")
    assert found["Port"] == 27017
    assert [one["DBInstanceIdentifier"] for one in found["DBClusterMembers"]] == ["docs-1"]
    assert complaint(docdb.delete_db_cluster, DBClusterIdentifier="docs", SkipFinalSnapshot=True) == (
        "InvalidDBClusterStateFault",
        "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
    )
    docdb.delete_db_instance(DBInstanceIdentifier="docs-1")
    docdb.delete_db_cluster(DBClusterIdentifier="docs", SkipFinalSnapshot=True)
    assert complaint(docdb.describe_db_clusters, DBClusterIdentifier="docs") == (
        "DBClusterNotFoundFault",
        "DBCluster docs not found.",
    )


def test_both_clients_see_the_same_clusters(docdb: Any, rds: Any) -> None:
    docdb.create_db_cluster(DBClusterIdentifier="seen", Engine="docdb", **MASTER)
    assert cluster(rds, "seen")["DbClusterResourceId"] == cluster(docdb, "seen")["DbClusterResourceId"]
    assert complaint(rds.create_db_cluster, DBClusterIdentifier="seen", Engine="docdb", **MASTER) == (
        "DBClusterAlreadyExistsFault",
        "DB Cluster already exists",
    )
    filtered = docdb.describe_db_clusters(Filters=[{"Name": "engine", "Values": ["aurora-postgresql"]}])
    assert filtered["DBClusters"] == []
    docdb.delete_db_cluster(DBClusterIdentifier="seen", SkipFinalSnapshot=True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Engine": "mongodb"}, "InvalidParameterValue"),
        ({"Engine": "docdb", "EngineVersion": "9.9"}, "InvalidParameterCombination"),
        ({"Engine": "docdb", "MasterUserPassword": "p" * 101}, "InvalidParameterValue"),
        ({"Engine": "postgres"}, "NotImplemented"),
        ({"Engine": "aurora-mysql"}, "NotImplemented"),
    ],
)
def test_what_is_no_cluster_is_refused(rds: Any, changes: dict[str, str], code: str) -> None:
    given = {"DBClusterIdentifier": "none", **MASTER, **changes}
    assert complaint(rds.create_db_cluster, **given)[0] == code


def test_a_change_of_documentdb_s_password_is_pending_and_then_done(docdb: Any, rds: Any) -> None:
    docdb.create_db_cluster(DBClusterIdentifier="changing", Engine="docdb", **MASTER)
    answer = rds.modify_db_cluster(DBClusterIdentifier="changing", MasterUserPassword=SECOND)["DBCluster"]
    assert answer["PendingModifiedValues"] == {"MasterUserPassword": "****"}
    assert cluster(docdb, "changing")["Status"] == "available"
    docdb.delete_db_cluster(DBClusterIdentifier="changing", SkipFinalSnapshot=True)


@needs_postgres
def test_aurora_postgresql_is_a_real_server_whose_instances_share_it(rds: Any) -> None:
    rds.create_db_cluster(
        DBClusterIdentifier="aurora", Engine="aurora-postgresql", DatabaseName="marks", **MASTER
    )
    rds.create_db_instance(
        DBInstanceIdentifier="aurora-1",
        DBInstanceClass="db.r5.large",
        Engine="aurora-postgresql",
        DBClusterIdentifier="aurora",
    )
    found = cluster(rds, "aurora")
    endpoint = {"Address": found["Endpoint"], "Port": found["Port"]}
    (one,) = rds.describe_db_instances(DBInstanceIdentifier="aurora-1")["DBInstances"]
    assert one["Endpoint"] == endpoint
    session = login(endpoint, FIRST, database="marks")
    rds.modify_db_cluster(DBClusterIdentifier="aurora", MasterUserPassword=SECOND)
    assert session.run("SELECT 1") == [[1]]
    session.close()
    assert refused(endpoint, FIRST)
    login(endpoint, SECOND, database="marks").close()
    assert complaint(rds.modify_db_instance, DBInstanceIdentifier="aurora-1", MasterUserPassword=FIRST) == (
        "InvalidParameterCombination",
        "Instance is a member of a DB cluster. Modify the master user password of the DB cluster.",
    )
    assert complaint(rds.stop_db_instance, DBInstanceIdentifier="aurora-1")[0] == "InvalidDBClusterStateFault"
    rds.delete_db_instance(DBInstanceIdentifier="aurora-1")
    rds.delete_db_cluster(DBClusterIdentifier="aurora", SkipFinalSnapshot=True)
    assert complaint(rds.describe_db_clusters, DBClusterIdentifier="aurora")[0] == "DBClusterNotFoundFault"
