"""CreateDBInstance: a name, a master user with a password, and a little later a server.

The answer says "creating". The server is set up once the call is answered: see `serving`.
Source: RDS API Reference, "CreateDBInstance".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.postgres import NoPostgresError
from labkit.cloud.postgres.master_user import Master
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.services.rds import checks
from labkit.cloud.services.rds.answers import instance_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.engines import DOCDB, DOCDB_VERSION, Engine
from labkit.cloud.services.rds.model import (
    AVAILABLE,
    BACKUP_WINDOW,
    CREATING,
    MAINTENANCE_WINDOW,
    DBCluster,
    DBInstance,
    Settings,
)
from labkit.cloud.services.rds.names import new_resource_id
from labkit.cloud.services.rds.service import RdsService, facts_of_new, key_not_accessible, with_tags
from labkit.crypto.randomness import random_uuid

MANAGED_AND_GIVEN = (
    "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
)
KEY_FOR_NOTHING = "A ManageMasterUserPassword value is required when MasterUserSecretKmsKeyId is specified."


class NewDatabases(RdsService):
    """What instances and clusters need when they are made."""

    def newest_version(self, engine: str) -> str:
        """The version that a new database has by default: of PostgreSQL, the one that this machine has.

        Raises:
            AwsError: NotImplemented (501), this machine has no PostgreSQL.
        """
        if engine == DOCDB:
            return DOCDB_VERSION
        try:
            return self.servers.prepare()
        except NoPostgresError as error:
            raise aws_error("NotImplemented", 501, str(error)) from None

    def new_master(
        self,
        engine: Engine,
        arn: str,
        username: str | None,
        password: str | None,
        managed: bool,
        key_id: str | None,
    ) -> Master:
        """The master user of a database that is to be made, whose password is given or `managed`.

        Raises:
            InvalidParameterValue, InvalidParameterCombination: the name or the password won't do.
            AwsError: what Secrets Manager answers.
        """
        name = checks.username(username)
        if managed:
            if password is not None:
                raise faults.InvalidParameterCombination(MANAGED_AND_GIVEN)
            return self.new_managed_master(arn, name, key_id)
        if key_id is not None:
            raise faults.InvalidParameterCombination(KEY_FOR_NOTHING)
        if not password:
            raise faults.InvalidParameterValue(
                "The parameter MasterUserPassword must be provided and must not be blank."
            )
        checks.password(password, engine)
        return self.master_of(name, password)

    def new_managed_master(self, arn: str, username: str, key_id: str | None) -> Master:
        """A master user whose password Secrets Manager keeps.

        Raises:
            KMSKeyNotAccessibleFault: there is no such key for this caller. AwsError: as Secrets Manager says.
        """
        try:
            key_arn = self.key_arn(key_id) if key_id else ""
        except AwsError:
            raise key_not_accessible(str(key_id)) from None
        clustered = ":cluster:" in arn
        kind, label = ("cluster", "Cluster") if clustered else ("db", "Instance")
        return self.managed_master(
            username,
            f"rds!{kind}-{random_uuid()}",
            f"The secret associated with the primary RDS DB {label.lower()}: {arn}",
            {f"aws:rds:primaryDB{label}Arn": arn},
            key_arn,
        )


class Creating(NewDatabases):
    """Make DB instances."""

    def create_db_instance(
        self,
        DBInstanceIdentifier: str,
        DBInstanceClass: str,
        Engine: str,
        DBName: str | None = None,
        AllocatedStorage: int = 20,
        MasterUsername: str | None = None,
        MasterUserPassword: str | None = None,
        PreferredMaintenanceWindow: str = MAINTENANCE_WINDOW,
        BackupRetentionPeriod: int = 1,
        PreferredBackupWindow: str = BACKUP_WINDOW,
        Port: int | None = None,
        MultiAZ: bool = False,
        EngineVersion: str | None = None,
        AutoMinorVersionUpgrade: bool = True,
        PubliclyAccessible: bool = True,
        Tags: Sequence[Mapping[str, str]] = (),
        DBClusterIdentifier: str | None = None,
        StorageType: str = "gp3",
        StorageEncrypted: bool = False,
        KmsKeyId: str | None = None,
        CopyTagsToSnapshot: bool = False,
        DeletionProtection: bool = False,
        ManageMasterUserPassword: bool = False,
        MasterUserSecretKmsKeyId: str | None = None,
    ) -> dict[str, Any]:
        """Make an instance: with a server of its own, or one more in a cluster.

        Raises:
            InvalidParameterValue, InvalidParameterCombination: a name, a password or an engine won't do.
            DBInstanceAlreadyExists: the name is taken. DBClusterNotFoundFault: there is no such cluster.
            KMSKeyNotAccessibleFault: the storage can't be encrypted under this key.
            AwsError: NotImplemented (501), the lab has no server for this engine.
        """
        name = DBInstanceIdentifier.lower()
        arn = self.instance_arn(name)
        self.allow(
            arn,
            facts=lambda: {
                **facts_of_new(Engine, StorageEncrypted, ManageMasterUserPassword, Tags),
                "rds:DatabaseClass": DBInstanceClass,
                "rds:StorageSize": AllocatedStorage,
                "rds:MultiAz": MultiAZ,
            },
        )
        checks.identifier("DBInstanceIdentifier", DBInstanceIdentifier)
        if name in self.tables.instances:
            raise faults.DBInstanceAlreadyExistsFault("DB instance already exists")
        settings = Settings(
            DBInstanceClass,
            AllocatedStorage,
            BackupRetentionPeriod,
            MultiAZ,
            AutoMinorVersionUpgrade,
            PubliclyAccessible,
            StorageType,
            CopyTagsToSnapshot,
            DeletionProtection,
            PreferredBackupWindow,
            PreferredMaintenanceWindow.lower(),
        )
        tags = with_tags((), Tags)
        engine = checks.engine("CreateDBInstance", Engine, clustered=DBClusterIdentifier is not None)
        resource_id = new_resource_id("db")
        if DBClusterIdentifier is not None:
            if MasterUsername or MasterUserPassword or ManageMasterUserPassword:
                raise faults.InvalidParameterCombination(
                    "The requested DB Instance will be a member of a DB Cluster. "
                    "Set master user password for the DB Cluster."
                )
            return self._join(
                self._cluster(DBClusterIdentifier, engine.name), name, resource_id, settings, tags
            )
        version = checks.version(engine, EngineVersion, self.newest_version(engine.name))
        database = checks.database_name("DBName", DBName) if DBName else ""
        key, wrapped = self.volume_key(StorageEncrypted, KmsKeyId, {"aws:rds:db-id": resource_id})
        master = self.new_master(
            engine,
            arn,
            MasterUsername,
            MasterUserPassword,
            ManageMasterUserPassword,
            MasterUserSecretKmsKeyId,
        )
        instance = DBInstance(
            DBInstanceIdentifier=name,
            DBInstanceArn=arn,
            DbiResourceId=resource_id,
            Engine=engine.name,
            EngineVersion=version,
            DBInstanceStatus=CREATING,
            Master=master,
            DBName=database,
            Wanted=Port or 0,
            KmsKeyId=key,
            VolumeKey=wrapped,
            Kept=settings,
            Tags=tags,
        )
        self.tables.instances.put(instance)
        self.later(instance, "_set_up")
        return {"DBInstance": instance_answer(instance)}

    def _cluster(self, DBClusterIdentifier: str, engine: str) -> DBCluster:
        cluster = self.tables.clusters.get(DBClusterIdentifier.lower())
        if cluster is None:
            raise faults.DBClusterNotFoundFault(
                f"The source cluster could not be found or cannot be accessed: {DBClusterIdentifier}"
            )
        if cluster.Engine != engine:
            raise faults.InvalidParameterCombination(
                f"The engine name requested for your DB instance ({engine}) doesn't match the engine name of "
                f"your DB cluster ({cluster.Engine})."
            )
        return cluster

    def _join(
        self,
        cluster: DBCluster,
        name: str,
        resource_id: str,
        settings: Settings,
        tags: tuple[tuple[str, str], ...],
    ) -> dict[str, Any]:
        """An instance in a cluster has the cluster's server, and is there at once."""
        instance = DBInstance(
            DBInstanceIdentifier=name,
            DBInstanceArn=self.instance_arn(name),
            DbiResourceId=resource_id,
            Engine=cluster.Engine,
            EngineVersion=cluster.EngineVersion,
            DBInstanceStatus=AVAILABLE,
            Master=Master(cluster.Master.Username, ""),
            DBName=cluster.DatabaseName,
            DBClusterIdentifier=cluster.DBClusterIdentifier,
            InstanceCreateTime=self.now,
            KmsKeyId=cluster.KmsKeyId,
            Kept=settings,
            Tags=tags,
        )
        self.tables.instances.put(instance)
        return {"DBInstance": instance_answer(instance, cluster) | {"DBInstanceStatus": CREATING}}
