"""Hit rate against the number of contexts: what happens when they no longer fit into the cache."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from labkit.esdk.tradeoffs import Limits, Workload, simulate
from labkit.palette import BLUE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY, subplots

CONTEXTS = (1, 5, 10, 20, 30, 40, 60, 100, 200, 400)


def context_hits(
    workload: Workload, limits: Limits, contexts: Sequence[int] = CONTEXTS, messages: int = 40_000
) -> Plot:
    """The hit rate by number of contexts, for a cache that gives up the least recently used, and the oldest.

    The real SDK's cache gives up the oldest (FIFO). ValueError for no numbers.
    """
    if not contexts:
        raise ValueError("no numbers of contexts")
    figure, axes = subplots()
    rows = [
        (
            count,
            *(
                simulate(replace(workload, contexts=count), limits, messages, order=order).hit_rate
                for order in ("LRU", "FIFO")
            ),
        )
        for count in contexts
    ]
    table = pd.DataFrame(rows, columns=["contexts", "LRU", "FIFO"])
    axes.plot(table["contexts"], table["LRU"], color=BLUE, marker="o", lw=2.5, label="LRU: ours")
    axes.plot(
        table["contexts"],
        table["FIFO"],
        color=VERMILLION,
        marker="s",
        ls="--",
        lw=2.5,
        label="FIFO: the real one",
    )
    axes.axvline(limits.capacity, color=GREY, lw=1)
    axes.text(limits.capacity, 0.02, f" capacity {limits.capacity}", color=GREY)
    axes.set_xscale("log")
    axes.set_ylim(0, 1)
    axes.set_xlabel("encryption contexts")
    axes.set_ylabel("hit rate")
    axes.legend()
    first, last = rows[0], rows[-1]
    alt = (
        f"With {first[0]} contexts {first[1]:.0%} of the messages hit the cache; with {last[0]}, LRU hits"
        f" {last[1]:.0%}, FIFO {last[2]:.0%}. The capacity is {limits.capacity}."
    )
    return Plot(figure, alt, table.round(4))
