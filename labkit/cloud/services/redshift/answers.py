"""How Redshift shows a cluster: the structure of the API reference.

Endpoint.Address is 127.0.0.1, and Endpoint.Port the port of the real server.
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.services.redshift.model import (
    AVAILABLE,
    CREATING,
    MODIFYING,
    PAUSED,
    PAUSING,
    RESUMING,
    Cluster,
    TagPairs,
)
from labkit.cloud.state.arns import arn

HOST = "127.0.0.1"
VERSION = "1.0"
AVAILABILITY = {
    AVAILABLE: "Available",
    CREATING: "Modifying",
    MODIFYING: "Modifying",
    PAUSING: "Modifying",
    RESUMING: "Modifying",
    PAUSED: "Paused",
}


def cluster_answer(
    cluster: Cluster, region: str, account: str, pending: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A cluster; `pending` are the values that it will have soon."""
    several = cluster.NumberOfNodes > 1
    roles = [f"COMPUTE-{number}" for number in range(cluster.NumberOfNodes)] if several else ["SHARED"]
    answer: dict[str, Any] = {
        "ClusterIdentifier": cluster.ClusterIdentifier,
        "ClusterNamespaceArn": arn("redshift", region, account, f"namespace:{cluster.Namespace}"),
        "NodeType": cluster.NodeType,
        "ClusterStatus": cluster.ClusterStatus,
        "ClusterAvailabilityStatus": AVAILABILITY.get(cluster.ClusterStatus, "Unavailable"),
        "MasterUsername": cluster.Master.Username,
        "DBName": cluster.DBName,
        "ClusterCreateTime": cluster.ClusterCreateTime,
        "AutomatedSnapshotRetentionPeriod": cluster.AutomatedSnapshotRetentionPeriod,
        "ManualSnapshotRetentionPeriod": -1,
        "ClusterSecurityGroups": [],
        "VpcSecurityGroups": [],
        "ClusterParameterGroups": [
            {"ParameterGroupName": "default.redshift-2.0", "ParameterApplyStatus": "in-sync"}
        ],
        "AvailabilityZone": f"{region}a",
        "PendingModifiedValues": dict(pending or {}),
        "ClusterVersion": VERSION,
        "AllowVersionUpgrade": cluster.AllowVersionUpgrade,
        "NumberOfNodes": cluster.NumberOfNodes,
        "PubliclyAccessible": cluster.PubliclyAccessible,
        "Encrypted": bool(cluster.KmsKeyId),
        "ClusterNodes": [{"NodeRole": role} for role in (["LEADER", *roles] if several else roles)],
        "Tags": tag_list(cluster.Tags),
        "EnhancedVpcRouting": False,
        "IamRoles": [],
    }
    if cluster.KmsKeyId:
        answer["KmsKeyId"] = cluster.KmsKeyId
    if cluster.Port:
        answer["Endpoint"] = {"Address": HOST, "Port": cluster.Port}
    if cluster.Master.SecretArn:
        answer["MasterPasswordSecretArn"] = cluster.Master.SecretArn
        answer["MasterPasswordSecretKmsKeyId"] = cluster.Master.SecretKmsKeyId
    return answer


def tag_list(tags: TagPairs) -> list[dict[str, str]]:
    """Tags as Redshift lists them."""
    return [{"Key": key, "Value": value} for key, value in tags]
