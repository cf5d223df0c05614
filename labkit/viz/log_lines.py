"""Which log events lie under which key, and which of them CloudWatch Logs can read now."""

import boto3
import pandas as pd
from botocore.exceptions import ClientError
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from labkit.lab import Lab
from labkit.palette import ALLOW, DENY
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots

OWN_KEY = "the service's own key"
A_WHILE = pd.Timedelta(minutes=5)


def log_keys(lab: Lab, group: str) -> Plot:
    """The events of a log group over the time of their arrival, a line a key: a filled dot if GetLogEvents
    answers them now, a cross if it refuses.

    ValueError where no events are kept.
    """
    stored = lab.log_events()
    stored = stored[stored["LogGroupName"] == group]
    if stored.empty:
        raise ValueError(f"no events are kept in {group}")
    rows = [
        (
            row["KmsKeyId"] if isinstance(row["KmsKeyId"], str) else OWN_KEY,
            row["IngestionTime"],
            row["Events"],
            _is_readable(group, row["LogStreamName"], row["FirstEvent"], row["LastEvent"]),
        )
        for row in stored.to_dict("records")
    ]
    table = pd.DataFrame(rows, columns=["key", "arrived", "events", "readable"])
    keys = list(dict.fromkeys(table["key"]))
    figure, axes = subplots(height=1.6 + 0.5 * len(keys))
    together = table.groupby(["key", "arrived", "readable"], as_index=False)["events"].sum()
    for readable, answer, marker, name in ((True, ALLOW, "o", "read"), (False, DENY, "x", "refused")):
        marks = together[together["readable"] == readable]
        if not marks.empty:
            axes.scatter(
                marks["arrived"],
                [keys.index(key) for key in marks["key"]],
                c=answer.color,
                marker=marker,
                s=80,
                lw=2.5,
                label=f"{answer.sign} {name}",
            )
    for row in together[together["events"] > 1].to_dict("records"):
        place = (row["arrived"], keys.index(row["key"]))
        axes.annotate(f"{row['events']}", place, xytext=(9, 6), textcoords="offset points")
    if together["arrived"].nunique() == 1:  # else matplotlib would show years around one moment
        moment = together["arrived"][0]
        axes.set_xlim(moment - A_WHILE, moment + A_WHILE)
    axes.set_yticks(range(len(keys)), [key if key == OWN_KEY else f"key …{key[-8:]}" for key in keys])
    axes.set_ylim(-0.6, len(keys) - 0.4)
    axes.invert_yaxis()
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.set_xlabel("time of arrival (UTC)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0 + 0.5 / figure.get_figheight()), ncols=2)
    total, read = int(table["events"].sum()), int(table.loc[table["readable"], "events"].sum())
    plural = "" if len(keys) == 1 else "s"
    alt = f"{total} events of {group} under {len(keys)} key{plural}; {read} of them can be read now."
    return Plot(figure, alt, table)


def _is_readable(group: str, stream: str, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Whether CloudWatch Logs answers what happened from `first` to `last`; it is asked."""
    start, end = round(first.timestamp() * 1000), round(last.timestamp() * 1000) + 1
    try:
        boto3.client("logs").get_log_events(
            logGroupName=group, logStreamName=stream, startTime=start, endTime=end, limit=1
        )
    except ClientError:
        return False
    return True
