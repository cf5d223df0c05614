"""The lives of data keys as bars, and a line where the KMS key is disabled: what crosses it still works."""

import pandas as pd

from labkit.esdk.tradeoffs import Simulated
from labkit.palette import BLUE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY, subplots

MOST = 40


def data_key_lifetimes(simulated: Simulated, disabled_at: float | None = None) -> Plot:
    """One bar a data key, from when it was made to when it was last used; the first 40 at most.

    `disabled_at` is the second at which the KMS key is disabled: no data key is made after it, and those that
    are still used are hatched.
    """
    keys = simulated.data_keys()
    if disabled_at is not None:
        keys = keys[keys["made"] <= disabled_at]
    shown = keys.head(MOST).reset_index(drop=True)
    figure, axes = subplots(height=1.2 + 0.14 * len(shown))
    for row, one in shown.iterrows():
        stale = disabled_at is not None and one["made"] <= disabled_at < one["last used"]
        axes.barh(
            row,
            max(one["last used"] - one["made"], shown["last used"].max() / 300),
            left=one["made"],
            height=0.7,
            facecolor=(VERMILLION if stale else BLUE) + "44",
            edgecolor=VERMILLION if stale else BLUE,
            hatch="//" if stale else "",
        )
    told = ""
    if disabled_at is not None:
        messages, seconds = simulated.after(disabled_at)
        axes.axvline(disabled_at, color=VERMILLION, lw=2)
        axes.text(
            disabled_at,
            1.02,
            " DisableKey",
            color=VERMILLION,
            transform=axes.get_xaxis_transform(),
            ha="left",
        )
        told = (
            f" After DisableKey at {disabled_at:g} s, {messages} more messages, up to {seconds:.3g} s later."
        )
    axes.invert_yaxis()
    axes.set_yticks([])
    axes.set_xlabel("seconds")
    axes.set_ylabel("data keys")
    axes.tick_params(colors=GREY)
    alt = (
        f"{len(keys)} data keys, {len(shown)} of them shown; on average one encrypts"
        f" {simulated.messages_per_key:.1f} messages.{told}"
    )
    table: pd.DataFrame = shown.round(3)
    return Plot(figure, alt, table)
