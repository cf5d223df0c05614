"""What CloudWatch Logs remembers: groups, their streams, and the events, sealed in chunks.

A chunk is a run of events that arrived together in one stream: a thousand at most, and no more than a minute
from its first to its last. So a million events are some thousand records, and whoever looks for a time looks
back one minute. In the clear stand only the times and sizes of a chunk; its messages are ciphertext.
Source: CloudWatch Logs User Guide, "Amazon CloudWatch Logs concepts".
"""

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

STANDARD, DELIVERY = "STANDARD", "DELIVERY"

CHUNK_EVENTS = 1000
CHUNK_MILLISECONDS = 60_000

# Neither a group's name nor a stream's has a colon, so a colon can end them.
END = ";"  # the character after the colon


class LogGroup(Record):
    """A log group. `CreationTime` is in milliseconds since 1970, as every time of this service.

    `DataKey` is the id of the data key that its newest events are under, if they are under a KMS key.
    """

    Name: str
    Arn: str
    CreationTime: int
    Class: str = STANDARD
    KmsKeyId: str | None = None
    DataKey: str = ""
    RetentionInDays: int | None = None
    StoredBytes: int = 0
    DeletionProtectionEnabled: bool = False
    Tags: tuple[tuple[str, str], ...] = ()


class LogStream(Record):
    """A log stream, and the times of its first and last events."""

    Id: str
    GroupName: str
    Name: str
    Arn: str
    CreationTime: int
    FirstEventTimestamp: int | None = None
    LastEventTimestamp: int | None = None
    LastIngestionTime: int | None = None


class Chunk(Record):
    """Events of one stream that arrived together. `Bytes` is their size as AWS counts it.

    `DataKey` is the id of the data key that they are sealed under, "" for the service's own key.
    """

    Number: int
    GroupName: str
    StreamName: str
    First: int
    Last: int
    Count: int
    Bytes: int
    IngestionTime: int
    DataKey: str
    Sealed: bytes


class DataKey(Record):
    """A data key as it is kept: wrapped by the KMS key that a log group had when it was made."""

    Id: str
    GroupName: str
    KmsKeyId: str
    Wrapped: bytes
    CreationTime: int


class ResourcePolicy(Record):
    """A policy that lets other services write: into every group, or into the one that it is attached to."""

    Id: str
    Name: str
    Document: str
    LastUpdatedTime: int
    ResourceArn: str = ""
    RevisionId: str = ""


class Counter(Record):
    """The number that the next chunk gets; none is given twice."""

    Name: str
    Next: int


class LogTables(Tables):
    """CloudWatch Logs in one account and region."""

    service = "logs"
    groups = table(LogGroup, key="Name")
    streams = table(
        LogStream,
        key="Id",
        indexes={
            "name": lambda one: one.Id,
            "newest": lambda one: f"{one.GroupName}:{one.LastEventTimestamp or 0:014}:{one.Name}",
        },
    )
    chunks = table(
        Chunk,
        key="Number",
        indexes={
            "group": lambda one: f"{one.GroupName}:{_place(one)}",
            "stream": lambda one: f"{one.GroupName}:{one.StreamName}:{_place(one)}",
        },
    )
    data_keys = table(DataKey, key="Id", indexes={"group": lambda one: one.GroupName})
    policies = table(ResourcePolicy, key="Id")
    counters = table(Counter, key="Name")


def stream_id(group: str, stream: str = "") -> str:
    """The key of a stream; without a stream, how the keys of a group's streams begin."""
    return f"{group}:{stream}"


def _place(chunk: Chunk) -> str:
    return f"{chunk.First:014}:{chunk.Number:012}"
