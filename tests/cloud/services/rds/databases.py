"""What tests of databases share: making one, logging in to it, and being refused."""

from typing import Any

from pg8000 import native
from pg8000.exceptions import DatabaseError

FIRST, SECOND = "first-Password", "second-Password"
REFUSED = "28P01"  # PostgreSQL: invalid_password


def make(rds: Any, name: str, **settings: Any) -> dict[str, Any]:
    """Make an instance as the RDS User Guide does, and return it as it is once it is available."""
    given = {"MasterUsername": "student", "MasterUserPassword": FIRST} | settings
    if given.get("ManageMasterUserPassword"):
        del given["MasterUserPassword"]
    rds.create_db_instance(
        DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="postgres", **given
    )
    return shown(rds, name)


def shown(rds: Any, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return answer


def login(
    endpoint: dict[str, Any], password: str, user: str = "student", database: str = "postgres"
) -> native.Connection:
    """Log in at an Endpoint of RDS or Redshift."""
    return native.Connection(
        user, endpoint["Address"], port=endpoint["Port"], password=password, database=database
    )


def refused(endpoint: dict[str, Any], password: str, user: str = "student") -> bool:
    """Whether the server refuses this password."""
    try:
        login(endpoint, password, user).close()
    except DatabaseError as error:
        return bool(error.args[0]["C"] == REFUSED)
    return False
