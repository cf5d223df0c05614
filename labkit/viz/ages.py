"""Calls a second against the maximum age; the curve has the colour of the limit that ends most data keys."""

from dataclasses import replace

import numpy as np
import pandas as pd

from labkit.esdk.tradeoffs import Limits, Workload, estimate
from labkit.esdk.tradeoffs.prices import calls_per_second
from labkit.palette import BLUE, GREEN, PURPLE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY, subplots

STYLES = {
    "age": (BLUE, "-"),
    "messages": (VERMILLION, "--"),
    "bytes": (GREEN, ":"),
    "capacity": (PURPLE, "-."),
}
_POINTS = 80


def cache_ages(workload: Workload, limits: Limits) -> Plot:
    """How the calls fall while `max_age` grows, with all other limits as they are."""
    figure, axes = subplots()
    ages = np.logspace(-2, 4, _POINTS)
    found = [estimate(workload, replace(limits, max_age=float(age))) for age in ages]
    calls = np.array([one.calls_per_second for one in found])
    for binding, (color, line) in STYLES.items():
        # Each piece begins where the one before it ends, so that the curve has no gaps.
        mine = np.array([one.binding == binding for one in found])
        if mine.any():
            shown = mine | np.append(mine[1:], False)
            axes.loglog(ages, np.where(shown, calls, np.nan), color=color, ls=line, lw=2.5, label=binding)
    if calls.max() > calls_per_second() / 10:
        axes.axhline(calls_per_second(), color=GREY, lw=1)
        axes.text(ages[0], calls_per_second() * 1.1, "quota of KMS", color=GREY)
    axes.set_xlabel("maximum age of a data key (seconds)")
    axes.set_ylabel("calls of KMS a second")
    axes.legend(title="what ends a data key")
    table = pd.DataFrame(
        {"max_age (s)": ages.round(3), "calls a second": calls, "binding": [one.binding for one in found]}
    )[:: _POINTS // 10]
    last = found[-1]
    alt = (
        f"From {calls[0]:,.3g} calls a second at {ages[0]:g} s down to {calls[-1]:,.3g}; in the end"
        f" it is {last.binding} that ends most data keys."
    )
    return Plot(figure, alt, table)
