"""Real PostgreSQL servers for the databases of a lab: the one place of the cloud that starts processes.

An old password that still worked would teach nothing, so what RDS and Redshift call a database is one.
Importing this starts nothing; a server is there once a database needs it, and gone with its lab.
"""

from labkit.cloud.postgres.binaries import NoPostgresError
from labkit.cloud.postgres.server import Server, ServerFailedError
from labkit.cloud.postgres.servers import Servers
from labkit.cloud.postgres.verifier import verifier

__all__ = ["NoPostgresError", "Server", "ServerFailedError", "Servers", "verifier"]
