"""Each part of the trade-offs by itself: the formula's edges, the queue for KMS, staleness, prices."""

import math
import time
from typing import Any

import numpy as np
import pytest

from labkit.esdk.tradeoffs import (
    Limits,
    Network,
    Workload,
    alternatives,
    estimate,
    latencies,
    prices,
    quotas,
    simulate,
    sweep,
    trace,
)
from labkit.esdk.tradeoffs.latency import waits
from labkit.esdk.tradeoffs.model import mean_of_smaller
from labkit.esdk.tradeoffs.prices import calls_per_second, usd_per_call


@pytest.mark.parametrize("rate", [0.01, 1.0, 7.5, 60.0, 4000.0])
@pytest.mark.parametrize("most", [0, 1, 2, 10, 60, 4000, 10**9])
def test_the_mean_of_the_smaller_is_what_counting_gives(rate: float, most: int) -> None:
    chance, expected = math.exp(-rate) if rate < 700 else 0.0, 0.0
    if rate < 700:
        rest = 1.0
        for count in range(min(most, 400)):
            expected += count * chance
            rest -= chance
            chance *= rate / (count + 1)
        expected += min(most, 400) * max(rest, 0.0)
    else:
        draws = np.random.default_rng(1).poisson(rate, 400_000)
        expected = float(np.minimum(draws, most).mean())
    assert mean_of_smaller(rate, most) == pytest.approx(expected, rel=2e-3, abs=1e-9)


def test_very_large_rates_are_no_trouble() -> None:
    assert mean_of_smaller(1e9, 10**9) == pytest.approx(1e9 - math.sqrt(1e9 / 2 / math.pi), rel=1e-9)
    assert mean_of_smaller(1e12, 5) == 5
    began = time.perf_counter()
    estimate(Workload(1e6, 1000, 1000, 1.0), Limits(3600, capacity=100))
    assert time.perf_counter() - began < 2


def test_without_any_reuse_every_message_is_a_call() -> None:
    found = estimate(Workload(100, 1000), Limits(60, max_messages=1))
    assert found.calls_per_second == pytest.approx(100)
    assert found.usd_per_million == pytest.approx(3.0)
    assert (found.hit_rate, found.staleness) == (0, 0)


def test_a_limit_of_bytes_is_a_limit_of_messages() -> None:
    assert Limits(60, 100, 1000).most_messages(100) == 10
    assert Limits(60, 100, 1000).most_messages(101) == 9
    assert Limits(60, 100, 1000).most_messages(1000) == 1
    assert Limits(60, 100, 1000).most_messages(5000) == 1
    assert Limits(60, 100, 1000).most_messages(0) == 100
    assert estimate(Workload(10, 100), Limits(60, 100, 1000)).largest_bytes == 1000


def test_what_exceeds_the_quota_is_told() -> None:
    assert calls_per_second() == 10_000
    assert estimate(Workload(20_000, 10), Limits(60, max_messages=1)).throttled
    assert not estimate(Workload(20_000, 10), Limits(60, max_messages=3)).throttled


def test_after_a_disable_a_data_key_works_until_it_is_too_old() -> None:
    workload, limits = Workload(100, 1000), Limits(10)
    done = simulate(workload, limits, 10_000)
    messages, seconds = done.after(50.0)
    assert 0 < seconds <= 10
    assert abs(messages - 100 * seconds) < 5 * math.sqrt(100 * seconds) + 2
    assert done.after(1e9) == (0, 0.0)
    assert estimate(workload, limits).staleness == 10


def test_data_keys_as_a_table() -> None:
    done = simulate(Workload(100, 1000, 3), Limits(10, 50), 5_000)
    table = done.data_keys()
    assert len(table) == done.calls
    assert table["messages"].sum() == 5_000
    assert (table["messages"] <= 50).all()
    assert (table["last used"] - table["made"] <= 10).all()
    assert (table["bytes"] == 1000 * table["messages"]).all()


def test_a_million_messages_take_seconds() -> None:
    began = time.perf_counter()
    table = sweep(Workload(100, 1000, 10), [Limits(age, 1000) for age in (1, 10, 60, 600)], 1_000_000)
    assert time.perf_counter() - began < 30
    assert list(table["max_age"]) == [1, 10, 60, 600]
    assert table["USD a million messages"].is_monotonic_decreasing


def test_lru_keeps_what_is_busy_and_fifo_does_not() -> None:
    workload, limits = Workload(50, 100, 200, 1.0), Limits(3600, capacity=20)
    lru, fifo = (simulate(workload, limits, 50_000, order=order) for order in ("LRU", "FIFO"))
    assert lru.hit_rate > fifo.hit_rate + 0.03


def test_hits_are_quick_and_misses_wait_for_the_network() -> None:
    done = simulate(Workload(100, 1000), Limits(60, 10), 20_000)
    took = latencies(done, Network(median=8.0, spread=0.5, local=0.1))
    assert np.median(took) == pytest.approx(0.1)
    assert np.median(took[done.misses]) == pytest.approx(8.1, rel=0.1)
    assert (took[~done.misses] == 0.1).all()


def test_calls_beyond_the_quota_wait_for_their_turn() -> None:
    burst = np.zeros(30)
    assert waits(burst, quota=10).tolist() == pytest.approx([0.0] * 11 + [n / 10 for n in range(1, 20)])
    slow = np.arange(1000) / 5
    assert waits(slow, quota=10).max() == 0
    fast = np.arange(1000) / 20
    assert waits(fast, quota=10)[-1] == pytest.approx(1000 / 10 - 1000 / 20 - 1, abs=0.2)
    assert len(waits(np.array([]), quota=10)) == 0


def test_every_figure_has_its_source_and_date() -> None:
    for table in (prices(), quotas()):
        assert table[["source", "date"]].notna().all().all()
    assert usd_per_call() == pytest.approx(3e-6)


def test_the_neighbours_are_compared() -> None:
    table = alternatives(Workload(100, 1000, 4), Limits(60, 1000))
    assert list(table[""]) == ["no cache", "caching CMM", "hierarchical keyring", "S3 bucket key"]
    calls = list(table["calls a second"])
    assert calls[0] == 100
    assert calls[0] > calls[1] > calls[2] > calls[3]
    assert table["USD a million messages"][0] == pytest.approx(3.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Workload(0, 1),
        lambda: Workload(1, -1),
        lambda: Workload(1, 1, 0),
        lambda: Limits(0),
        lambda: Limits(1, 0),
        lambda: Limits(1, capacity=0),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="above 0"):
        make()


def test_the_same_seed_gives_the_same_messages() -> None:
    one, two, other = (trace(Workload(5, 1, 3), 100, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.times, two.times)
    assert not np.array_equal(one.times, other.times)
    assert len(one) == 100
