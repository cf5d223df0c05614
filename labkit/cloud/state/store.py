"""One API call is one transaction: all of its changes are kept, or none.

The store notes every change as before and after. Undoing a call is walking that list backwards; showing
what a call did is printing it; making it durable is handing it to the journal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from labkit.cloud.state.journal import Journal
from labkit.cloud.state.tables import Change, Scope, Table, Tables, TableSpec

T = TypeVar("T", bound=Tables)
R = TypeVar("R")


class Store:
    """Every table of every service, account and region; in memory, and in a journal if there is one."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._sets: dict[tuple[type[Tables], Scope], Tables] = {}
        self._open: dict[tuple[Scope, str, str], Table[Any]] = {}
        self._changes: list[Change] | None = None

    def tables(self, kind: type[T], account: str, region: str) -> T:
        """The tables of one service in one account and region."""
        scope = Scope(account, region)
        found = self._sets.get((kind, scope))
        if found is None:
            found = self._sets[kind, scope] = kind(self, scope)
        assert isinstance(found, kind)
        return found

    def scopes(self, kind: type[Tables]) -> list[Scope]:
        """Every account and region in which this service remembers something, sorted."""
        known = {scope for opened, scope in self._sets if opened is kind}
        if self._journal:
            known.update(self._journal.scopes(kind.service))
        return sorted(known)

    @contextmanager
    def transaction(self) -> Iterator[list[Change]]:
        """Changes made inside are committed together at the end, or undone if an exception passes through.

        Yields the list of changes so far. Inside another transaction it is a savepoint: an exception undoes
        what happened since it began, and the outer transaction goes on.
        """
        outer = self._changes
        changes = self._changes = [] if outer is None else outer
        mark = len(changes)
        try:
            yield changes
            if outer is None and self._journal:
                self._journal.commit(changes)
        except BaseException:
            self._undo(changes, mark)
            raise
        finally:
            self._changes = outer

    def _undo(self, changes: list[Change], mark: int) -> None:
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

    def close(self) -> None:
        """Close the journal; the store can't be used afterwards."""
        if self._journal:
            self._journal.close()


def fields_changed(change: Change) -> dict[str, tuple[Any, Any]]:
    """What a change did, field by field: `{"Enabled": (True, False)}`; a missing side is None."""
    names = (change.after or change.before).__dataclass_fields__
    sides = {name: (getattr(change.before, name, None), getattr(change.after, name, None)) for name in names}
    return {name: (old, new) for name, (old, new) in sides.items() if old != new}
