"""What RDS does once a call is answered: servers are set up, started, stopped, removed, passwords set.

Each method is carried out by the agenda, and works outside the lab's lock, so that others may call
meanwhile. A database may be gone when the work is done; then what was made for it is removed.
Source: RDS User Guide, "Viewing Amazon RDS DB instance status".
"""

from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from typing import Any

from labkit.cloud.core.defects import log_without_values
from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.postgres.master_user import ACTIVE, ROTATING
from labkit.cloud.services.rds.engines import ENGINES
from labkit.cloud.services.rds.model import (
    AVAILABLE,
    CREATING,
    DELETING,
    FAILED,
    RESETTING,
    STOPPED,
    STOPPING,
    DBCluster,
    DBInstance,
)
from labkit.cloud.services.rds.service import RdsService

Database = DBInstance | DBCluster
DEFAULT_DATABASE = "postgres"
# By the status that a database had when the lab ended: what is still to be done. The others had a server.
RESUMED: dict[str, list[str]] = {
    CREATING: ["_set_up"],
    DELETING: ["_remove"],
    STOPPING: ["_stop"],
    RESETTING: ["_start", "_set_password"],
    STOPPED: [],
    FAILED: [],
}


class Serving(RdsService):
    """The work on servers."""

    def _set_up(self, Name: str, ResourceId: str) -> Steps:
        """A server with the master user for a database that is being created."""
        found = self._held(Name, ResourceId)
        if found is None:
            return {}
        port: int | None = found.Wanted
        if _is_real(found):
            user, servers = found.Master, self.servers
            database = _database_of(found) or DEFAULT_DATABASE
            work = partial(servers.create, ResourceId, user.Username, user.Verifier, database, found.Wanted)
            port = yield from self._try(found, work)
        found = self._held(Name, ResourceId)
        if found is None:
            yield Outside(lambda: self.servers.remove(ResourceId))
        elif port is None:
            self._put(found, FAILED)
        else:
            times = {"InstanceCreateTime": self.now} if isinstance(found, DBInstance) else {}
            master = yield from self.activate_secret(found.Master)
            self._put(found, AVAILABLE, Port=port, Master=master, **times)
        return {}

    def _start(self, Name: str, ResourceId: str) -> Steps:
        """The server of a database, started anew."""
        found = self._held(Name, ResourceId)
        if found is None or not _is_real(found):
            return {}
        servers, before = self.servers, found.Port
        port = yield from self._try(found, lambda: servers.restart(ResourceId, before))
        found = self._held(Name, ResourceId)
        if found is not None:
            self._put(found, *((FAILED,) if port is None else (AVAILABLE,)), Port=port or before)
        return {}

    def _stop(self, Name: str, ResourceId: str) -> Steps:
        """The server of a database, stopped."""
        servers = self.servers
        yield Outside(lambda: servers.stop(ResourceId))
        found = self._held(Name, ResourceId)
        if found is not None:
            self._put(found, STOPPED)
        return {}

    def _remove(self, Name: str, ResourceId: str) -> Steps:
        """A database that is being deleted, and all that is in it."""
        found = self._held(Name, ResourceId)
        if found is None:
            return {}
        if _is_real(found):
            servers = self.servers
            yield Outside(lambda: servers.remove(ResourceId))
        table: Any = self.tables.instances if isinstance(found, DBInstance) else self.tables.clusters
        table.delete(Name)
        return {}

    def _set_password(self, Name: str, ResourceId: str) -> Steps:
        """The password of the master user, as the database's record has it now."""
        found = self._held(Name, ResourceId)
        if found is None:
            return {}
        self._put(found, RESETTING)
        yield from self._apply_password(found, found.Master.Verifier)
        found = self._held(Name, ResourceId)
        if found is not None:
            self._put(found, AVAILABLE, Master=(yield from self.activate_secret(found.Master)))
        return {}

    def _rotate_master_secret(self, SecretId: str, VersionId: str) -> Steps:
        """The password in a version of a managed secret that is pending: it is set, and becomes current.

        Secrets Manager, which has planned this, plans it again if the version is not current by then.
        """
        found = self._owner_of(SecretId)
        if found is None or _status(found) not in (AVAILABLE, RESETTING):
            return {}
        fresh = self.pending_verifier(found.Master, VersionId)
        if fresh is None:
            return {}
        name, resource_id = _names(found)
        self._put(found, RESETTING, Master=replace(found.Master, SecretStatus=ROTATING))
        yield from self._apply_password(found, fresh)
        found = self._held(name, resource_id)
        if found is not None:
            self.finish_rotation(found.Master, VersionId)
            changed = replace(found.Master, SecretStatus=ACTIVE, Verifier=fresh)
            self._put(found, AVAILABLE, Master=changed)
        return {}

    def _resume(self) -> dict[str, Any]:
        """What the lab's end has interrupted goes on, and servers that ran then run again."""
        for found in (*self.tables.instances, *self.tables.clusters):
            name, resource_id = _names(found)
            methods = RESUMED.get(_status(found), ["_start"]) if _is_real(found) else []
            for number, method in enumerate(methods):
                self.plan(
                    f"resume {number} {resource_id}",
                    self.now,
                    method,
                    {"Name": name, "ResourceId": resource_id},
                )
        return {}

    def _apply_password(self, found: Database, fresh: str) -> Steps:
        """Set a password outside the lab; nothing has to be done where no server is."""
        if _is_real(found):
            servers, user, (_, resource_id) = self.servers, found.Master.Username, _names(found)
            yield Outside(lambda: servers.set_password(resource_id, user, fresh))
        return {}

    def _try(self, found: Database, work: Callable[[], int]) -> Generator[Outside, Any, int | None]:
        """The port that `work` returns; None, and an entry in the lab's log, if PostgreSQL fails."""
        try:
            port: int = yield Outside(work)
            return port
        except Exception as defect:  # noqa: BLE001 - whatever it is, the database must not stay half made
            log_without_values(defect, f"starting the server of {_names(found)[1]}")
            return None

    def _held(self, name: str, resource_id: str) -> Database | None:
        """The database of this name, if it is still the one with this id."""
        for table in (self.tables.instances, self.tables.clusters):
            found: Database | None = table.get(name)
            if found is not None and _names(found)[1] == resource_id:
                return found
        return None

    def _owner_of(self, secret_arn: str) -> Database | None:
        instances = self.tables.instances.having("secret", secret_arn)
        clusters = self.tables.clusters.having("secret", secret_arn)
        found: list[Database] = [*instances, *clusters]
        return found[0] if found else None

    def _put(self, found: Database, status: str, **changes: Any) -> None:
        if isinstance(found, DBInstance):
            self.tables.instances.put(replace(found, DBInstanceStatus=status, **changes))
        else:
            self.tables.clusters.put(replace(found, Status=status, **changes))


def _names(found: Database) -> tuple[str, str]:
    if isinstance(found, DBInstance):
        return found.DBInstanceIdentifier, found.DbiResourceId
    return found.DBClusterIdentifier, found.DbClusterResourceId


def _database_of(found: Database) -> str:
    return found.DBName if isinstance(found, DBInstance) else found.DatabaseName


def _status(found: Database) -> str:
    return found.DBInstanceStatus if isinstance(found, DBInstance) else found.Status


def _is_real(found: Database) -> bool:
    """Whether a database has a server of its own."""
    in_cluster = isinstance(found, DBInstance) and found.DBClusterIdentifier
    return ENGINES[found.Engine].real and not in_cluster
