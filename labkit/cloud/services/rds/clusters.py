"""DB clusters: Aurora PostgreSQL, on a real PostgreSQL, and DocumentDB, which is emulated.

No server that speaks MongoDB's protocol and checks passwords can be had as a package. So a cluster of
DocumentDB is made, described, changed and rotated here, and its passwords are kept as verifiers, but nobody
can log in.
Source: RDS API Reference, "CreateDBCluster"; DocumentDB Developer Guide, "Amazon DocumentDB API reference".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.faults import not_built
from labkit.cloud.core.outside import Steps
from labkit.cloud.services.rds import checks
from labkit.cloud.services.rds.answers import HIDDEN, cluster_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.deleting import check_final_snapshot
from labkit.cloud.services.rds.describing import PAGE
from labkit.cloud.services.rds.engines import DOCDB
from labkit.cloud.services.rds.model import CREATING, DELETING, DBCluster
from labkit.cloud.services.rds.modifying import MasterPasswords
from labkit.cloud.services.rds.names import new_resource_id
from labkit.cloud.services.rds.service import facts_of_new, with_tags
from labkit.records import replace


class Clusters(MasterPasswords):
    """Make, show, change and delete DB clusters."""

    def create_db_cluster(
        self,
        DBClusterIdentifier: str,
        Engine: str,
        BackupRetentionPeriod: int = 1,
        DatabaseName: str | None = None,
        EngineVersion: str | None = None,
        Port: int | None = None,
        MasterUsername: str | None = None,
        MasterUserPassword: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
        StorageEncrypted: bool = False,
        KmsKeyId: str | None = None,
        DeletionProtection: bool = False,
        ManageMasterUserPassword: bool = False,
        MasterUserSecretKmsKeyId: str | None = None,
    ) -> dict[str, Any]:
        """Make a cluster. Its instances come later, and are not needed to log in.

        Raises:
            InvalidParameterValue, InvalidParameterCombination: a name, a password or an engine won't do.
            DBClusterAlreadyExistsFault: the name is taken.
            KMSKeyNotAccessibleFault: the storage can't be encrypted under this key.
            AwsError: NotImplemented (501), the lab has no server for this engine.
        """
        name, arn = DBClusterIdentifier.lower(), self.cluster_arn(DBClusterIdentifier)
        self.allow(arn, facts=lambda: facts_of_new(Engine, StorageEncrypted, ManageMasterUserPassword, Tags))
        checks.identifier("DBClusterIdentifier", DBClusterIdentifier)
        if name in self.tables.clusters:
            raise faults.DBClusterAlreadyExistsFault("DB Cluster already exists")
        engine = checks.engine("CreateDBCluster", Engine, clustered=True)
        version = checks.version(engine, EngineVersion, self.newest_version(engine.name))
        database = checks.database_name("DatabaseName", DatabaseName) if DatabaseName else ""
        resource_id = new_resource_id("cluster")
        key, wrapped = self.volume_key(StorageEncrypted, KmsKeyId, {"aws:rds:dbc-id": resource_id})
        master = self.new_master(
            engine,
            arn,
            MasterUsername,
            MasterUserPassword,
            ManageMasterUserPassword,
            MasterUserSecretKmsKeyId,
        )
        cluster = DBCluster(
            DBClusterIdentifier=name,
            DBClusterArn=arn,
            DbClusterResourceId=resource_id,
            Engine=engine.name,
            EngineVersion=version,
            Status=CREATING,
            Master=master,
            ClusterCreateTime=self.now,
            DatabaseName=database,
            Wanted=Port or (engine.port if engine.name == DOCDB else 0),
            KmsKeyId=key,
            VolumeKey=wrapped,
            BackupRetentionPeriod=BackupRetentionPeriod,
            DeletionProtection=DeletionProtection,
            Tags=with_tags((), Tags),
        )
        self.tables.clusters.put(cluster)
        self.later(cluster, "_set_up")
        return {"DBCluster": cluster_answer(cluster, [])}

    def describe_db_clusters(
        self,
        DBClusterIdentifier: str | None = None,
        Filters: Sequence[Mapping[str, Any]] = (),
        MaxRecords: int = PAGE,
        Marker: str | None = None,
        IncludeShared: bool = False,
    ) -> dict[str, Any]:
        """One cluster by its name or ARN, or all, page by page.

        Raises:
            DBClusterNotFoundFault: there is none of this name. InvalidParameterValue: as for instances.
        """
        if DBClusterIdentifier:
            found = self.find_cluster(DBClusterIdentifier.removeprefix(self.cluster_arn("")))
            return {"DBClusters": [self._cluster_shown(found)]}
        self.allow(self.cluster_arn("*"))
        wanted = {"db-cluster-id": set[str](), "engine": set[str]()}
        for one in Filters:
            if one["Name"] not in wanted:
                raise faults.InvalidParameterValue(f"Unrecognized filter name: {one['Name']}")
            wanted[one["Name"]] |= set(one["Values"])
        clusters = [
            cluster
            for cluster in self.tables.clusters
            if (
                not (names := wanted["db-cluster-id"])
                or {cluster.DBClusterIdentifier, cluster.DBClusterArn} & names
            )
            and (not (engines := wanted["engine"]) or cluster.Engine in engines)
        ]
        page, marker = self.page(clusters, "DBClusterIdentifier", Marker, MaxRecords)
        return {"DBClusters": [self._cluster_shown(cluster) for cluster in page], **marker}

    def modify_db_cluster(
        self,
        DBClusterIdentifier: str,
        ApplyImmediately: bool = False,
        BackupRetentionPeriod: int | None = None,
        MasterUserPassword: str | None = None,
        DeletionProtection: bool | None = None,
        ManageMasterUserPassword: bool | None = None,
        RotateMasterUserPassword: bool = False,
        MasterUserSecretKmsKeyId: str | None = None,
    ) -> Steps:
        """Change a cluster; as for instances.

        Raises:
            DBClusterNotFoundFault: there is none. InvalidDBClusterStateFault: it is not available.
            InvalidParameterValue, InvalidParameterCombination: a password won't do, or parameters don't fit.
        """
        cluster = self.find_cluster(DBClusterIdentifier)
        self.check_available(cluster)
        master = yield from self.modified_master(
            cluster,
            cluster.DBClusterArn,
            MasterUserPassword,
            ManageMasterUserPassword,
            RotateMasterUserPassword,
            MasterUserSecretKmsKeyId,
            ApplyImmediately,
        )
        wanted = {"BackupRetentionPeriod": BackupRetentionPeriod, "DeletionProtection": DeletionProtection}
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        changed = replace(cluster, Master=master, **given)
        self.tables.clusters.put(changed)
        pending = {}
        if master.Verifier != cluster.Master.Verifier:
            pending = HIDDEN
            self.later(changed, "_set_password")
        return {"DBCluster": self._cluster_shown(changed, pending)}

    def delete_db_cluster(
        self,
        DBClusterIdentifier: str,
        SkipFinalSnapshot: bool = False,
        FinalDBSnapshotIdentifier: str | None = None,
        DeleteAutomatedBackups: bool = True,
    ) -> dict[str, Any]:
        """Delete a cluster that has no instances any more.

        Raises:
            DBClusterNotFoundFault: there is none. InvalidDBClusterStateFault: it has instances.
            InvalidParameterCombination: it is protected, or what becomes of its data is not said clearly.
        """
        cluster = self.find_cluster(DBClusterIdentifier)
        if cluster.DeletionProtection:
            raise faults.InvalidParameterCombination(
                "Cannot delete protected Cluster, please disable deletion protection and try again."
            )
        if self._members(cluster):
            raise faults.InvalidDBClusterStateFault(
                "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
            )
        check_final_snapshot(SkipFinalSnapshot, FinalDBSnapshotIdentifier)
        if FinalDBSnapshotIdentifier:
            raise not_built("rds", "DeleteDBCluster with FinalDBSnapshotIdentifier")
        self.forget_secret(cluster.Master)
        changed = replace(cluster, Status=DELETING)
        self.tables.clusters.put(changed)
        self.later(changed, "_remove")
        return {"DBCluster": cluster_answer(changed, [])}

    def _members(self, cluster: DBCluster) -> list[Any]:
        return self.tables.instances.having("cluster", cluster.DBClusterIdentifier)

    def _cluster_shown(self, cluster: DBCluster, pending: Mapping[str, str] | None = None) -> dict[str, Any]:
        return cluster_answer(cluster, self._members(cluster), pending)
