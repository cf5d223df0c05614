"""Cost against exposure: what one data key may open at most, and what a million messages cost.

Below a curve's knee a larger limit saves money. Beyond it the age ends every data key first, and a larger
limit of messages only exposes more.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from labkit.esdk.tradeoffs import Limits, Workload, estimate
from labkit.palette import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY, subplots

STYLES = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, ":"), (PURPLE, "-."), (ORANGE, (0, (1, 1))))
_POINTS = 60


def cache_pareto(
    workload: Workload, limits: Limits | None = None, ages: Sequence[float] = (1, 10, 60, 600)
) -> Plot:
    """USD a million messages against `max_messages`, a curve for each age, and `limits` as a point.

    ValueError for no ages, or more than five.
    """
    if not 1 <= len(ages) <= len(STYLES):
        raise ValueError("one to five ages")
    figure, axes = subplots()
    most = np.unique(np.logspace(0, 6, _POINTS).astype(int))
    rows = []
    for age, (color, line) in zip(ages, STYLES, strict=False):
        found = [estimate(workload, Limits(age, int(one), capacity=workload.contexts)) for one in most]
        arriving = workload.rate / workload.contexts * age
        axes.loglog(
            most,
            [one.usd_per_million for one in found],
            color=color,
            ls=line,
            lw=2.5,
            label=f"{age:g} s, r T = {arriving:,.0f}",
        )
        rows += [(age, int(one), found[at].usd_per_million) for at, one in enumerate(most) if at % 10 == 0]
    told = ""
    if limits:
        now = estimate(workload, limits)
        axes.plot(now.largest_messages, now.usd_per_million, "o", ms=11, mfc="none", mec=GREY, mew=2.5)
        axes.annotate(
            "our limits",
            (now.largest_messages, now.usd_per_million),
            xytext=(12, 12),
            textcoords="offset points",
        )
        told = (
            f" Our limits: at most {now.largest_messages:,} messages a data key,"
            f" {now.usd_per_million:.3g} USD a million."
        )
    axes.set_xlabel("messages that one stolen data key opens, at most")
    axes.set_ylabel("USD a million messages")
    axes.legend(title="maximum age, and messages in that time")
    table = pd.DataFrame(rows, columns=["max_age (s)", "max_messages", "USD a million messages"])
    cheapest = "; ".join(
        f"{age:g} s: {estimate(workload, Limits(age, capacity=workload.contexts)).usd_per_million:.3g} USD"
        for age in ages
    )
    alt = (
        f"The price falls with the messages a data key may encrypt, down to a floor for each age: {cheapest}."
    )
    return Plot(figure, alt + told, table)
