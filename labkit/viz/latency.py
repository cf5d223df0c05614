"""How long messages wait: which share is done within so many milliseconds. The cliff is the way to KMS."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from labkit.palette import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY, subplots

STYLES = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, ":"), (PURPLE, "-."), (ORANGE, (0, (1, 1))))


def latency_cdf(samples: Mapping[str, Any]) -> Plot:
    """A curve for each name: its milliseconds, such as `tradeoffs.latencies` gives. ValueError for none."""
    if not 1 <= len(samples) <= len(STYLES) or not all(len(one) for one in samples.values()):
        raise ValueError("one to five samples, none of them empty")
    figure, axes = subplots()
    shares = np.linspace(0, 1, 1001)
    rows = []
    for (name, took), (color, line) in zip(samples.items(), STYLES, strict=False):
        axes.semilogx(np.quantile(took, shares), shares, color=color, ls=line, lw=2.5, label=name)
        rows.append((name, *(np.quantile(took, share) for share in (0.5, 0.9, 0.99, 0.999)), np.mean(took)))
    axes.axhline(0.99, color=GREY, lw=1)
    axes.text(axes.get_xlim()[0], 0.985, " p99", color=GREY, va="top")
    axes.set_xlabel("milliseconds (the network is modelled)")
    axes.set_ylabel("share of messages done")
    axes.legend(loc="lower right")
    table = pd.DataFrame(rows, columns=["", "p50 (ms)", "p90 (ms)", "p99 (ms)", "p99.9 (ms)", "mean (ms)"])
    told = "; ".join(f"{row[0]}: median {row[1]:.3g} ms, p99 {row[3]:.3g} ms" for row in rows)
    return Plot(figure, f"Latency. {told}.", table.round(3))
