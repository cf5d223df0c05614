"""What there is to encrypt, and under which limits: the two inputs of every trade-off.

Messages come as raindrops do: at a steady rate and independent of each other (a Poisson process).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.esdk.caching.manager import MOST_BYTES, MOST_MESSAGES


@dataclass(frozen=True)
class Workload:
    """`rate` messages a second, `size` bytes each, in `contexts` encryption contexts.

    `skew` makes some contexts busier than others: the n-th has a share of 1 / n**skew (Zipf's law).
    ValueError for a rate or a number of contexts that is not above zero.
    """

    rate: float
    size: int
    contexts: int = 1
    skew: float = 0.0

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.contexts < 1 or self.size < 0 or self.skew < 0:
            raise ValueError("a workload has a rate above 0, one context or more, and no negative size")

    @property
    def rates(self) -> Any:
        """Messages a second of each context, the busiest first."""
        shares = 1 / np.arange(1, self.contexts + 1) ** self.skew
        return self.rate * shares / shares.sum()


@dataclass(frozen=True)
class Limits:
    """The limits of a caching CMM, `max_age` in seconds, and the capacity of its cache."""

    max_age: float
    max_messages: int = MOST_MESSAGES
    max_bytes: int = MOST_BYTES
    capacity: int = 1000

    def __post_init__(self) -> None:
        if not self.max_age > 0 or self.max_messages < 1 or self.max_bytes < 0 or self.capacity < 1:
            raise ValueError("limits are above 0, and there is room for one entry at least")

    def most_messages(self, size: int) -> int:
        """How many messages of `size` bytes one data key encrypts at most."""
        by_bytes = self.max_bytes // size if size else self.max_messages
        return max(1, min(self.max_messages, by_bytes))


@dataclass(frozen=True)
class Trace:
    """Messages in the order in which they come: when, in seconds from 0 on, and of which context."""

    times: Any
    contexts: Any

    def __len__(self) -> int:
        return len(self.times)


def trace(workload: Workload, messages: int, seed: int = 0) -> Trace:
    """So many messages of a workload; the same seed gives the same ones."""
    chance = np.random.default_rng(seed)
    times = np.cumsum(chance.exponential(1 / workload.rate, messages))
    shares = np.cumsum(workload.rates) / workload.rate
    contexts = np.searchsorted(shares, chance.random(messages) * shares[-1], side="right")
    return Trace(times, np.minimum(contexts, workload.contexts - 1))
