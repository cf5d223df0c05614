"""What RDS says of names, passwords and engines that it does not take.

The service model gives no patterns for them. The sentences are those that AWS's users report.
Source: RDS API Reference, "CreateDBInstance", "ModifyDBInstance" (constraints of the parameters).
"""

import re

from labkit.cloud.core.faults import Faults, not_built
from labkit.cloud.services.rds.engines import ENGINES, NOT_BUILT, Engine, known_version

faults = Faults("rds")

IDENTIFIER = re.compile(r"[a-zA-Z](-?[a-zA-Z0-9])*")
LONGEST_IDENTIFIER = 63
PASSWORD = re.compile(r"[!-~]*")
FORBIDDEN = frozenset('/@" ')
SHORTEST_PASSWORD = 8
LONGEST_NAME = 63
RESERVED = frozenset(
    {"admin", "rdsadmin", "rdsrepladmin", "rds_superuser", "rds_replication", "user", "public"}
)


def identifier(parameter: str, value: str) -> str:
    """An identifier as RDS keeps it, in lower case; InvalidParameterValue."""
    if len(value) > LONGEST_IDENTIFIER:
        raise faults.InvalidParameterValue(
            f"The parameter {parameter} is not a valid identifier because it is longer than "
            f"{LONGEST_IDENTIFIER} characters."
        )
    if not IDENTIFIER.fullmatch(value):
        raise faults.InvalidParameterValue(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; "
            "must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or "
            "contain two consecutive hyphens."
        )
    return value.lower()


def password(value: str, engine: Engine) -> None:
    """Go on only if this can be a master password; InvalidParameterValue, which never quotes it."""
    invalid = "The parameter MasterUserPassword is not a valid password"
    if len(value) < SHORTEST_PASSWORD:
        raise faults.InvalidParameterValue(
            f"{invalid} because it is shorter than {SHORTEST_PASSWORD} characters."
        )
    if len(value) > engine.longest_password:
        raise faults.InvalidParameterValue(
            f"{invalid} because it is longer than {engine.longest_password} characters."
        )
    if not PASSWORD.fullmatch(value) or FORBIDDEN & set(value):
        raise faults.InvalidParameterValue(
            f"{invalid}. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
        )


def username(value: str | None) -> str:
    """A name for the master user; InvalidParameterValue."""
    if not value:
        raise faults.InvalidParameterValue(
            "The parameter MasterUsername must be provided and must not be blank."
        )
    if not re.fullmatch(r"[a-zA-Z]\w*", value, re.ASCII) or len(value) > LONGEST_NAME:
        raise faults.InvalidParameterValue(
            "MasterUsername must begin with a letter and contain only alphanumeric characters or underscores."
        )
    if value.lower() in RESERVED:
        raise faults.InvalidParameterValue(
            f"MasterUsername {value} cannot be used as it is a reserved word used by the engine"
        )
    if value.lower().startswith("pg_"):
        raise faults.InvalidParameterValue(
            f'MasterUsername {value} cannot be used because role names starting with "pg_" are reserved by '
            "the PostgreSQL engine"
        )
    return value


def database_name(parameter: str, value: str) -> str:
    """A name for a database; InvalidParameterValue."""
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", value) or len(value) > LONGEST_NAME:
        raise faults.InvalidParameterValue(
            f"{parameter} must begin with a letter and contain only alphanumeric characters."
        )
    return value


def engine(operation: str, name: str, *, clustered: bool) -> Engine:
    """The engine of this name, for a cluster or for an instance that stands alone.

    Raises:
        InvalidParameterValue: AWS has no such engine, or not for this.
        AwsError: NotImplemented (501), AWS has it and the lab has no server for it.
    """
    name = name.lower()
    if NOT_BUILT.fullmatch(name):
        raise not_built("rds", f"{operation} with Engine={name}")
    found = ENGINES.get(name)
    if found is None:
        raise faults.InvalidParameterValue("Invalid DB engine")
    if found.clustered and not clustered:
        raise faults.InvalidParameterCombination(
            f"The engine {name} requires a DB cluster: DBClusterIdentifier must be provided."
        )
    if clustered and not found.clustered:
        raise not_built("rds", f"{operation} of a cluster with Engine={name}")
    return found


def version(engine: Engine, wanted: str | None, newest: str) -> str:
    """The version of an engine, by default the newest one; InvalidParameterCombination."""
    if wanted is None:
        return newest
    if not known_version(engine.name, wanted, newest):
        raise faults.InvalidParameterCombination(f"Cannot find version {wanted} for {engine.name}")
    return wanted
