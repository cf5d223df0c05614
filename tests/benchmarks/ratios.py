"""Measure as ratios: the contenders take turns, so that a machine's moods hit them all alike."""

import statistics
import time
from collections.abc import Callable, Mapping

Contender = Callable[[], object]


def microseconds(work: Contender, calls: int) -> float:
    """The mean time of one call, over `calls` of them."""
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls * 1e6


def race(contenders: Mapping[str, Contender], *, rounds: int = 30, calls: int = 40) -> dict[str, float]:
    """Each contender's median time for a call, in microseconds; they take turns, round by round."""
    for work in contenders.values():
        microseconds(work, calls)
    laps: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            laps[name].append(microseconds(work, calls))
    return {name: statistics.median(times) for name, times in laps.items()}


def fastest(contenders: Mapping[str, Contender], *, rounds: int, calls: int) -> dict[str, float]:
    """Each contender's least time of the processor for a call, in microseconds; they take turns.

    Of work that waits for nothing, this is what stays when other programs want the processor, too.
    """
    least = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, work in contenders.items():
            start = time.process_time()
            for _ in range(calls):
                work()
            least[name] = min(least[name], (time.process_time() - start) / calls * 1e6)
    return least


def report(title: str, times: Mapping[str, float], base: str) -> None:
    """Print one line a contender: its time, and the ratio to `base`."""
    print(title)
    for name, value in times.items():
        print(f"  {name:<28}{value:10.1f} us   {value / times[base]:5.2f} x {base}")
