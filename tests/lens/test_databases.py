"""lab.databases(): what is real and what is emulated, and what is kept of a password."""

from typing import Any

import boto3

from labkit import Lab
from tests.cloud.postgres.needed import needs_postgres

PASSWORD = "First-Password-1"
MASTER = {"MasterUsername": "student", "MasterUserPassword": PASSWORD}


@needs_postgres
def test_the_table_tells_real_servers_from_emulated_ones(lab: Lab) -> None:
    rds: Any = boto3.client("rds")
    docdb: Any = boto3.client("docdb")
    redshift: Any = boto3.client("redshift")
    docdb.create_db_cluster(DBClusterIdentifier="docs", Engine="docdb", **MASTER)
    docdb.create_db_instance(
        DBInstanceIdentifier="docs-1",
        DBInstanceClass="db.r5.large",
        Engine="docdb",
        DBClusterIdentifier="docs",
    )
    rds.create_db_instance(
        DBInstanceIdentifier="school", DBInstanceClass="db.t3.micro", Engine="postgres", **MASTER
    )
    redshift.create_cluster(ClusterIdentifier="house", NodeType="ra3.large", **MASTER)
    rds.stop_db_instance(DBInstanceIdentifier="school")
    shown = lab.databases()
    columns = ["Service", "Kind", "Identifier", "Status", "Server", "Running"]
    assert shown[columns].values.tolist() == [
        ["docdb", "cluster", "docs", "available", "emulated", False],
        ["docdb", "instance", "docs-1", "available", "emulated", False],
        ["rds", "instance", "school", "stopped", "real", False],
        ["redshift", "cluster", "house", "available", "real", True],
    ]
    (cluster,) = redshift.describe_clusters()["Clusters"]
    assert shown["Port"].tolist()[-1] == cluster["Endpoint"]["Port"]
    assert shown["Verifier"].dropna().str.startswith("SCRAM-SHA-256$4096:").all()
    assert PASSWORD not in shown.to_string()
