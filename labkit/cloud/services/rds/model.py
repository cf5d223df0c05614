"""What RDS remembers: DB instances, and DB clusters. The data are in PostgreSQL, not here.

An instance that stands alone has a server of its own, named by its DbiResourceId. One in a cluster shares the
cluster's. A cluster of DocumentDB has none: nothing answers at its endpoint.
"""

from datetime import datetime

from labkit.cloud.postgres.master_user import Master
from labkit.cloud.state.tables import Tables, table
from labkit.records import Record, field

CREATING, AVAILABLE, DELETING, FAILED = "creating", "available", "deleting", "failed"
STARTING, STOPPING, STOPPED, REBOOTING = "starting", "stopping", "stopped", "rebooting"
RESETTING, BACKING_UP = "resetting-master-credentials", "backing-up"

BACKUP_WINDOW, MAINTENANCE_WINDOW = "04:00-04:30", "sun:05:00-sun:05:30"

TagPairs = tuple[tuple[str, str], ...]


class Settings(Record):
    """What is kept as it was given, and changes nothing in the lab."""

    DBInstanceClass: str = ""
    AllocatedStorage: int = 0
    BackupRetentionPeriod: int = 1
    MultiAZ: bool = False
    AutoMinorVersionUpgrade: bool = True
    PubliclyAccessible: bool = True
    StorageType: str = "gp3"
    CopyTagsToSnapshot: bool = False
    DeletionProtection: bool = False
    PreferredBackupWindow: str = BACKUP_WINDOW
    PreferredMaintenanceWindow: str = MAINTENANCE_WINDOW


class DBInstance(Record):
    """A DB instance. Names are those of the API where it has them.

    `Port` is that of its server, 0 before it has one; `Wanted` is the one that was asked for. `VolumeKey` is
    the data key of its storage, wrapped by the KMS key KmsKeyId; empty if that is not encrypted. `Kept` are
    the settings that change nothing.
    """

    DBInstanceIdentifier: str
    DBInstanceArn: str
    DbiResourceId: str
    Engine: str
    EngineVersion: str
    DBInstanceStatus: str
    Master: Master
    DBName: str = ""
    DBClusterIdentifier: str = ""
    InstanceCreateTime: datetime | None = None
    Port: int = 0
    Wanted: int = 0
    KmsKeyId: str = ""
    VolumeKey: bytes = b""
    Kept: Settings = field(default_factory=Settings)
    Tags: TagPairs = ()


class DBCluster(Record):
    """A DB cluster, of Aurora or DocumentDB; fields as for an instance."""

    DBClusterIdentifier: str
    DBClusterArn: str
    DbClusterResourceId: str
    Engine: str
    EngineVersion: str
    Status: str
    Master: Master
    ClusterCreateTime: datetime
    DatabaseName: str = ""
    Port: int = 0
    Wanted: int = 0
    KmsKeyId: str = ""
    VolumeKey: bytes = b""
    BackupRetentionPeriod: int = 1
    DeletionProtection: bool = False
    Tags: TagPairs = ()


class DBSnapshot(Record):
    """A DB snapshot; fields as for the instance that it is of, as that was then.

    Its bytes are in a file named by `ResourceId`, under a data key that is here as `DataKey`, wrapped by the
    KMS key KmsKeyId; both are empty if it is not encrypted. `Origin` is the DbiResourceId of the server whose
    data they are. `Shared` are accounts, or "all".
    """

    DBSnapshotIdentifier: str
    DBSnapshotArn: str
    ResourceId: str
    DBInstanceIdentifier: str
    DbiResourceId: str
    Origin: str
    Engine: str
    EngineVersion: str
    SnapshotCreateTime: datetime
    InstanceCreateTime: datetime | None
    MasterUsername: str
    Verifier: str
    DBName: str = ""
    Port: int = 0
    Bytes: int = 0
    Kept: Settings = field(default_factory=Settings)
    KmsKeyId: str = ""
    DataKey: bytes = b""
    SourceDBSnapshotIdentifier: str = ""
    SourceRegion: str = ""
    Shared: tuple[str, ...] = ()
    Tags: TagPairs = ()


class RdsTables(Tables):
    """RDS in one account and region."""

    service = "rds"
    instances = table(
        DBInstance,
        key="DBInstanceIdentifier",
        indexes={
            "secret": lambda instance: instance.Master.SecretArn,
            "cluster": lambda instance: instance.DBClusterIdentifier,
        },
    )
    clusters = table(
        DBCluster, key="DBClusterIdentifier", indexes={"secret": lambda cluster: cluster.Master.SecretArn}
    )
    snapshots = table(DBSnapshot, key="DBSnapshotIdentifier")
