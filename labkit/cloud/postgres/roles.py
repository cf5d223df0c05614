"""Who may log in to a database: the master user, as RDS sets it up.

The master user owns the database and may make others and roles, but is no superuser; that is `rdsadmin`.
Source: RDS User Guide, "Master user account privileges", "Understanding PostgreSQL roles and permissions".
"""

from labkit.cloud.postgres.server import Server

GROUP = "rds_superuser"


def create_master(server: Server, user: str, verifier: str, database: str) -> None:
    """Make the master user, and a database of theirs unless it is called `postgres`, which is there."""
    from pg8000.native import identifier, literal

    name, owned, secret = identifier(user), identifier(database), literal(verifier)
    server.run(
        f"CREATE ROLE {GROUP}",
        f"GRANT pg_monitor, pg_signal_backend, pg_read_all_data, pg_write_all_data TO {GROUP}",
        f"CREATE ROLE {name} LOGIN CREATEDB CREATEROLE IN ROLE {GROUP} PASSWORD {secret}",
        f"ALTER DATABASE postgres OWNER TO {name}",
        *([f"CREATE DATABASE {owned} OWNER {name}"] if database != "postgres" else []),
    )


def set_password(server: Server, user: str, verifier: str) -> None:
    """Give a user another password. Sessions that are open go on; the next login needs the new one."""
    from pg8000.native import identifier, literal

    server.run(f"ALTER ROLE {identifier(user)} PASSWORD {literal(verifier)}")
