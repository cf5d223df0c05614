"""One call is one transaction: all of it, or none."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.audit.log import EventLog
from labkit.cloud.state.store import PUT_OFF, Store, fields_changed
from labkit.cloud.state.tables import Scope, Tables, table
from labkit.records import Record


class Shelf(Record):
    """A record to play with."""

    Name: str
    Owner: str
    Books: int = 0


class ShelfTables(Tables):
    """Its table, found by owner as well."""

    service = "library"
    shelves = table(Shelf, key="Name", indexes={"owner": lambda shelf: shelf.Owner})


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def tables(store: Store) -> ShelfTables:
    return store.tables(ShelfTables, "111122223333", "eu-west-1")


def test_a_committed_change_stays(store: Store, tables: ShelfTables) -> None:
    with store.transaction:
        tables.shelves.put(Shelf("a", "ann"))
    assert tables.shelves.get("a") == Shelf("a", "ann")


def test_an_exception_leaves_no_trace_of_a_half_done_change(store: Store, tables: ShelfTables) -> None:
    with store.transaction:
        tables.shelves.put(Shelf("a", "ann"))
        tables.shelves.put(Shelf("b", "ben"))
    with pytest.raises(LookupError), store.transaction:
        tables.shelves.put(Shelf("a", "zoe", 7))
        tables.shelves.delete("b")
        tables.shelves.put(Shelf("c", "cid"))
        raise LookupError
    assert list(tables.shelves) == [Shelf("a", "ann"), Shelf("b", "ben")]
    assert tables.shelves.having("owner", "zoe") == []
    assert tables.shelves.having("owner", "ben") == [Shelf("b", "ben")]


def test_a_savepoint_undoes_only_itself(store: Store, tables: ShelfTables) -> None:
    with store.transaction as changes:
        tables.shelves.put(Shelf("a", "ann"))
        with pytest.raises(LookupError), store.transaction:
            tables.shelves.put(Shelf("b", "ben"))
            raise LookupError
        tables.shelves.put(Shelf("c", "cid"))
    assert [shelf.Name for shelf in tables.shelves] == ["a", "c"]
    assert [change.key for change in changes] == ["a", "c"]


def test_a_pause_keeps_what_was_done_before_it(store: Store, tables: ShelfTables) -> None:
    with pytest.raises(LookupError), store.transaction, store.transaction:
        tables.shelves.put(Shelf("a", "ann"))
        with store.paused(), store.transaction:  # another call's, meanwhile
            tables.shelves.put(Shelf("b", "ben"))
        tables.shelves.put(Shelf("c", "cid"))
        raise LookupError
    assert [shelf.Name for shelf in tables.shelves] == ["a", "b"]
    with store.transaction as changes:
        assert changes == []


def test_nothing_pauses_outside_a_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError, match="No transaction is open"), store.paused():
        pass


def test_a_change_outside_a_transaction_is_refused(tables: ShelfTables) -> None:
    with pytest.raises(RuntimeError, match=r"library\.shelves was changed outside a transaction"):
        tables.shelves.put(Shelf("a", "ann"))
    assert "a" not in tables.shelves


def test_the_changes_are_the_difference_field_by_field(store: Store, tables: ShelfTables) -> None:
    with store.transaction:
        tables.shelves.put(Shelf("a", "ann", 1))
    with store.transaction as changes:
        tables.shelves.put(Shelf("a", "ann", 2))
    assert [fields_changed(change) for change in changes] == [{"Books": (1, 2)}]


def test_accounts_and_regions_do_not_see_each_other(store: Store, tables: ShelfTables) -> None:
    with store.transaction:
        tables.shelves.put(Shelf("a", "ann"))
    assert len(store.tables(ShelfTables, "111122223333", "us-east-1").shelves) == 0
    assert len(store.tables(ShelfTables, "444455556666", "eu-west-1").shelves) == 0
    assert Scope("111122223333", "eu-west-1") in store.scopes(ShelfTables)


def test_deleting_what_is_not_there_is_an_error(store: Store, tables: ShelfTables) -> None:
    with pytest.raises(KeyError), store.transaction:
        tables.shelves.delete("nothing")


STEPS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["ann", "ben", None])), max_size=25)


@given(kept=STEPS, undone=STEPS)
def test_tables_agree_with_a_plain_dictionary(
    kept: list[tuple[str, str | None]], undone: list[tuple[str, str | None]]
) -> None:
    store = Store()
    shelves = store.tables(ShelfTables, "1", "r").shelves
    model: dict[str, Shelf] = {}

    def play(steps: list[tuple[str, str | None]]) -> None:
        for name, owner in steps:
            if owner is not None:
                shelves.put(Shelf(name, owner))
            elif name in shelves:
                shelves.delete(name)

    with store.transaction:
        play(kept)
    for name, owner in kept:
        model.pop(name, None)
        if owner is not None:
            model[name] = Shelf(name, owner)
    with pytest.raises(LookupError), store.transaction:
        play(undone)
        raise LookupError
    assert list(shelves) == [model[name] for name in sorted(model)]
    assert list(shelves.newest_first()) == [model[name] for name in sorted(model, reverse=True)]
    for owner in ("ann", "ben"):
        assert shelves.having("owner", owner) == [model[n] for n in sorted(model) if model[n].Owner == owner]
    lowest = min(model.values(), key=lambda shelf: (shelf.Owner, shelf.Name), default=None)
    assert shelves.lowest("owner") == lowest


@pytest.mark.parametrize(
    "read",
    [lambda store: store.log(EventLog, "111122223333", "eu-west-1"), lambda store: store.logs(EventLog)],
    ids=["a log", "all logs"],
)
def test_what_is_put_off_is_done_in_order_before_a_log_is_read(
    store: Store, read: Callable[[Store], object]
) -> None:
    done: list[int] = []
    for number in range(3):
        store.put_off(done.append, number)
    assert done == []
    read(store)
    assert done == [0, 1, 2]
    read(store)
    assert done == [0, 1, 2]


def test_no_more_than_a_few_things_are_put_off(store: Store) -> None:
    done: list[int] = []
    for number in range(PUT_OFF):
        store.put_off(done.append, number)
    assert done == [*range(PUT_OFF)]


def test_what_is_put_off_behind_something_that_fails_waits_on(store: Store) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ZeroDivisionError

    store.put_off(done.append, 1)
    store.put_off(fail)
    store.put_off(done.append, 2)
    with pytest.raises(ZeroDivisionError):
        store.catch_up()
    assert done == [1]
    store.put_off(done.append, 3)
    store.catch_up()
    assert done == [1, 2, 3]


def test_what_is_put_off_may_read_a_log_itself(store: Store) -> None:
    done: list[int] = []

    def late(number: int) -> None:
        store.log(EventLog, "111122223333", "eu-west-1")
        done.append(number)

    for number in range(3):
        store.put_off(late, number)
    store.catch_up()
    assert done == [0, 1, 2]
