"""Formula, simulator and real SDK agree: the same on the same messages, and within 2 % over a grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.esdk.materials import EncryptionRequest
from labkit.esdk.suites import COMMITTING
from labkit.esdk.tradeoffs import Limits, Workload, estimate, replay, simulate, trace
from tests.esdk.caching.worlds import Ours, TurnedClock

GRID = [
    # rate, size, contexts, skew; age, messages, bytes, capacity; the limit that binds
    ((10, 1000, 1, 0.0), (60, 100, 2**40, 10), "messages"),
    ((10, 1000, 1, 0.0), (60, 10_000, 2**40, 10), "age"),
    ((10, 1000, 1, 0.0), (5, 50, 2**40, 10), "messages"),
    ((2, 1000, 1, 0.0), (0.5, 1000, 2**40, 10), "age"),
    ((3, 500, 5, 0.0), (20, 1000, 2500, 10), "bytes"),
    ((3, 500, 5, 1.0), (20, 15, 2**40, 10), "messages"),
    ((50, 100, 20, 0.0), (10, 30, 2**40, 100), "age"),
    ((50, 100, 20, 1.0), (2, 30, 2**40, 100), "age"),
    ((50, 100, 200, 0.0), (60, 1000, 2**40, 50), "capacity"),
    ((50, 100, 200, 0.8), (60, 1000, 2**40, 50), "capacity"),
    ((1, 100, 1, 0.0), (3600, 1, 2**40, 10), "messages"),
    ((1, 100, 1, 0.0), (3600, 100, 50, 10), "bytes"),
]
EACH = pytest.mark.parametrize(("work", "limit", "binding"), GRID)
Four = tuple[float, int, int, float]


@EACH
def test_the_formula_and_a_million_messages_agree_within_2_percent(
    work: Four, limit: tuple[float, int, int, int], binding: str
) -> None:
    workload, limits = Workload(*work), Limits(*limit)
    expected = estimate(workload, limits)
    found = simulate(workload, limits, 1_000_000, order="FIFO")
    assert expected.binding == binding
    assert found.calls_per_second == pytest.approx(expected.calls_per_second, rel=0.02)
    assert found.messages_per_key == pytest.approx(expected.messages_per_key, rel=0.02)
    assert found.usd_per_million == pytest.approx(expected.usd_per_million, rel=0.02)
    assert found.largest_messages <= expected.largest_messages


@EACH
def test_the_real_sdk_and_the_simulator_make_the_same_data_keys(
    work: Four, limit: tuple[float, int, int, int], binding: str
) -> None:
    workload, limits = Workload(*work), Limits(*limit)
    real = replay(workload, limits, 1500, seed=7)
    simulated = simulate(workload, limits, given=real.trace, order="FIFO")
    assert np.array_equal(real.keys, simulated.keys)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 6),
    st.sampled_from([0.0, 1.0]),
    st.floats(0.1, 20),
    st.integers(1, 12),
    st.integers(1, 3000),
    st.integers(1, 6),
    st.integers(0, 10**6),
)
def test_our_cmm_and_the_simulator_make_the_same_data_keys(
    contexts: int, skew: float, age: float, messages: int, size: int, capacity: int, seed: int
) -> None:
    workload = Workload(5, 500, contexts, skew)
    limits = Limits(age, messages, size, capacity)
    arriving = trace(workload, 150, seed)
    # To the microsecond, as a clock of the computer tells the time.
    arriving.times[:] = np.round(arriving.times, 6)
    simulated = simulate(workload, limits, given=arriving)
    clock = TurnedClock()
    ours = Ours(capacity, clock, max_age=age, max_messages=messages, max_bytes=size)
    before, misses = 0.0, []
    for time, context in zip(arriving.times, arriving.contexts, strict=True):
        clock.turn(time - before)
        before = float(time)
        made = ours.keyring.generated
        ours.manager.encryption_materials(
            EncryptionRequest({"c": str(context)}, COMMITTING, length=workload.size)
        )
        misses.append(ours.keyring.generated > made)
    assert misses == simulated.misses.tolist()
