"""What Secrets Manager remembers: secrets, and versions that carry staging labels.

A secret is a name with settings. Its value is in its versions, each encrypted under a data key of its own;
the labels say which of them is the current one, the one before, the one that is being prepared.
"""

from dataclasses import dataclass
from datetime import datetime

from labkit.cloud.state.tables import Tables, table

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


@dataclass(frozen=True, slots=True)
class Replica:
    """A copy of a secret in another region, and how it stands with it."""

    Region: str
    KmsKeyId: str | None = None
    Status: str = "InProgress"
    StatusMessage: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret without its values. Names are those of DescribeSecret where it has them.

    `KmsKeyId` is as the caller named the key, None for the AWS managed one. `Policy` is its resource policy.
    `PrimaryRegion` is set on replicas, and on a secret that has some.
    """

    Name: str
    ARN: str
    CreatedDate: datetime
    LastChangedDate: datetime
    Description: str = ""
    KmsKeyId: str | None = None
    Tags: tuple[tuple[str, str], ...] = ()
    Policy: str | None = None
    LastAccessedDate: datetime | None = None
    DeletedDate: datetime | None = None
    DeletionDate: datetime | None = None
    PrimaryRegion: str | None = None
    Replicas: tuple[Replica, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """One version: `Sealed` is its value in an envelope, `Kind` is SecretString or SecretBinary."""

    Id: str
    VersionId: str
    CreatedDate: datetime
    Kind: str
    Sealed: bytes
    KmsKeyId: str
    Stages: tuple[str, ...] = ()
    LastAccessedDate: datetime | None = None


class SecretTables(Tables):
    """Secrets Manager in one account and region."""

    service = "secretsmanager"
    secrets = table(Secret, key="Name", indexes={"arn": lambda secret: secret.ARN})
    versions = table(SecretVersion, key="Id")


def version_key(arn: str, version_id: str = "") -> str:
    """The key of a version; without an id, how the keys of all versions of a secret begin."""
    return f"{arn}|{version_id}"
