"""Measure as ratios: the contenders take turns, so that a machine's moods hit them all alike.

A ratio is taken within each round, and the median of all rounds is told: a machine that is at times twice as
slow is so for whole rounds, and the medians of two contenders might fall into different moods of it.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

Contender = Callable[[], object]
Laps = Mapping[str, Sequence[float]]
"""Each contender's times for a call, in microseconds, round by round."""


def microseconds(work: Contender, calls: int) -> float:
    """The mean time of one call, over `calls` of them."""
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls * 1e6


def race(contenders: Mapping[str, Contender], *, rounds: int = 60, calls: int = 40) -> Laps:
    """The mean time of a call in each round.

    A few calls before each lap are not timed, or it would count what another left of the processor's caches;
    every other round goes backwards, so that each follows each.
    """
    laps: dict[str, list[float]] = {name: [] for name in contenders}
    turns = list(contenders.items())
    for _ in range(rounds):
        for name, work in turns:
            microseconds(work, calls // 8)
            laps[name].append(microseconds(work, calls))
        turns.reverse()
    return laps


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


def ratio(laps: Laps, name: str, base: str) -> float:
    """How many times as long as `base` a contender takes: the median over the rounds."""
    return statistics.median(one / other for one, other in zip(laps[name], laps[base], strict=True))


def report(title: str, laps: Laps, base: str) -> None:
    """Print one line a contender: its median time, and the ratio to `base`."""
    print(title)
    for name, times in laps.items():
        print(f"  {name:<28}{statistics.median(times):10.1f} us   {ratio(laps, name, base):5.2f} x {base}")
