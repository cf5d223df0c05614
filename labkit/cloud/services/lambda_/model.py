"""What Lambda remembers: functions, their versions with the code, aliases, and who else may call them.

A function is a name. What runs belongs to a version: $LATEST, which changes, and numbered ones, which are
$LATEST as it was when they were published.
"""

from datetime import datetime
from typing import ClassVar

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

LATEST = "$LATEST"
Pairs = tuple[tuple[str, str], ...]


class Policy(Record):
    """The statements, as JSON, of the policy on a function, or on one version or alias of it.

    `Qualifier` is that version or alias, "" for the function itself.
    """

    Qualifier: str
    RevisionId: str
    Statements: Pairs  # by their ids


class Function(Record):
    """A function: the number of its newest version, and what all of its versions share."""

    FunctionName: str
    Newest: int = 0
    Reserved: int | None = None
    Tags: Pairs = ()
    Policies: tuple[Policy, ...] = ()


class Version(Record):
    """One version of a function. Names are those of FunctionConfiguration.

    `Environment` is sealed under a KMS key, and empty if there are no variables; see `sealing`. `Timeout` is
    in seconds, `MemorySize` and `EphemeralStorage` in MB. `LogGroup` is empty unless it was chosen.
    """

    hidden: ClassVar = ("Environment",)

    Id: str
    FunctionName: str
    Version: str
    Runtime: str
    Role: str
    Handler: str
    CodeSize: int
    CodeSha256: str
    LastModified: datetime
    RevisionId: str
    Description: str = ""
    Timeout: int = 3
    MemorySize: int = 128
    Environment: bytes = b""
    KMSKeyArn: str = ""
    Tracing: str = "PassThrough"
    Architecture: str = "x86_64"
    EphemeralStorage: int = 512
    LogGroup: str = ""

    @property
    def log_group(self) -> str:
        """The log group that its lines go to."""
        return self.LogGroup or f"/aws/lambda/{self.FunctionName}"


class Package(Record):
    """The code of a version, zipped as it came."""

    hidden: ClassVar = ("Zip",)

    Id: str
    Zip: bytes


class Alias(Record):
    """A name for a version, which can be moved; `Weights` are the shares of other versions, by number."""

    Id: str
    FunctionName: str
    Name: str
    FunctionVersion: str
    RevisionId: str
    Description: str = ""
    Weights: tuple[tuple[str, float], ...] = ()


class LambdaTables(Tables):
    """Lambda in one account and region."""

    service = "lambda"
    functions = table(Function, key="FunctionName")
    versions = table(Version, key="Id")
    packages = table(Package, key="Id")
    aliases = table(Alias, key="Id")


def key(function: str, name: str | None = None) -> str:
    """The key of a version or alias; without a name, how those of a function begin.

    A name has no colon, and $LATEST comes before all numbers.
    """
    if name is None:
        return f"{function}:"
    return f"{function}:{int(name):012}" if name.isdecimal() else f"{function}:{name}"
