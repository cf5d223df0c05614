"""Which engines there are, and for which of them the lab has a server.

PostgreSQL is real, and Aurora's PostgreSQL is the same one. DocumentDB is emulated: it can be made, described
and rotated, but nothing answers at its endpoint. What AWS has beyond those is refused as not built.
Source: RDS API Reference, "CreateDBInstance" (Engine), "CreateDBCluster" (Engine).
"""

import re
from typing import NamedTuple

POSTGRES, AURORA, DOCDB = "postgres", "aurora-postgresql", "docdb"


class Engine(NamedTuple):
    """An engine that the lab has: its port, its longest password, and whether it is in clusters."""

    name: str
    port: int
    longest_password: int
    clustered: bool
    real: bool


ENGINES = {
    one.name: one
    for one in (
        Engine(POSTGRES, 5432, 128, clustered=False, real=True),
        Engine(AURORA, 5432, 128, clustered=True, real=True),
        Engine(DOCDB, 27017, 100, clustered=True, real=False),
    )
}
DOCDB_VERSION = "5.0.0"
DOCDB_VERSIONS = frozenset({"3.6.0", "4.0.0", "5.0.0", "8.0.0"})
OLDEST_POSTGRES = 11

NOT_BUILT = re.compile(
    r"mysql|mariadb|aurora|aurora-mysql|neptune|db2-(ae|se)|oracle-(ee|se2)(-cdb)?|custom-.+"
    r"|sqlserver-(dev-ee|ee|se|ex|web)"
)


def known_version(engine: str, version: str, newest: str) -> bool:
    """Whether AWS has such a version; `newest` is that of the lab's own PostgreSQL."""
    if engine == DOCDB:
        return version in DOCDB_VERSIONS
    fits = re.fullmatch(r"(\d\d)(\.\d{1,2})?", version)
    return fits is not None and OLDEST_POSTGRES <= int(fits[1]) <= int(newest.split(".")[0])
