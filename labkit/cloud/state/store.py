"""One API call is one transaction: all of its changes are kept, or none.

The store notes every change as before and after. Undoing a call is walking that list backwards; showing
what a call did is printing it; making it durable is handing it to the journal.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from labkit.cloud.state.logs import Line, Log
from labkit.cloud.state.tables import Change, Scope, Table, Tables, TableSpec

if TYPE_CHECKING:
    from labkit.cloud.state.journal import Journal

T = TypeVar("T", bound=Tables)
L = TypeVar("L", bound=Log[Any])
R = TypeVar("R")
C = TypeVar("C", bound=Callable[..., Any])

PUT_OFF = 32  # how much of what is to be logged may wait


class LabClosedError(Exception):
    """The lab was closed while something was at work outside of it; what that made is not kept."""


class Store:
    """Every table of every service, account and region; in memory, and in a journal if there is one.

    It is `durable` with a journal, in which everything stands before a call is answered.
    """

    def __init__(self, journal: "Journal | None" = None) -> None:
        self.closed = False
        self.durable = journal is not None
        self._journal = journal
        self._sets: set[tuple[type[Tables], Scope]] = set()
        self._open: dict[tuple[Scope, str, str], Table[Any]] = {}
        self._logs: set[tuple[type[Log[Any]], Scope]] = set()
        self.transaction = Transaction(self)
        # The tables of one service in one account and region, opened once.
        self.tables: Callable[[type[T], str, str], T] = _once(self._open_tables)
        self._log: Callable[[type[L], str, str], L] = _once(self._open_log)
        self._changes: list[Change] | None = None  # of the transaction that is open
        self._entries: list[tuple[Log[Any], Any]] = []
        self._late: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    def scopes(self, kind: type[Tables]) -> list[Scope]:
        """Every account and region in which this service remembers something, sorted."""
        known = {scope for opened, scope in self._sets if opened is kind}
        if self._journal:
            known.update(self._journal.scopes(kind.service))
        return sorted(known)

    def put_off(self, logging: Callable[..., None], *what: Any) -> None:
        """Have `logging` write `what` down before anybody reads a log, though not at once.

        Many at a time are done in a fraction of the time. It gives its entries to their logs itself, as no
        transaction is theirs any longer; so a durable store has nothing put off.
        """
        self._late.append((logging, what))
        if len(self._late) >= PUT_OFF:
            self.catch_up()

    def catch_up(self) -> None:
        """Do what was put off."""
        if not self._late:
            return
        waiting, self._late = iter(self._late), []
        try:
            for logging, what in waiting:
                logging(*what)
        finally:
            self._late[:0] = waiting  # where one failed, those behind it wait on

    def log(self, kind: type[L], account: str, region: str) -> L:
        """The log of one kind in one account and region."""
        self.catch_up()
        return self._log(kind, account, region)

    def logs(self, kind: type[L]) -> list[L]:
        """Every log of one kind that holds something, in the order of account and region."""
        self.catch_up()
        known = {scope for opened, scope in self._logs if opened is kind}
        if self._journal:
            known.update(self._journal.log_scopes(kind.name))
        return [self.log(kind, *scope) for scope in sorted(known)]

    def append(self, log: Log[Any], entry: Any) -> None:
        """Hand `entry` to `log` when the transaction that is open ends.

        Its changes may be undone; that it was tried stays written down.
        """
        if self._changes is None:
            raise RuntimeError(f"{log.name} was written to outside a transaction")
        self._entries.append((log, entry))

    def end(self, *, commit: bool) -> None:
        """Close the transaction; what was taken down goes to the journal, and what was logged to its logs."""
        changes, self._changes = self._changes, None
        if not (changes or self._entries):
            return  # as with most calls: they read, or use a key
        entries, self._entries = self._entries, []
        kept = changes if commit and changes else []
        if self._journal and (kept or entries):
            try:
                self._journal.commit(kept, _lines(entries))
            except BaseException:
                self.undo(kept, 0)
                raise
        for log, entry in entries:
            log.take(entry)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Commit what the open transaction did so far, and let there be others inside the block.

        After it the transaction goes on with nothing to undo but what it does from then on. LabClosedError
        if the store was closed meanwhile.
        """
        changes, depth = self._changes, len(self.transaction.marks)
        if changes is None:
            raise RuntimeError("No transaction is open that could pause")
        self.end(commit=True)
        changes.clear()
        self.transaction.marks = []
        try:
            yield
        finally:
            self._changes, self.transaction.marks = changes, [0] * depth
        if self.closed:
            raise LabClosedError

    def undo(self, changes: list[Change], mark: int) -> None:
        """Take back all changes after the first `mark` of them, the last one first."""
        while len(changes) > mark:
            change = changes.pop()
            table = self._open[change.scope, change.service, change.table]
            table.restore(change.key, change.after, change.before)

    def note(self, change: Change) -> None:
        """Take down one change of the transaction that is open."""
        if self._changes is None:
            raise RuntimeError(f"{change.service}.{change.table} was changed outside a transaction")
        self._changes.append(change)

    def open(self, scope: Scope, spec: TableSpec[R]) -> Table[R]:
        """One table, with the records that the journal holds for it."""
        opened = Table(self, scope, spec)
        for record in self._journal.load(scope, spec) if self._journal else ():
            opened.restore(spec.key_of(record), None, record)
        self._open[scope, spec.service, spec.name] = opened
        return opened

    def _open_tables(self, kind: type[T], account: str, region: str) -> T:
        scope = Scope(account, region)
        self._sets.add((kind, scope))
        return kind(self, scope)

    def _open_log(self, kind: type[L], account: str, region: str) -> L:
        scope = Scope(account, region)
        self._logs.add((kind, scope))
        opened = kind(scope)
        opened.load(self._journal.lines(scope, kind.name) if self._journal else ())
        return opened

    def close(self) -> None:
        """Close the journal; the store can't be used afterwards."""
        self.closed = True
        if self._journal:
            self._journal.close()


class Transaction:
    """A block whose changes are committed together at its end, or undone if an exception passes through.

    Inside another transaction it is a savepoint: an exception undoes what happened since it began, and the
    outer transaction goes on. A store has one object for all of its transactions; `marks` are how many
    changes there were when the open one began, and each savepoint in it.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.marks: list[int] = []

    def __enter__(self) -> list[Change]:
        changes = self.store._changes
        if changes is None:
            changes = self.store._changes = []
        self.marks.append(len(changes))
        return changes

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        mark = self.marks.pop()
        if kind is not None:
            assert self.store._changes is not None
            self.store.undo(self.store._changes, mark)
        if not self.marks:
            self.store.end(commit=kind is None)


def _once(open_: C) -> C:
    """The function that opens what it is asked for once, and then has it at hand."""
    return cast(C, cache(open_))


def _lines(entries: list[tuple[Log[Any], Any]]) -> Iterator[Line]:
    """What the journal is to write for these entries, and to drop of what their logs no longer need."""
    written: Counter[int] = Counter()
    for log, entry in entries:
        number = log.next_number + written[id(log)]
        written[id(log)] += 1
        yield Line(log.scope, log.name, number, log.text(entry))
        for old in log.outdated():
            yield Line(log.scope, log.name, old, None)


def fields_changed(change: Change) -> dict[str, tuple[Any, Any]]:
    """What a change did, field by field: `{"Enabled": (True, False)}`; a missing side is None."""
    names = (change.after or change.before).__struct_fields__
    sides = {name: (getattr(change.before, name, None), getattr(change.after, name, None)) for name in names}
    return {name: (old, new) for name, (old, new) in sides.items() if old != new}
