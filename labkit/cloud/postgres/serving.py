"""What a service does for its databases once a call is answered: servers come and go, passwords are set.

Each method with an underscore is carried out by the agenda, and works outside the lab's lock, so that others
may call meanwhile. A database may be gone when the work is done; then what was made for it is removed.
A service says by a few methods of its own where its databases are kept, and what they are called.
"""

from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any, ClassVar, NamedTuple, Protocol

from labkit.cloud.core.defects import log_without_values
from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.postgres.master_user import ACTIVE, ROTATING, Master, MasterUsers
from labkit.cloud.postgres.servers import Servers
from labkit.records import replace


class Database(Protocol):
    """What every record of a database has. `Port` is that of its server, `Wanted` what was asked for."""

    @property
    def Master(self) -> Master: ...
    @property
    def Port(self) -> int: ...
    @property
    def Wanted(self) -> int: ...


class About(NamedTuple):
    """What a database is: its name, the id that no other ever has, its status, the database to be made in
    its server, and whether it has a server of its own."""

    name: str
    resource_id: str
    status: str
    database: str
    real: bool


class Words(NamedTuple):
    """What a service calls the states of its databases."""

    creating: str
    available: str
    deleting: str
    failed: str
    resetting: str
    stopping: str
    stopped: str


class Serving(MasterUsers):
    """The work on servers."""

    words: ClassVar[Words]

    @property
    def servers(self) -> Servers:
        """The lab's PostgreSQL servers."""
        return self.cloud.part(Servers)

    @abstractmethod
    def databases(self) -> Iterable[Any]:
        """All databases of this account and region."""

    @abstractmethod
    def named(self, name: str) -> Iterable[Any]:
        """The databases of this name."""

    @abstractmethod
    def with_secret(self, secret_arn: str) -> Iterable[Any]:
        """The databases whose master user has this secret."""

    @abstractmethod
    def about(self, found: Any) -> About:
        """What a database is."""

    @abstractmethod
    def keep(self, found: Any, status: str, **changes: Any) -> None:
        """Put a database back, changed."""

    @abstractmethod
    def drop(self, found: Any) -> None:
        """Forget a database."""

    def later(self, found: Any, method: str) -> None:
        """Have `method` called for a database once the call is answered."""
        name, resource_id = self.about(found)[:2]
        self.plan(f"{method} {resource_id}", self.now, method, {"Name": name, "ResourceId": resource_id})

    def _set_up(self, Name: str, ResourceId: str) -> Steps:
        """A server with the master user for a database that is being created."""
        found = self._held(Name, ResourceId)
        if found is None:
            return {}
        port: int | None = found.Wanted
        servers, user, about = self.servers, found.Master, self.about(found)
        if about.real:
            made = partial(servers.create, ResourceId, user.Username, user.Verifier, about.database)
            port = yield from self._try(found, partial(made, found.Wanted))
        found = self._held(Name, ResourceId)
        if found is None:
            yield Outside(lambda: servers.remove(ResourceId))
        elif port is None:
            self.keep(found, self.words.failed)
        else:
            master = yield from self.activate_secret(found.Master)
            self.keep(found, self.words.available, Port=port, Master=master)
        return {}

    def _start(self, Name: str, ResourceId: str) -> Steps:
        """The server of a database, started anew; a password that was to be set when it ended is set then."""
        found = self._held(Name, ResourceId)
        if found is None:
            return {}
        servers, before, about = self.servers, found.Port, self.about(found)
        port: int | None = before
        if about.real:
            port = yield from self._try(found, lambda: servers.restart(ResourceId, before))
        found = self._held(Name, ResourceId)
        if found is not None:
            status = self.words.failed if port is None else self.words.available
            self.keep(found, status, Port=port or before)
            if about.status == self.words.resetting and port is not None:
                self.later(found, "_set_password")
        return {}

    def _stop(self, Name: str, ResourceId: str) -> Steps:
        """The server of a database, stopped."""
        servers = self.servers
        yield Outside(lambda: servers.stop(ResourceId))
        found = self._held(Name, ResourceId)
        if found is not None:
            self.keep(found, self.words.stopped)
        return {}

    def _remove(self, Name: str, ResourceId: str) -> Steps:
        """A database that is being deleted, and all that is in it."""
        found = self._held(Name, ResourceId)
        if found is None:
            return {}
        if self.about(found).real:
            servers = self.servers
            yield Outside(lambda: servers.remove(ResourceId))
        self.drop(found)
        return {}

    def _set_password(self, Name: str, ResourceId: str) -> Steps:
        """The password of the master user, as the database's record has it now."""
        found = self._held(Name, ResourceId)
        if found is None:
            return {}
        self.keep(found, self.words.resetting)
        yield from self._apply_password(found, found.Master.Verifier)
        found = self._held(Name, ResourceId)
        if found is not None:
            self.keep(found, self.words.available, Master=(yield from self.activate_secret(found.Master)))
        return {}

    def _rotate_master_secret(self, SecretId: str, VersionId: str) -> Steps:
        """The password in a version of a managed secret that is pending: it is set, and becomes current.

        Secrets Manager, which has planned this, plans it again if the version is not current by then.
        """
        found = next(iter(self.with_secret(SecretId)), None)
        if found is None:
            return {}
        about = self.about(found)
        if about.status not in (self.words.available, self.words.resetting):
            return {}
        fresh = self.pending_verifier(found.Master, VersionId)
        if fresh is None:
            return {}
        self.keep(found, self.words.resetting, Master=replace(found.Master, SecretStatus=ROTATING))
        yield from self._apply_password(found, fresh)
        found = self._held(about.name, about.resource_id)
        if found is not None:
            self.finish_rotation(found.Master, VersionId)
            changed = replace(found.Master, SecretStatus=ACTIVE, Verifier=fresh)
            self.keep(found, self.words.available, Master=changed)
        return {}

    def _resume(self) -> dict[str, Any]:
        """What the lab's end has interrupted goes on, and servers that ran then run again."""
        words = self.words
        rest = {
            words.creating: "_set_up",
            words.deleting: "_remove",
            words.stopping: "_stop",
            words.stopped: "",
            words.failed: "",
        }
        for found in self.databases():
            about = self.about(found)
            method = rest.get(about.status, "_start")
            if about.real and method and not self.servers.running(about.resource_id):
                self.later(found, method)
        return {}

    def _apply_password(self, found: Database, fresh: str) -> Generator[Outside, Any, None]:
        """Set a password outside the lab; nothing has to be done where no server is."""
        about = self.about(found)
        if about.real:
            work = partial(self.servers.set_password, about.resource_id, found.Master.Username, fresh)
            yield Outside(work)

    def _try(self, found: Database, work: Callable[[], int]) -> Generator[Outside, Any, int | None]:
        """The port that `work` returns; None, and an entry in the lab's log, if PostgreSQL fails."""
        try:
            port: int = yield Outside(work)
            return port
        except Exception as defect:  # noqa: BLE001 - whatever it is, the database must not stay half made
            log_without_values(defect, f"starting the server of {self.about(found).resource_id}")
            return None

    def _held(self, name: str, resource_id: str) -> Any:
        """The database of this name, if it is still the one with this id; else None."""
        fitting = (found for found in self.named(name) if self.about(found).resource_id == resource_id)
        return next(fitting, None)
