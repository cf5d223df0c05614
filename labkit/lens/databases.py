"""Databases of RDS, DocumentDB and Redshift: which are real, and what is kept of their passwords."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.postgres import Servers
from labkit.cloud.postgres.master_user import Master
from labkit.cloud.services.rds.engines import DOCDB, ENGINES
from labkit.cloud.services.rds.model import DBCluster, DBInstance, RdsTables
from labkit.cloud.services.redshift.model import Cluster, RedshiftTables
from labkit.lens.frames import INTEGER, TEXT, TIME, YES_NO, frame

if TYPE_CHECKING:
    import pandas as pd

REAL, EMULATED, SHARED = "real", "emulated", "its cluster's"


def databases(cloud: Cloud) -> "pd.DataFrame":
    """One row a DB instance or cluster.

    `Server` says whether there is a PostgreSQL behind it, and `Running` whether that runs. `Verifier` is what
    is kept of the master password, as PostgreSQL keeps it; `Secret` is the secret that RDS manages.
    """
    columns = {
        "account": TEXT,
        "region": TEXT,
        "Service": TEXT,
        "Kind": TEXT,
        "Identifier": TEXT,
        "Engine": TEXT,
        "Status": TEXT,
        "Created": TIME,
        "Server": TEXT,
        "Port": INTEGER,
        "Running": YES_NO,
        "MasterUsername": TEXT,
        "Verifier": TEXT,
        "Secret": TEXT,
        "KmsKeyId": TEXT,
    }
    return frame(columns, [*_of_rds(cloud), *_of_redshift(cloud)])


def _of_rds(cloud: Cloud) -> Iterator[tuple[object, ...]]:
    for scope in cloud.store.scopes(RdsTables):
        tables = cloud.store.tables(RdsTables, *scope)
        for cluster in tables.clusters:
            yield (*scope, *_cluster(cloud, cluster))
        for instance in tables.instances:
            yield (*scope, *_instance(cloud, instance, tables.clusters.get(instance.DBClusterIdentifier)))


def _cluster(cloud: Cloud, cluster: DBCluster) -> tuple[object, ...]:
    server = REAL if ENGINES[cluster.Engine].real else EMULATED
    return (
        _service(cluster.Engine),
        "cluster",
        cluster.DBClusterIdentifier,
        cluster.Engine,
        cluster.Status,
        cluster.ClusterCreateTime,
        server,
        *_reached(cloud, server, cluster.Port, cluster.DbClusterResourceId),
        *_master(cluster.Master),
        cluster.KmsKeyId or None,
    )


def _instance(cloud: Cloud, instance: DBInstance, cluster: DBCluster | None) -> tuple[object, ...]:
    server = SHARED if cluster else REAL
    port, resource_id = instance.Port, instance.DbiResourceId
    if cluster:
        port, resource_id = cluster.Port, cluster.DbClusterResourceId
        server = SHARED if ENGINES[cluster.Engine].real else EMULATED
    return (
        _service(instance.Engine),
        "instance",
        instance.DBInstanceIdentifier,
        instance.Engine,
        instance.DBInstanceStatus,
        instance.InstanceCreateTime,
        server,
        *_reached(cloud, server, port, resource_id),
        *_master(instance.Master),
        instance.KmsKeyId or None,
    )


def _of_redshift(cloud: Cloud) -> Iterator[tuple[object, ...]]:
    for scope in cloud.store.scopes(RedshiftTables):
        for cluster in cloud.store.tables(RedshiftTables, *scope).clusters:
            yield (*scope, *_redshift(cloud, cluster))


def _redshift(cloud: Cloud, cluster: Cluster) -> tuple[object, ...]:
    return (
        "redshift",
        "cluster",
        cluster.ClusterIdentifier,
        "redshift",
        cluster.ClusterStatus,
        cluster.ClusterCreateTime,
        REAL,
        *_reached(cloud, REAL, cluster.Port, cluster.Namespace),
        *_master(cluster.Master),
        cluster.KmsKeyId or None,
    )


def _service(engine: str) -> str:
    return "docdb" if engine == DOCDB else "rds"


def _reached(cloud: Cloud, server: str, port: int, resource_id: str) -> tuple[object, ...]:
    """The port, and whether somebody listens there."""
    if server == EMULATED:
        return None, False
    return port or None, cloud.part(Servers).running(resource_id)


def _master(master: Master) -> tuple[object, ...]:
    return master.Username, master.Verifier or None, master.SecretArn or None
