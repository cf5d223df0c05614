"""Measure as ratios: the contenders take turns, so that a machine's moods hit them all alike.

Two ratios are told. That of the fastest laps is what the work itself takes: whatever disturbs a lap makes it
slower, and nothing makes it faster (documentation of timeit, "Timer.repeat"). The other is taken within each
round, and is the median of all rounds: what is to be expected beside all else that the machine is doing.
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


def race(contenders: Mapping[str, Contender], *, rounds: int = 60, calls: int = 64) -> Laps:
    """The mean time of a call in each round.

    A lap must be long enough to hold what happens once in many calls. A few calls before each lap are not
    timed, or it would count what another left of the processor's caches; every other round goes backwards, so
    that each follows each.
    """
    laps: dict[str, list[float]] = {name: [] for name in contenders}
    turns = list(contenders.items())
    for _ in range(rounds):
        for name, work in turns:
            microseconds(work, calls // 8)
            laps[name].append(microseconds(work, calls))
        turns.reverse()
    return laps


def fastest(laps: Laps, name: str, base: str) -> float:
    """How many times as long as `base` a contender takes, by the fastest lap of each."""
    return min(laps[name]) / min(laps[base])


def median(laps: Laps, name: str, base: str) -> float:
    """How many times as long as `base` a contender takes in the same round: the median over the rounds."""
    return statistics.median(one / other for one, other in zip(laps[name], laps[base], strict=True))


def report(title: str, laps: Laps, base: str) -> None:
    """Print one line a contender: its time in the fastest lap, and both ratios to `base`."""
    print(title)
    for name, times in laps.items():
        print(
            f"  {name:<28}{min(times):10.1f} us   {fastest(laps, name, base):5.2f} x {base}"
            f"   (median of rounds: {median(laps, name, base):.2f})"
        )
