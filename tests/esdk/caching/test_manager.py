"""The limits of a caching CMM, each to the letter, and by both implementations."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import esdk
from labkit.esdk.caching import CachingManager, LocalCache, on_clock
from tests.esdk.caching.worlds import Counting, Ours, Theirs, TurnedClock

A, B, C = {"tenant": "a"}, {"tenant": "b"}, {"tenant": "c"}


@pytest.fixture(params=["ours", "theirs"])
def world(request: pytest.FixtureRequest) -> Any:
    """(a clock, make) where make(capacity, **limits) is a caching CMM, ours or the real one."""
    clock = TurnedClock()

    def make(capacity: int = 10, **limits: Any) -> Ours | Theirs:
        return Ours(capacity, clock, **limits) if request.param == "ours" else Theirs(capacity, **limits)

    with on_clock(clock):
        yield clock, make


World = tuple[TurnedClock, Callable[..., Any]]


def test_max_messages_3_is_miss_hit_hit_miss(world: World) -> None:
    _, make = world
    cmm = make(max_age=60.0, max_messages=3)
    assert [cmm.ask(A, 10) for _ in range(7)] == [True, False, False, True, False, False, True]


def test_an_entry_of_max_age_is_good_and_an_older_one_is_not(world: World) -> None:
    clock, make = world
    cmm = make(max_age=60.0)
    assert cmm.ask(A, 10)
    clock.turn(60)
    assert not cmm.ask(A, 10)
    clock.turn(1)
    assert cmm.ask(A, 10)


def test_bytes_include_the_message_at_hand(world: World) -> None:
    _, make = world
    cmm = make(max_age=60.0, max_bytes=100)
    assert [cmm.ask(A, 40) for _ in range(4)] == [True, False, True, False]
    cmm = make(max_age=60.0, max_bytes=100)
    assert [cmm.ask(A, length) for length in (50, 50, 1)] == [True, False, True]


def test_a_message_as_long_as_max_bytes_is_never_cached_and_ends_the_entry(world: World) -> None:
    _, make = world
    cmm = make(max_age=60.0, max_bytes=100)
    assert [cmm.ask(A, length) for length in (10, 100, 10, 100, 100)] == [True, True, True, True, True]


def test_another_context_is_another_entry(world: World) -> None:
    _, make = world
    cmm = make(max_age=60.0)
    assert [cmm.ask(context, 10) for context in (A, B, A, B, {})] == [True, True, False, False, True]


def test_neither_unknown_lengths_nor_suites_without_kdf_are_cached(world: World) -> None:
    _, make = world
    cmm = make(max_age=60.0)
    assert [cmm.ask(A, None) for _ in range(2)] == [True, True]
    assert [cmm.ask(A, 10, suite=0x0078) for _ in range(2)] == [True, True]
    assert [cmm.ask(A, 10, suite=0x0178) for _ in range(2)] == [True, False]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([A, B, C]),
        st.one_of(st.none(), st.integers(0, 120)),
        st.integers(0, 40),
        st.sampled_from([0x0478, 0x0178, 0x0078]),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(1, 60), st.integers(1, 5), st.integers(0, 200))
def test_ours_misses_exactly_when_the_real_one_does(
    steps: list[tuple[dict[str, str], int | None, int, int]], max_age: int, messages: int, size: int
) -> None:
    clock = TurnedClock()
    with on_clock(clock):
        limits: Any = {"max_age": float(max_age), "max_messages": messages, "max_bytes": size}
        ours, theirs = Ours(10, clock, **limits), Theirs(10, **limits)
        for context, length, seconds, suite in steps:
            clock.turn(seconds)
            assert ours.ask(context, length, suite) == theirs.ask(context, length, suite)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"max_age": 0.0}, "max_age"),
        ({"max_age": -1.0}, "max_age"),
        ({"max_age": 1.0, "max_messages": 0}, "max_messages is 1 to 4294967296"),
        ({"max_age": 1.0, "max_messages": 2**32 + 1}, "max_messages"),
        ({"max_age": 1.0, "max_bytes": -1}, "max_bytes is 0 to 9223372036854775807"),
        ({"max_age": 1.0, "max_bytes": 2**63}, "max_bytes"),
    ],
)
def test_limits_have_a_range(limits: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        CachingManager(Counting(), LocalCache(1), **limits)
    with pytest.raises(ValueError, match="max"):
        Theirs(1, **limits)


def test_messages_under_one_data_key_differ_and_all_open() -> None:
    keyring = Counting()
    manager = CachingManager(keyring, LocalCache(10), max_age=60.0)
    messages = [esdk.encrypt(b"x", manager, A) for _ in range(5)]
    assert keyring.generated == 1
    headers = [esdk.decrypt(one, keyring).header for one in messages]
    assert len({header.message_id for header in headers}) == 5
    assert len({header.data_keys for header in headers}) == 1


def test_to_decrypt_age_alone_counts() -> None:
    clock, keyring = TurnedClock(), Counting()
    manager = CachingManager(keyring, LocalCache(10, clock), max_age=60.0, max_messages=1, max_bytes=1)
    message = esdk.encrypt(b"x", keyring, A)
    for _ in range(5):
        assert esdk.decrypt(message, manager).plaintext == b"x"
    assert keyring.unwrapped == 1
    clock.turn(61)
    esdk.decrypt(message, manager)
    assert keyring.unwrapped == 2
    esdk.decrypt(esdk.encrypt(b"x", keyring, A), manager)
    assert keyring.unwrapped == 3


def test_a_stream_is_cached_only_if_its_length_is_told() -> None:
    keyring = Counting()
    manager = CachingManager(keyring, LocalCache(10), max_age=60.0)
    for _ in range(2):
        list(esdk.encrypt_stream(io.BytesIO(b"xyz"), manager))
    assert (keyring.generated, manager.uncached) == (2, 2)
    for _ in range(2):
        list(esdk.encrypt_stream(io.BytesIO(b"xyz"), manager, length=3))
    assert (keyring.generated, manager.hits) == (3, 1)


def test_a_partition_is_shared_by_name() -> None:
    keyring, cache = Counting(), LocalCache(10)
    for partition in ("p", "p", None, None):
        esdk.encrypt(b"x", CachingManager(keyring, cache, 60.0, partition=partition), A)
    assert keyring.generated == 3
