"""The formula. A data key is made by a message, and serves those that follow until a limit is reached.

With r messages a second in a context, an age T, and at most M messages under one data key,

    E[K] = 1 + E[min(N, M - 1)],    N ~ Poisson(r T)

messages come under one data key on average: the one it was made for, and those of the next T seconds, but
never more than M. So there are r / E[K] calls a second, and 1 / E[K] of all messages wait for KMS.

If the cache is too small for all contexts, an entry is pushed out by newer ones before it is old: the real
cache gives up the oldest, so an entry stays for `capacity` further calls, which is an age again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labkit.esdk.tradeoffs.prices import calls_per_second, usd_per_call
from labkit.esdk.tradeoffs.workload import Limits, Workload

_LARGE = 1e7  # from here on a Poisson distribution is a normal one, as far as anyone can see
_ROUNDS = 60


@dataclass(frozen=True)
class Estimate:
    """What to expect of a workload under limits.

    A data key exposes `messages_per_key` messages on average and `largest_messages`, `largest_bytes` at most.
    After the KMS key is disabled, it may be used for another `staleness` seconds. `binding` names the limit
    that ends most data keys: "age", "messages", "bytes" or "capacity".
    """

    calls_per_second: float
    messages_per_key: float
    hit_rate: float
    usd_per_million: float
    largest_messages: int
    largest_bytes: int
    staleness: float
    throttled: bool
    binding: str


def estimate(workload: Workload, limits: Limits) -> Estimate:
    """Estimate a workload under limits; a cache that is too small is taken to give up its oldest entry."""
    most = limits.most_messages(workload.size)
    rates, counts = (column.tolist() for column in np.unique(workload.rates, return_counts=True))
    age = _effective_age(rates, counts, limits, most, workload.contexts)
    calls = _calls(rates, counts, age, most)
    per_key = workload.rate / calls
    return Estimate(
        calls_per_second=calls,
        messages_per_key=per_key,
        hit_rate=1 - 1 / per_key,
        usd_per_million=1e6 * usd_per_call() / per_key,
        largest_messages=most,
        largest_bytes=most * workload.size,
        staleness=min(age, limits.max_age) if most > 1 else 0.0,
        throttled=calls > calls_per_second(),
        binding=_binding(workload, limits, most, age),
    )


def mean_of_smaller(rate: float, most: int) -> float:
    """E[min(N, most)] for N ~ Poisson(rate)."""
    if most <= 0 or rate <= 0:
        return 0.0
    spread = math.sqrt(rate)
    if most > rate + 12 * spread + 30:
        return rate
    if most < rate - 12 * spread - 30:
        return float(most)
    if rate > _LARGE:
        z = (most - rate) / spread
        below = 0.5 * math.erfc(-z / math.sqrt(2))
        return rate * below + most * (1 - below) - spread * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    start = max(0, int(rate - 12 * spread - 30))
    counts = np.arange(start, most)
    logs = np.empty(len(counts))
    logs[0] = start * math.log(rate) - rate - math.lgamma(start + 1)
    logs[1:] = logs[0] + np.cumsum(math.log(rate) - np.log(counts[1:]))
    chances = np.exp(logs)
    return float((counts * chances).sum() + most * (1 - chances.sum()))


def _calls(rates: Sequence[float], counts: Sequence[int], age: float, most: int) -> float:
    return float(
        sum(
            count * rate / (1 + mean_of_smaller(rate * age, most - 1))
            for rate, count in zip(rates, counts, strict=True)
        )
    )


def _effective_age(
    rates: Sequence[float], counts: Sequence[int], limits: Limits, most: int, contexts: int
) -> float:
    """How old an entry becomes at most: `max_age`, or the time that `capacity` calls take if that is less."""
    if contexts <= limits.capacity:
        return limits.max_age
    low, high = 0.0, limits.max_age
    if high * _calls(rates, counts, high, most) <= limits.capacity:
        return high
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if middle * _calls(rates, counts, middle, most) <= limits.capacity:
            low = middle
        else:
            high = middle
    return low


def _binding(workload: Workload, limits: Limits, most: int, age: float) -> str:
    if workload.rates[0] * age < most - 1:
        return "capacity" if age < limits.max_age else "age"
    return "messages" if most == limits.max_messages else "bytes"
