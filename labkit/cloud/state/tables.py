"""What a service remembers, as tables of frozen records.

A service declares its tables once, as a class; each account and region then has a set of its own:

    class KmsTables(Tables):
        service = "kms"
        keys = table(Key, key="KeyId")

    self.tables.keys.put(replace(key, Enabled=False))

A record is never changed, it is replaced; that is what makes every change visible as before and after.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, Self, TypeVar, overload

from sortedcontainers import SortedDict, SortedList

R = TypeVar("R")


class Scope(NamedTuple):
    """Where a table lives: one account in one region."""

    account: str
    region: str


class Change(NamedTuple):
    """One record before and after; `before` is None for a new record, `after` for a deleted one."""

    scope: Scope
    service: str
    table: str
    key: Hashable
    before: Any
    after: Any


class Keeper(Protocol):
    """Who keeps the tables: opens them, and takes down what changes."""

    def open(self, scope: Scope, spec: "TableSpec[R]") -> "Table[R]":
        """One table, with the records that are kept of it."""

    def note(self, change: Change) -> None:
        """Take down one change."""


class Table(Generic[R]):
    """Records of one kind, found by their key in a dictionary's time, walked in the order of their keys.

    `records` is for reading; `get` gives the record with a key, or None. What is asked of every call takes
    these two, which are the dictionary's own, and so the fastest.
    """

    def __init__(self, keeper: Keeper, scope: Scope, spec: "TableSpec[R]") -> None:
        self._keeper = keeper
        self.scope = scope
        self.spec = spec
        self.records: SortedDict = SortedDict()
        self.get: Callable[[Hashable], R | None] = self.records.get
        self._indexes: dict[str, SortedList] = {name: SortedList() for name in spec.indexes}

    def put(self, record: R) -> None:
        """Add `record`, or replace the one that has its key."""
        self._change(self.spec.key_of(record), record)

    def delete(self, key: Hashable) -> None:
        """Remove the record with this key; KeyError if there is none."""
        if key not in self.records:
            raise KeyError(key)
        self._change(key, None)

    def __len__(self) -> int:
        return len(self.records)

    def __contains__(self, key: Hashable) -> bool:
        return key in self.records

    def __iter__(self) -> Iterator[R]:
        return iter(self.records.values())

    def newest_first(self, before: Hashable | None = None) -> Iterator[R]:
        """The records with keys below `before` (all of them if None), from the highest key down."""
        keys = self.records.irange(maximum=before, inclusive=(True, False), reverse=True)
        return (self.records[key] for key in keys)

    def last(self) -> R | None:
        """The record with the highest key, or None in an empty table."""
        return self.records.peekitem()[1] if self.records else None

    def after(self, key: Hashable | None, count: int) -> list[R]:
        """At most `count` records whose keys follow `key` (from the start if None), in order."""
        keys = self.records.irange(minimum=key, inclusive=(False, True))
        return [self.records[name] for name in islice(keys, count)]

    def beginning(self, prefix: str, after: str | None = None) -> Iterator[R]:
        """The records whose keys, which are texts, begin with `prefix` and follow `after`, in order."""
        first = after is None or after < prefix
        keys = self.records.irange(minimum=prefix if first else after, inclusive=(first, True))
        return (self.records[key] for key in takewhile(lambda key: key.startswith(prefix), keys))

    def count_between(self, first: Hashable, end: Hashable) -> int:
        """How many records have keys from `first` to just before `end`; none of them is looked at."""
        return int(self.records.bisect_left(end) - self.records.bisect_left(first))

    def having(self, index: str, value: Any) -> list[R]:
        """The records whose indexed value is `value`, in the order of their keys."""
        entries = self._indexes[index].irange(minimum=(value,))
        return [self.records[key] for _, key in takewhile(lambda entry: entry[0] == value, entries)]

    def having_after(self, index: str, value: Any, key: Hashable, count: int) -> list[R]:
        """At most `count` of the records whose indexed value is `value`: those whose keys follow `key`."""
        entries = self._indexes[index].irange(minimum=(value, key), inclusive=(False, True))
        found = takewhile(lambda entry: entry[0] == value, islice(entries, count))
        return [self.records[name] for _, name in found]

    def count_having(self, index: str, value: str) -> int:
        """How many records have the indexed text `value`; none of them is looked at."""
        entries = self._indexes[index]
        return int(entries.bisect_left((value + "\0",)) - entries.bisect_left((value,)))

    def ranged(self, index: str, first: Any, end: Any, *, newest_first: bool = False) -> Iterator[R]:
        """The records whose indexed values are from `first` to just before `end`, in the values' order, or
        from the highest down. They must not change meanwhile.
        """
        entries = self._indexes[index].irange((first,), (end,), (True, False), reverse=newest_first)
        return (self.records[key] for _, key in entries)

    def count_indexed(self, index: str, first: Any, end: Any) -> int:
        """How many records have indexed values from `first` to just before `end`; none is looked at."""
        entries = self._indexes[index]
        return int(entries.bisect_left((end,)) - entries.bisect_left((first,)))

    def in_order_of(
        self, index: str, after: tuple[Any, Hashable] | None = None, *, reverse: bool = False
    ) -> Iterator[R]:
        """The records by their indexed values, up or down, from behind `after`, a value and a key."""
        ends = (None, after) if reverse else (after, None)
        found = self._indexes[index].irange(*ends, inclusive=(False, False), reverse=reverse)
        return (self.records[key] for _, key in found)

    def lowest(self, index: str) -> R | None:
        """The record whose indexed value is lowest, or None in an empty table."""
        return self.records[self._indexes[index][0][1]] if self.records else None

    def _change(self, key: Hashable, after: R | None) -> None:
        before = self.records.get(key)
        self._keeper.note(Change(self.scope, self.spec.service, self.spec.name, key, before, after))
        self.restore(key, before, after)

    def restore(self, key: Hashable, old: R | None, new: R | None) -> None:
        """Set the record at `key` from `old` to `new` with no trace: for loading and for rolling back."""
        for name, value_of in self.spec.indexes.items():
            before = None if old is None else (value_of(old), key)
            after = None if new is None else (value_of(new), key)
            if before != after:
                if before is not None:
                    self._indexes[name].remove(before)
                if after is not None:
                    self._indexes[name].add(after)
        if new is None:
            del self.records[key]
        else:
            self.records[key] = new


class TableSpec(Generic[R]):
    """One kind of record: its type, which field is its key, and by what else it is found."""

    service: str
    name: str

    def __init__(self, record: type[R], key: str, indexes: Mapping[str, Callable[[R], Any]]) -> None:
        self.record = record
        self.key = key
        self.indexes = indexes

    def __set_name__(self, owner: "type[Tables]", name: str) -> None:
        self.service = owner.service
        self.name = name

    def key_of(self, record: R) -> Hashable:
        """The value of the record's key field."""
        key: Hashable = getattr(record, self.key)
        return key

    if TYPE_CHECKING:  # a table stands in its set under the name of its specification

        @overload
        def __get__(self, tables: None, owner: "type[Tables]") -> Self: ...
        @overload
        def __get__(self, tables: "Tables", owner: "type[Tables]") -> Table[R]: ...
        def __get__(self, tables: "Tables | None", owner: "type[Tables]") -> Self | Table[R]: ...


def table(
    record: type[R], *, key: str, indexes: Mapping[str, Callable[[R], Any]] | None = None
) -> TableSpec[R]:
    """Declare a table of `record`s with the key field `key`; `indexes` maps a name to a value of a record."""
    return TableSpec(record, key, indexes or {})


class Tables:
    """The tables of one service in one account and region."""

    service: ClassVar[str]

    def __init__(self, keeper: Keeper, scope: Scope) -> None:
        self.scope = scope
        for name, spec in vars(type(self)).items():
            if isinstance(spec, TableSpec):
                setattr(self, name, keeper.open(scope, spec))
