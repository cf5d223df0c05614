"""How RDS shows what it remembers: records as the structures of the API reference.

Endpoint.Address is 127.0.0.1, and Endpoint.Port the port of the real server; a cluster of DocumentDB, which
has no server, shows an address that leads nowhere.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import asdict

from labkit.cloud.postgres.master_user import secret_answer
from labkit.cloud.services.rds.engines import DOCDB, ENGINES
from labkit.cloud.services.rds.model import DBCluster, DBInstance, DBSnapshot, TagPairs
from labkit.cloud.state.arns import Arn

HOST = "127.0.0.1"
HIDDEN = {"MasterUserPassword": "****"}


def instance_answer(
    instance: DBInstance, cluster: DBCluster | None = None, pending: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An instance, in its `cluster` if it is in one; `pending` are the values that it will have soon."""
    settings = asdict(instance.Kept)
    region = _region(instance.DBInstanceArn)
    family = f"default.{instance.Engine}{instance.EngineVersion.split('.')[0]}"
    answer = {
        **settings,
        "DBInstanceIdentifier": instance.DBInstanceIdentifier,
        "DBInstanceArn": instance.DBInstanceArn,
        "DbiResourceId": instance.DbiResourceId,
        "Engine": instance.Engine,
        "EngineVersion": instance.EngineVersion,
        "DBInstanceStatus": instance.DBInstanceStatus,
        "MasterUsername": instance.Master.Username,
        "DBSecurityGroups": [],
        "VpcSecurityGroups": [],
        "DBParameterGroups": [{"DBParameterGroupName": family, "ParameterApplyStatus": "in-sync"}],
        "AvailabilityZone": f"{region}a",
        "PendingModifiedValues": dict(pending or {}),
        "ReadReplicaDBInstanceIdentifiers": [],
        "LicenseModel": "postgresql-license" if ENGINES[instance.Engine].real else "na",
        "DbInstancePort": 0,
        "StorageEncrypted": bool(instance.KmsKeyId),
        "MonitoringInterval": 0,
        "IAMDatabaseAuthenticationEnabled": False,
        "TagList": tag_list(instance.Tags),
        **_optional("DBName", instance.DBName),
        **_optional("KmsKeyId", instance.KmsKeyId),
        **_optional("DBClusterIdentifier", instance.DBClusterIdentifier),
        **_optional("InstanceCreateTime", instance.InstanceCreateTime),
        **secret_answer(instance.Master),
    }
    address, port = (cluster_address(cluster), cluster.Port) if cluster else (HOST, instance.Port)
    return answer | ({"Endpoint": {"Address": address, "Port": port}} if port else {})


def cluster_answer(
    cluster: DBCluster, members: list[DBInstance], pending: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A cluster, with the instances that are in it."""
    region, address = _region(cluster.DBClusterArn), cluster_address(cluster)
    return {
        "DBClusterIdentifier": cluster.DBClusterIdentifier,
        "DBClusterArn": cluster.DBClusterArn,
        "DbClusterResourceId": cluster.DbClusterResourceId,
        "Engine": cluster.Engine,
        "EngineVersion": cluster.EngineVersion,
        "Status": cluster.Status,
        "MasterUsername": cluster.Master.Username,
        "AvailabilityZones": [f"{region}{letter}" for letter in "abc"],
        "BackupRetentionPeriod": cluster.BackupRetentionPeriod,
        "ClusterCreateTime": cluster.ClusterCreateTime,
        "DBClusterMembers": [
            {
                "DBInstanceIdentifier": one.DBInstanceIdentifier,
                "IsClusterWriter": one is members[0],
                "DBClusterParameterGroupStatus": "in-sync",
                "PromotionTier": 1,
            }
            for one in members
        ],
        "VpcSecurityGroups": [],
        "AssociatedRoles": [],
        "StorageEncrypted": bool(cluster.KmsKeyId),
        "DeletionProtection": cluster.DeletionProtection,
        "MultiAZ": len(members) > 1,
        "Port": cluster.Port or cluster.Wanted,
        "Endpoint": address,
        "ReaderEndpoint": address,
        "TagList": tag_list(cluster.Tags),
        **({"PendingModifiedValues": dict(pending)} if pending else {}),
        **_optional("DatabaseName", cluster.DatabaseName),
        **_optional("KmsKeyId", cluster.KmsKeyId),
        **secret_answer(cluster.Master),
    }


def snapshot_answer(snapshot: DBSnapshot) -> dict[str, Any]:
    """A snapshot, which is complete."""
    return {
        "DBSnapshotIdentifier": snapshot.DBSnapshotIdentifier,
        "DBSnapshotArn": snapshot.DBSnapshotArn,
        "DBInstanceIdentifier": snapshot.DBInstanceIdentifier,
        "DbiResourceId": snapshot.DbiResourceId,
        "SnapshotCreateTime": snapshot.SnapshotCreateTime,
        "Engine": snapshot.Engine,
        "EngineVersion": snapshot.EngineVersion,
        "AllocatedStorage": snapshot.Kept.AllocatedStorage,
        "StorageType": snapshot.Kept.StorageType,
        "Status": "available",
        "PercentProgress": 100,
        "SnapshotType": "manual",
        "Port": snapshot.Port,
        "AvailabilityZone": f"{_region(snapshot.DBSnapshotArn)}a",
        "MasterUsername": snapshot.MasterUsername,
        "LicenseModel": "postgresql-license",
        "Encrypted": bool(snapshot.DataKey),
        "IAMDatabaseAuthenticationEnabled": False,
        "TagList": tag_list(snapshot.Tags),
        **_optional("InstanceCreateTime", snapshot.InstanceCreateTime),
        **_optional("KmsKeyId", snapshot.KmsKeyId),
        **_optional("SourceDBSnapshotIdentifier", snapshot.SourceDBSnapshotIdentifier),
        **_optional("SourceRegion", snapshot.SourceRegion),
    }


def cluster_address(cluster: DBCluster) -> str:
    """Where a cluster is reached, or would be."""
    if cluster.Engine != DOCDB:
        return HOST
    mark = cluster.DbClusterResourceId.lower()[-12:]
    region = _region(cluster.DBClusterArn)
    return f"{cluster.DBClusterIdentifier}.cluster-{mark}.{region}.docdb.amazonaws.com"


def tag_list(tags: TagPairs) -> list[dict[str, str]]:
    """Tags as RDS lists them."""
    return [{"Key": key, "Value": value} for key, value in tags]


def _region(arn: str) -> str:
    parsed = Arn.parse(arn)
    assert parsed is not None
    return parsed.region


def _optional(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}
