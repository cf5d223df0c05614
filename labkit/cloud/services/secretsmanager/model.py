"""What Secrets Manager remembers: secrets, and versions that carry staging labels.

A secret is a name with settings. Its value is in its versions, each encrypted under a data key of its own;
the labels say which of them is the current one, the one before, the one that is being prepared.
"""

from datetime import datetime
from typing import ClassVar

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


class Replica(Record):
    """A copy of a secret in another region, and how it stands with it."""

    Region: str
    KmsKeyId: str | None = None
    Status: str = "InProgress"
    StatusMessage: str = ""


class RotationRules(Record):
    """When a secret rotates: every so many days, or by an expression; `Duration` is like "3h"."""

    AutomaticallyAfterDays: int | None = None
    ScheduleExpression: str | None = None
    Duration: str | None = None


class RotationState(Record):
    """How a secret rotates, and how far it is with it.

    `CountedFrom` is the moment from which days and hours are counted, `NextDate` the last second in which the
    next rotation may begin, `EveryDays` the days between the last rotation and that. `Pending` is the version
    that a rotation is making, empty between rotations; `Token` its RotationToken, `Attempts` how often it has
    failed.
    """

    hidden: ClassVar = ("Token",)

    CountedFrom: datetime
    Enabled: bool = True
    LambdaARN: str | None = None
    Rules: RotationRules = RotationRules()
    NextDate: datetime | None = None
    LastDate: datetime | None = None
    EveryDays: int | None = None
    Pending: str = ""
    Token: str = ""
    Attempts: int = 0


class CrossAccountReplica(Record):
    """A secret of another account that follows this one; see `cross_account`.

    `Role` is the role that Secrets Manager assumes to write it, empty for the caller's own credentials.
    """

    ARN: str
    Role: str = ""
    Status: str = "InProgress"
    StatusMessage: str = ""


class CrossAccountPrimary(Record):
    """The secret of another account that this one follows."""

    ARN: str
    Status: str = "Pending"


class Secret(Record):
    """A secret without its values. Names are those of DescribeSecret where it has them.

    `KmsKeyId` is as the caller named the key, None for the AWS managed one. `Policy` is its resource policy.
    `PrimaryRegion` is set on replicas, and on a secret that has some. `OwningService` is the service that
    made the secret and manages it, such as "rds".
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
    Rotation: RotationState | None = None
    OwningService: str = ""
    Follows: CrossAccountPrimary | None = None
    Followers: tuple[CrossAccountReplica, ...] = ()


class SecretVersion(Record):
    """One version: `Sealed` is its value in an envelope, `Kind` is SecretString or SecretBinary.

    A rotation begins with a version that is empty; its `Kind` is, too. `SealedAs` is the version whose value
    this one has, if that is another; a rotation function is tried with such a version.
    """

    Id: str
    VersionId: str
    CreatedDate: datetime
    Kind: str
    Sealed: bytes
    KmsKeyId: str
    Stages: tuple[str, ...] = ()
    LastAccessedDate: datetime | None = None
    SealedAs: str = ""


def version_key(arn: str, version_id: str = "") -> str:
    """The key of a version; without an id, how the keys of all versions of a secret begin."""
    return f"{arn}|{version_id}"


Life = tuple[tuple[str, int], tuple[str, int]]


def life_of(version: SecretVersion) -> tuple[str, int, datetime]:
    """Whose version it is, whether it has labels, and when it was made."""
    return version.Id.partition("|")[0], 1 if version.Stages else 0, version.CreatedDate


def labelled(arn: str) -> Life:
    """Where the versions of a secret begin that have labels, and where they end, among all lives."""
    return (arn, 1), (arn, 2)


def deprecated(arn: str) -> Life:
    """The same for those that have none."""
    return (arn, 0), (arn, 1)


def all_of(arn: str) -> Life:
    """The same for every version of a secret."""
    return (arn, 0), (arn, 2)


class SecretTables(Tables):
    """Secrets Manager in one account and region."""

    service = "secretsmanager"
    secrets = table(
        Secret,
        key="Name",
        indexes={
            "arn": lambda secret: secret.ARN,
            "name": lambda secret: secret.Name,
            "created": lambda secret: secret.CreatedDate,
            "changed": lambda secret: secret.LastChangedDate,
            "accessed": lambda secret: secret.LastAccessedDate or secret.CreatedDate,
        },
    )
    versions = table(SecretVersion, key="Id", indexes={"life": life_of})
