"""What Redshift says of names and passwords that it does not take.

Source: Redshift API Reference, "CreateCluster" (constraints of the parameters).
"""

import re

from labkit.cloud.core.faults import Faults

faults = Faults("redshift")

IDENTIFIER = re.compile(r"[a-zA-Z](-?[a-zA-Z0-9])*")
LONGEST_IDENTIFIER = 63
PASSWORD = re.compile(r"[!-~]*")
FORBIDDEN = frozenset("/@\"'\\ ")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 64
KINDS = (("[A-Z]", "one upper case letter"), ("[a-z]", "one lower case letter"), (r"\d", "one number"))


def identifier(value: str) -> str:
    """A cluster's identifier as Redshift keeps it, in lower case; InvalidParameterValue."""
    if len(value) > LONGEST_IDENTIFIER or not IDENTIFIER.fullmatch(value):
        raise faults.InvalidParameterValue(
            "The parameter ClusterIdentifier is not a valid identifier. Identifiers must begin with a "
            "letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen "
            "or contain two consecutive hyphens."
        )
    return value.lower()


def password(value: str) -> None:
    """Go on only if this can be an admin password; InvalidParameterValue, which never quotes it."""
    invalid = "The parameter MasterUserPassword is not a valid password"
    if len(value) < SHORTEST_PASSWORD:
        raise faults.InvalidParameterValue(
            f"{invalid} because it is shorter than {SHORTEST_PASSWORD} characters."
        )
    if len(value) > LONGEST_PASSWORD:
        raise faults.InvalidParameterValue(
            f"{invalid} because it is longer than {LONGEST_PASSWORD} characters."
        )
    if not PASSWORD.fullmatch(value) or FORBIDDEN & set(value):
        raise faults.InvalidParameterValue(
            f"{invalid}. Only printable ASCII characters except for '/', '@', '\"', ' ', '\\', ''' "
            "may be used."
        )
    for pattern, needed in KINDS:
        if not re.search(pattern, value):
            raise faults.InvalidParameterValue(
                f"The parameter MasterUserPassword must contain at least {needed}."
            )


def username(value: str) -> str:
    """A name for the admin user; InvalidParameterValue."""
    if not re.fullmatch(r"[a-z][a-z0-9_+.@-]{0,127}", value) or value in ("public", "rdsadmin"):
        raise faults.InvalidParameterValue("The parameter MasterUsername is not a valid user name.")
    return value


def database_name(value: str) -> str:
    """A name for the first database; InvalidParameterValue."""
    if value != value.lower():
        raise faults.InvalidParameterValue("Only lowercase Database names are supported.")
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,63}", value):
        raise faults.InvalidParameterValue("The parameter DBName is not a valid database name.")
    return value
