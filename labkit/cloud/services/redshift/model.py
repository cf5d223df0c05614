"""What Redshift remembers: clusters. The data are in PostgreSQL, in a server named by the namespace."""

from datetime import datetime

from labkit.cloud.postgres.master_user import Master
from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

CREATING, AVAILABLE, DELETING, FAILED = "creating", "available", "deleting", "unavailable"
MODIFYING, REBOOTING = "modifying", "rebooting"
PAUSING, PAUSED, RESUMING = "pausing", "paused", "resuming"

TagPairs = tuple[tuple[str, str], ...]


class Cluster(Record):
    """A cluster. Names are those of the API where it has them.

    `Port` is that of its server, 0 before it has one; `Wanted` is the one that was asked for. `Namespace` is
    an id that no other cluster ever has. `VolumeKey` is the data key of its storage, wrapped by the KMS key
    KmsKeyId; empty if that is not encrypted.
    """

    ClusterIdentifier: str
    Namespace: str
    NodeType: str
    ClusterStatus: str
    Master: Master
    DBName: str
    ClusterCreateTime: datetime
    NumberOfNodes: int = 1
    Port: int = 0
    Wanted: int = 0
    KmsKeyId: str = ""
    VolumeKey: bytes = b""
    PubliclyAccessible: bool = False
    AllowVersionUpgrade: bool = True
    AutomatedSnapshotRetentionPeriod: int = 1
    Tags: TagPairs = ()


class RedshiftTables(Tables):
    """Redshift in one account and region."""

    service = "redshift"
    clusters = table(
        Cluster, key="ClusterIdentifier", indexes={"secret": lambda cluster: cluster.Master.SecretArn}
    )
