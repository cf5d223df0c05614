"""Who called what, and when: one mark a call, from the audit log."""

import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from labkit.lab import Lab
from labkit.palette import ALLOW, DENY
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots

NEWEST = 200


def api_timeline(lab: Lab, newest: int = NEWEST) -> Plot:
    """The newest calls over time, a line an operation: a filled dot if it was answered, a cross if refused.

    ValueError where nothing was called yet.
    """
    events = lab.audit(newest=newest)
    if events.empty:
        raise ValueError("nothing has been called yet")
    operations = list(dict.fromkeys(events["EventName"]))
    figure, axes = subplots(height=1.2 + 0.36 * len(operations))
    refused = events["ErrorCode"].notna()
    for marks, answer, marker, name in (
        (events[~refused], ALLOW, "o", "answered"),
        (events[refused], DENY, "x", "refused"),
    ):
        if not marks.empty:
            places = [operations.index(operation) for operation in marks["EventName"]]
            axes.scatter(
                marks["EventTime"],
                places,
                c=answer.color,
                marker=marker,
                s=70,
                lw=2.5,
                label=f"{answer.sign} {name}",
            )
    axes.set_yticks(range(len(operations)), operations)
    axes.set_ylim(-0.7, len(operations) - 0.3)
    axes.invert_yaxis()
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.set_xlabel("time (UTC)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0 + 0.5 / figure.get_figheight()), ncols=2)
    counted = events.assign(refused=refused).groupby("EventName", sort=False)
    table = pd.DataFrame(
        {
            "operation": operations,
            "calls": counted.size().to_list(),
            "refused": counted["refused"].sum().to_list(),
        }
    )
    alt = f"{len(events)} calls of {len(operations)} operations over time, {int(refused.sum())} refused."
    return Plot(figure, alt, table)
