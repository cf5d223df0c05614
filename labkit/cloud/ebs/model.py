"""What there is of a disk: a volume, snapshots of it, and blocks of 512 KiB that both point at.

A snapshot holds no bytes. It lists blocks, and a block that has not changed is listed by many. An encrypted
one has a data key, which is stored encrypted under a KMS key and has the id of a volume or of a copy as its
encryption context: the volume, its snapshots, and the volumes made of those share it.
Source: KMS Developer Guide, "How Amazon EBS uses AWS KMS"; Amazon EBS User Guide, "EBS direct APIs".
"""

from datetime import datetime

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

BLOCK_BYTES = 512 * 1024
BLOCKS_A_GIB = 2048

# States of snapshots, and of volumes.
PENDING, COMPLETED, ERROR = "pending", "completed", "error"
CREATING, AVAILABLE = "creating", "available"

EVERYBODY = "all"  # among those that a snapshot is shared with
NO_VOLUME = "vol-ffffffff"  # what AWS shows for a snapshot that was not taken of a volume

Pairs = tuple[tuple[str, str], ...]


class DataKey(Record):
    """The key that encrypts blocks, itself encrypted by KMS: `Ciphertext` opens with `KmsKeyId` alone, and
    with the encryption context {"aws:ebs:id": `Id`}."""

    Ciphertext: bytes
    KmsKeyId: str
    Id: str

    @property
    def context(self) -> dict[str, str]:
        """The encryption context."""
        return {"aws:ebs:id": self.Id}


class Volume(Record):
    """A disk. Sizes are in GiB; one without a `Key` is not encrypted."""

    VolumeId: str
    Size: int
    AvailabilityZone: str
    CreateTime: datetime
    State: str
    VolumeType: str
    Iops: int | None
    Throughput: int | None
    MultiAttachEnabled: bool
    SnapshotId: str
    Key: DataKey | None
    Tags: Pairs = ()
    ClientToken: str = ""


class Snapshot(Record):
    """A disk as it was at one moment. `Progress` is in per cent; one without a `Key` is not encrypted.

    `Direct` ones were begun by StartSnapshot, and take blocks until they are completed. `SharedWith` are the
    accounts that may make volumes of it, "all" for everybody.
    """

    SnapshotId: str
    OwnerId: str
    VolumeId: str
    VolumeSize: int
    StartTime: datetime
    State: str
    Key: DataKey | None
    Description: str = ""
    Progress: int = 0
    StateMessage: str = ""
    CompletionTime: datetime | None = None
    Tags: Pairs = ()
    SharedWith: tuple[str, ...] = ()
    Direct: bool = False
    ParentSnapshotId: str | None = None
    ClientToken: str = ""


class Block(Record):
    """Block `Index` of a volume or a snapshot: the name of the blob with its bytes, and their SHA-256."""

    Id: str
    Index: int
    Blob: str
    Checksum: str


class Setting(Record):
    """Whether an account encrypts by default, or with which key."""

    Name: str
    Value: str


class EbsTables(Tables):
    """EBS in one account and region."""

    service = "ec2"
    volumes = table(Volume, key="VolumeId", indexes={"token": lambda volume: volume.ClientToken})
    snapshots = table(Snapshot, key="SnapshotId", indexes={"token": lambda snapshot: snapshot.ClientToken})
    blocks = table(Block, key="Id", indexes={"blob": lambda block: block.Blob})
    settings = table(Setting, key="Name")


def block_id(owner: str, index: int) -> str:
    """The key of a block; blocks of one owner are in the order of their indexes."""
    return f"{owner}/{index:010d}"
