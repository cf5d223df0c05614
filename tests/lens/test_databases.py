"""lab.databases(), lab.db_snapshots(): what is real, what is kept of a password, which key opens what."""

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


@needs_postgres
def test_a_snapshot_and_its_copy_have_the_same_data_in_other_bytes_under_another_key(lab: Lab) -> None:
    here: Any = boto3.client("rds", "us-east-1")
    there: Any = boto3.client("rds", "eu-west-1")
    assert lab.db_snapshots().empty
    here.create_db_instance(
        DBInstanceIdentifier="school",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        StorageEncrypted=True,
        **MASTER,
    )
    made = here.create_db_snapshot(DBSnapshotIdentifier="one", DBInstanceIdentifier="school")["DBSnapshot"]
    there.copy_db_snapshot(
        SourceDBSnapshotIdentifier=made["DBSnapshotArn"],
        TargetDBSnapshotIdentifier="two",
        KmsKeyId="alias/aws/rds",
        SourceRegion="us-east-1",
    )
    copy, source = lab.db_snapshots().to_dict("records")
    assert (source["region"], copy["region"]) == ("us-east-1", "eu-west-1")
    assert copy["Source"] == made["DBSnapshotArn"]
    assert source["Bytes"] == copy["Bytes"]
    assert source["FirstBytes"] != copy["FirstBytes"]
    assert source["DataKey"] != copy["DataKey"]
    assert copy["KmsKeyId"].startswith("arn:aws:kms:eu-west-1:")
