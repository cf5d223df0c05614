"""What Parameter Store remembers: parameters, and up to a hundred versions of each.

A parameter is a name. All that can be written to it (value, type, tier, description, ...) belongs to a
version; an overwrite adds one and leaves the others as they are.
"""

from datetime import datetime

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

STRING, STRING_LIST, SECURE_STRING = "String", "StringList", "SecureString"
STANDARD, ADVANCED, INTELLIGENT = "Standard", "Advanced", "Intelligent-Tiering"


class SharingPolicy(Record):
    """A resource policy that shares a parameter with others."""

    PolicyId: str
    PolicyHash: str
    Policy: str


class Parameter(Record):
    """A parameter: its name, and which of its versions is the newest, which the oldest one kept.

    `Tier` is that of the newest version.
    """

    Name: str
    Tier: str
    Newest: int = 1
    Oldest: int = 1
    Tags: tuple[tuple[str, str], ...] = ()
    Shared: tuple[SharingPolicy, ...] = ()


class ParameterVersion(Record):
    """One version of a parameter. Names are those of ParameterHistory.

    `Value` is the text itself, or base64 of its ciphertext for a SecureString. `KeyId` is as the caller named
    the key.
    """

    Id: str
    Name: str
    Version: int
    Type: str
    Value: str
    LastModifiedDate: datetime
    LastModifiedUser: str
    Tier: str = STANDARD
    KeyId: str | None = None
    Description: str | None = None
    AllowedPattern: str | None = None
    DataType: str = "text"
    Policies: str = "[]"
    Labels: tuple[str, ...] = ()


class Setting(Record):
    """A service setting that was changed from its default."""

    SettingId: str
    SettingValue: str
    LastModifiedDate: datetime
    LastModifiedUser: str


class SsmTables(Tables):
    """Parameter Store in one account and region."""

    service = "ssm"
    parameters = table(
        Parameter,
        key="Name",
        indexes={
            "parent": lambda parameter: parent_of(parameter.Name),
            "tier": lambda parameter: parameter.Tier,
            "shared": lambda parameter: "yes" if parameter.Shared else "no",
        },
    )
    versions = table(ParameterVersion, key="Id")
    settings = table(Setting, key="SettingId")


def version_id(name: str, number: int | None = None) -> str:
    """The key of a version; without a number, how the keys of all of them begin, as a name has no colon."""
    return f"{name}:" if number is None else f"{name}:{number:012}"


def parent_of(name: str) -> str:
    """The path that a parameter is directly under: "/a" of "/a/b", and "" of "/a" and of "a"."""
    return name.rpartition("/")[0]
