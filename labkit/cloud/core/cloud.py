"""What all services of one lab stand on: its state, its clock, its HSMs' memory, its blobs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.clock.clock import Clock
from labkit.cloud.core.events import Listener
from labkit.cloud.core.functions import FunctionRunner
from labkit.cloud.core.outside import Steps
from labkit.cloud.state.blobs import Blobs
from labkit.cloud.state.hsm_memory import HsmMemory
from labkit.cloud.state.store import Store
from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

T = TypeVar("T")
CallWithin = Callable[..., dict[str, Any]]
CallAndWait = Callable[..., Steps]

DEFAULT_ACCOUNT = "123456789012"


class ClockSetting(Record):
    """How far the lab's clock is ahead of the wall clock, in seconds."""

    Name: str
    Ahead: float


class LabTables(Tables):
    """What the lab itself remembers, beside its services."""

    service = "lab"
    clock = table(ClockSetting, key="Name")
    agenda = table(AgendaEntry, key="Name", indexes={"due": lambda entry: entry.Due})
    listeners = table(Listener, key="Key")


class Cloud:
    """One emulated cloud; everything that outlives a call hangs here.

    Whoever holds `lock` may read and change its state; `agenda_turn` belongs to who carries out the agenda.
    `at_close` knows what parts have opened, such as processes, and closes the youngest first. `path` is the
    lab's file, beside which a part may keep files of its own; None for a lab in memory.
    """

    def __init__(self, store: Store, clock: Clock, hsm_memory: HsmMemory, path: Path | None = None) -> None:
        self.path = path
        self.store = store
        self.clock = clock
        self.hsm_memory = hsm_memory
        self.tables = store.tables(LabTables, "lab", "global")
        self.lock = threading.RLock()
        self.agenda_turn = threading.Lock()
        self.at_close = ExitStack()
        self.blobs = Blobs(path.with_name(f"{path.name}.blobs") if path else None)
        self.at_close.callback(self.blobs.close)
        # The gateway's, for calls that services make of services.
        self.call_within: CallWithin | None = None
        self.call_and_wait: CallAndWait | None = None
        # Who runs the code of Lambda's functions, if anybody can.
        self.functions: FunctionRunner | None = None
        # A service's live part, such as the HSM's memory, made by `make(cloud)` when it is first asked for.
        self.part: Callable[[Callable[[Cloud], T]], T] = _Parts(self).__getitem__
        setting = self.tables.clock.get("clock")
        clock.offset = timedelta(seconds=setting.Ahead if setting else 0)

    @contextmanager
    def outside(self) -> Iterator[None]:
        """A block outside the lab: what the open transaction did is committed, and others may call."""
        with self.store.paused():
            self.lock.release()
            try:
                yield
            finally:
                self.lock.acquire()


class _Parts(dict[Any, Any]):
    """The live parts of one cloud, by what made them."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self._cloud = cloud

    def __missing__(self, make: Callable[[Cloud], Any]) -> Any:
        made = self[make] = make(self._cloud)
        return made
