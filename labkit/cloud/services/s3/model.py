"""What S3 remembers: buckets, the versions of objects, which version is current, uploads that are under way.

A bucket's name is the key of everything in it, as names are unique in a partition. An object's bytes are not
here: a version names the blobs that hold them, encrypted, and how their key can be had again.
"""

from datetime import datetime

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record, field

ENABLED, SUSPENDED = "Enabled", "Suspended"
NULL = "null"

SSE_S3, SSE_KMS, DSSE_KMS, SSE_C = "AES256", "aws:kms", "aws:kms:dsse", "SSE-C"
OWNER_ENFORCED, OWNER_PREFERRED, WRITER_OWNS = (
    "BucketOwnerEnforced",
    "BucketOwnerPreferred",
    "ObjectWriter",
)

Pairs = tuple[tuple[str, str], ...]


class PublicAccessBlock(Record):
    """A bucket's public access block. A new bucket has all of it on."""

    BlockPublicAcls: bool = True
    IgnorePublicAcls: bool = True
    BlockPublicPolicy: bool = True
    RestrictPublicBuckets: bool = True


class DefaultEncryption(Record):
    """How objects are encrypted whose sender does not say how, and what no sender may ask for."""

    Algorithm: str = SSE_S3
    KeyId: str | None = None
    BucketKey: bool = False
    Blocked: tuple[str, ...] = (SSE_C,)


class Bucket(Record):
    """A bucket. `Versioning` is empty until it is set for the first time."""

    Name: str
    Account: str
    Region: str
    CreationDate: datetime
    Policy: str | None = None
    Versioning: str = ""
    Ownership: str = OWNER_ENFORCED
    PublicAccess: PublicAccessBlock | None = field(default_factory=PublicAccessBlock)
    Encryption: DefaultEncryption = field(default_factory=DefaultEncryption)
    Tags: Pairs = ()


class ObjectEncryption(Record):
    """How an object is encrypted, and its data key, which is wrapped.

    `Wrapped` is the data key: under the KMS key; under the bucket key, which `BucketKey` is under the KMS
    key; under S3's own key; or under the customer's. `Outer` is DSSE-KMS's second one, under S3's own.
    """

    Algorithm: str
    Wrapped: bytes
    KeyArn: str = ""
    Context: Pairs = ()
    BucketKey: bytes = b""
    Outer: bytes = b""
    CustomerKeyMD5: str = ""


class StoredPart(Record):
    """A stretch of an object: the blob that holds it, and how many bytes of plaintext it has."""

    Blob: str
    Size: int
    ETag: str = ""
    Checksum: str = ""
    ChecksumAlgorithm: str = ""


class Version(Record):
    """One version of an object, or a marker that says it was deleted.

    `Headers` are what a sender may give along for those who read, such as ContentType, by their names in
    PutObject. `Uploaded` is whether it came in parts, of which `Parts` then tells.
    """

    Id: str
    Bucket: str
    Key: str
    VersionId: str
    LastModified: datetime
    DeleteMarker: bool = False
    Size: int = 0
    ETag: str = ""
    StorageClass: str = "STANDARD"
    Headers: Pairs = ()
    Metadata: Pairs = ()
    Tags: Pairs = ()
    Parts: tuple[StoredPart, ...] = ()
    Uploaded: bool = False
    Encryption: ObjectEncryption | None = None
    ChecksumAlgorithm: str = ""
    Checksum: str = ""
    ChecksumType: str = ""


class Current(Record):
    """An object that can be seen without naming a version: `Version` is the Id of its newest one."""

    Id: str
    Version: str


class Named(Record):
    """Which account and region a bucket's name leads to."""

    Name: str
    Account: str
    Region: str


class Upload(Record):
    """An upload in parts that is under way; `Object` is what it will be, without its bytes."""

    Id: str
    UploadId: str
    Object: Version


class UploadedPart(Record):
    """A part that has come in."""

    Id: str
    PartNumber: int
    LastModified: datetime
    Part: StoredPart


class S3Names(Tables):
    """The names of all buckets of a partition."""

    service = "s3-names"
    names = table(Named, key="Name")


class S3Tables(Tables):
    """S3 in one account and region."""

    service = "s3"
    buckets = table(Bucket, key="Name")
    current = table(Current, key="Id")
    versions = table(
        Version,
        key="Id",
        indexes={"named": lambda one: (object_id(one.Bucket, one.Key), one.VersionId)},
    )
    uploads = table(Upload, key="Id")
    parts = table(UploadedPart, key="Id")


def upload_key(bucket: str, key: str, upload_id: str) -> str:
    """The key of an upload: those of one object stand together."""
    return f"{bucket}/{key}\0{upload_id}"


def part_key(upload_id: str, number: int) -> str:
    """The key of a part of an upload: they stand in the order of their numbers."""
    return f"{upload_id}:{number:05}"


def object_id(bucket: str, key: str) -> str:
    """The key of an object: a bucket's name has no slash, so the first one ends it."""
    return f"{bucket}/{key}"


NEWEST_FIRST = 10**12


def version_key(bucket: str, key: str, number: int | None = None) -> str:
    """The key of a version; without a number, how those of all versions of the object begin.

    They count down, so that the newest comes first.
    """
    start = f"{bucket}/{key}\0"
    return start if number is None else f"{start}{NEWEST_FIRST - number:013}"


def number_of(version: Version) -> int:
    """Which version of its object this is, the first one being 1."""
    return NEWEST_FIRST - int(version.Id.rpartition("\0")[2])
