"""How long a message waits: for nothing if its data key is cached, else for KMS, and for its turn there.

The network is a model: a call takes `median` milliseconds as often as not, and now and then much longer (a
log-normal distribution). KMS's quota is a bucket with a token for each call, filled at the quota's rate; a
call without a token waits for one, as a client does that tries again when it is throttled.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.esdk.tradeoffs.prices import calls_per_second
from labkit.esdk.tradeoffs.simulator import Simulated


@dataclass(frozen=True)
class Network:
    """The way to KMS and back, in milliseconds; `local` is what encrypting takes by itself. All assumed."""

    median: float = 8.0
    spread: float = 0.6
    local: float = 0.1


def latencies(
    simulated: Simulated, network: Network = Network(), quota: float | None = None, seed: int = 1
) -> Any:
    """Milliseconds that each message of a simulation takes, in order; `quota` is KMS's unless given."""
    chance = np.random.default_rng(seed)
    misses = simulated.misses
    count = int(np.count_nonzero(misses))
    took = np.full(len(misses), network.local)
    way = network.median * np.exp(network.spread * chance.standard_normal(count))
    took[misses] += way + 1000 * waits(simulated.trace.times[misses], quota or calls_per_second())
    return took


def waits(times: Any, quota: float) -> Any:
    """Seconds that each call waits for its token; the bucket holds the tokens of one second."""
    numbers = np.arange(len(times))
    behind = np.maximum.accumulate(times - numbers / quota) if len(times) else times
    return np.maximum(0.0, behind + (numbers - quota) / quota - times)
