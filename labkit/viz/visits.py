"""Logins while a password changes: each a mark, at the time it came, on the line of the password it used."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from labkit.palette import ALLOW, DENY
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots


class Login(NamedTuple):
    """One attempt of `who` to log in: `at` is in seconds since the first, `version` names the password."""

    at: float
    who: str
    version: str
    accepted: bool


def availability(runs: Mapping[str, Sequence[Login]]) -> Plot:
    """A dot for each login that was accepted, a cross for each refused; a line for each run and password.

    `runs` maps a name, such as "single user", to the logins during one rotation. ValueError without any.
    """
    lanes, rows = [], []
    for run, logins in runs.items():
        versions = list(dict.fromkeys(one.version for one in logins))
        for who in dict.fromkeys(one.who for one in logins):
            for number, version in enumerate(versions, 1):
                mine = [one for one in logins if (one.who, one.version) == (who, version)]
                if mine:
                    refused = sum(not one.accepted for one in mine)
                    lanes.append((f"{run}\n{who}, password {number}", mine))
                    rows.append((run, who, number, len(mine) - refused, refused))
    if not lanes:
        raise ValueError("nobody has logged in yet")
    figure, axes = subplots(height=1.4 + 0.55 * len(lanes))
    for place, (_, logins) in enumerate(lanes):
        for accepted, answer, marker in ((True, ALLOW, "o"), (False, DENY, "x")):
            times = [one.at for one in logins if one.accepted is accepted]
            label = f"{answer.sign} {'accepted' if accepted else 'refused'}" if place == 0 else None
            axes.scatter(
                times, [place] * len(times), c=answer.color, marker=marker, s=40, lw=1.8, label=label
            )
    axes.set_yticks(range(len(lanes)), [name for name, _ in lanes], fontsize=10)
    axes.set_ylim(-0.7, len(lanes) - 0.3)
    axes.invert_yaxis()
    axes.set_xlabel("seconds since the first login")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0 + 0.5 / figure.get_figheight()), ncols=2)
    table = pd.DataFrame(rows, columns=["rotation", "client", "password", "accepted", "refused"])
    told = []
    for run, logins in runs.items():
        refused = sum(not one.accepted for one in logins)
        told.append(f"{run}: {len(logins)} logins, {refused} refused")
    return Plot(figure, f"Logins during a rotation. {'; '.join(told)}.", table)
