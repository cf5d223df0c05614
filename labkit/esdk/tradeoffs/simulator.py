"""The simulator: every message of a trace, every data key it is encrypted under, on a clock that only counts.

Where a data key ends follows from where it began, for each limit by one search in a sorted row; NumPy does
that for all messages at once. What is left is to hop from one data key to the next. Only where the cache is
too small for all contexts does every message have to be looked at.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from labkit.esdk.tradeoffs.prices import usd_per_call
from labkit.esdk.tradeoffs.workload import Limits, Trace, Workload, trace

if TYPE_CHECKING:
    import pandas as pd

Order = Literal["LRU", "FIFO"]
Progress = Callable[[int], object]


@dataclass(frozen=True)
class Simulated:
    """What happened: `keys` holds, for each message of `trace`, which message made its data key."""

    workload: Workload
    limits: Limits
    trace: Trace
    keys: Any

    @property
    def misses(self) -> Any:
        """For each message, whether it had to call KMS."""
        return self.keys == np.arange(len(self.keys))

    @property
    def calls(self) -> int:
        """How many calls of GenerateDataKey were made."""
        return int(np.count_nonzero(self.misses))

    @property
    def calls_per_second(self) -> float:
        """Calls a second, over the time from the beginning to the last message."""
        return float(self.calls / self.trace.times[-1])

    @property
    def messages_per_key(self) -> float:
        """How many messages one data key encrypted, on average."""
        return len(self.keys) / self.calls

    @property
    def hit_rate(self) -> float:
        """Which share of the messages did not wait for KMS."""
        return 1 - self.calls / len(self.keys)

    @property
    def usd_per_million(self) -> float:
        """What a million messages cost."""
        return 1e6 * usd_per_call() * self.calls / len(self.keys)

    @property
    def largest_messages(self) -> int:
        """How many messages the most used data key encrypted."""
        return int(self._counts().max())

    def data_keys(self) -> "pd.DataFrame":
        """One row a data key: its context, when it was made and last used, its messages and bytes."""
        import pandas as pd

        made, last, counts = self.lives()
        return pd.DataFrame(
            {
                "context": self.trace.contexts[made],
                "made": self.trace.times[made],
                "last used": self.trace.times[last],
                "messages": counts,
                "bytes": counts * self.workload.size,
            }
        )

    def lives(self) -> tuple[Any, Any, Any]:
        """For each data key: the message that made it, the last one under it, and how many there are."""
        made = np.flatnonzero(self.misses)
        last = np.zeros(len(self.keys), dtype=np.int64)
        np.maximum.at(last, self.keys, np.arange(len(self.keys)))
        return made, last[made], self._counts()

    def after(self, moment: float) -> tuple[int, float]:
        """Of a KMS key disabled at `moment`: (messages still encrypted later, seconds until the last)."""
        times = self.trace.times
        stale = (times > moment) & (times[self.keys] <= moment)
        return int(stale.sum()), float(times[stale][-1] - moment) if stale.any() else 0.0

    def _counts(self) -> Any:
        return np.bincount(self.keys, minlength=len(self.keys))[self.misses]


def simulate(
    workload: Workload,
    limits: Limits,
    messages: int = 100_000,
    seed: int = 0,
    order: Order = "LRU",
    given: Trace | None = None,
) -> Simulated:
    """Encrypt so many messages, or those of a trace that is given; `order` says which entry gives way."""
    arriving = given or trace(workload, messages, seed)
    if workload.contexts > limits.capacity:
        keys = _one_by_one(workload, limits, arriving, order)
    else:
        keys = _all_at_once(workload, limits, arriving)
    return Simulated(workload, limits, arriving, keys)


def sweep(
    workload: Workload,
    choices: Iterable[Limits],
    messages: int = 100_000,
    seed: int = 0,
    progress: bool = False,
) -> "pd.DataFrame":
    """Simulate one trace under many limits: one row each. `progress` shows a bar."""
    import pandas as pd
    from tqdm.auto import tqdm

    arriving, listed = trace(workload, messages, seed), list(choices)
    rows = []
    for limits in tqdm(listed, desc="limits", disable=not progress):
        done = simulate(workload, limits, given=arriving)
        rows.append(
            {
                **_limits(limits),
                "calls a second": done.calls_per_second,
                "USD a million messages": done.usd_per_million,
                "messages a key": done.messages_per_key,
                "largest": done.largest_messages,
            }
        )
    return pd.DataFrame(rows)


def _limits(limits: Limits) -> Mapping[str, float]:
    return {
        "max_age": limits.max_age,
        "max_messages": limits.max_messages,
        "max_bytes": limits.max_bytes,
        "capacity": limits.capacity,
    }


def _all_at_once(workload: Workload, limits: Limits, arriving: Trace) -> Any:
    order = np.argsort(arriving.contexts, kind="stable")
    times, contexts = arriving.times[order], arriving.contexts[order]
    most, count = limits.most_messages(workload.size), len(arriving)
    ends = np.searchsorted(contexts, contexts, side="right")
    follower = np.minimum(np.arange(count) + most, ends)
    # One long row of times, in which a later context lies behind all of an earlier one.
    shift = (arriving.times[-1] + limits.max_age + 1) * contexts
    too_old = np.searchsorted(times + shift, times + limits.max_age + shift, side="right")
    follower = np.minimum(follower, too_old)
    made = np.array(_hop(follower.tolist()), dtype=np.int64)
    keys_in_order = np.repeat(made, np.diff(made, append=count))
    keys = np.empty(count, dtype=np.int64)
    keys[order] = order[keys_in_order]
    return keys


def _hop(follower: list[int]) -> list[int]:
    """The messages that make a data key: the first, and always the first that the last one can't serve."""
    made, at = [], 0
    while at < len(follower):
        made.append(at)
        at = follower[at]
    return made


def _one_by_one(workload: Workload, limits: Limits, arriving: Trace, order: Order) -> Any:
    most, last_used_counts = limits.most_messages(workload.size), order == "LRU"
    cached: OrderedDict[int, list[float]] = OrderedDict()  # context -> [key, made, messages]
    keys = []
    for number, (time, context) in enumerate(
        zip(arriving.times.tolist(), arriving.contexts.tolist(), strict=True)
    ):
        entry = cached.get(context)
        if entry and entry[2] < most and time - entry[1] <= limits.max_age:
            entry[2] += 1
            if last_used_counts:
                cached.move_to_end(context)
            keys.append(int(entry[0]))
            continue
        cached.pop(context, None)
        cached[context] = [number, time, 1]
        if len(cached) > limits.capacity:
            cached.popitem(last=False)
        keys.append(number)
    return np.array(keys, dtype=np.int64)
