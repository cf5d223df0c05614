"""What caching saves and what it costs: calls, dollars, latency against what one data key exposes.

    workload = Workload(rate=100, size=1000, contexts=5)       100 messages a second, 1000 bytes each
    limits = Limits(max_age=60, max_messages=1000)

    estimate(workload, limits)       `model`: a formula
    simulate(workload, limits)       `simulator`: a million messages on a virtual clock, in a second
    replay(workload, limits)         `real`: the real SDK's cache, on the same messages

The three agree, and a test holds them to 2 %. Source of the idea: AWS Security Blog, "How to decide if data
key caching is right for your application".
"""

from labkit.esdk.tradeoffs.alternatives import alternatives
from labkit.esdk.tradeoffs.latency import Network, latencies
from labkit.esdk.tradeoffs.model import Estimate, estimate
from labkit.esdk.tradeoffs.prices import prices, quotas
from labkit.esdk.tradeoffs.real import replay
from labkit.esdk.tradeoffs.simulator import Simulated, simulate, sweep
from labkit.esdk.tradeoffs.workload import Limits, Trace, Workload, trace

__all__ = [
    "Estimate",
    "Limits",
    "Network",
    "Simulated",
    "Trace",
    "Workload",
    "alternatives",
    "estimate",
    "latencies",
    "prices",
    "quotas",
    "replay",
    "simulate",
    "sweep",
    "trace",
]
