"""The versions of a parameter as bars over time, with what its policies have planned, as SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import NamedTuple

from labkit.palette import BLUE, DENY, ORANGE

SHOWN = 12
WIDTH, ROW, LEFT, RIGHT, TOP = 860, 30, 90, 40, 34
NAMES = {
    "Expiration": "deletes itself",
    "ExpirationNotification": "reminder: it ends soon",
    "NoChangeNotification": "reminder: no change",
}


class Seen(NamedTuple):
    """One version as it was last seen."""

    number: int
    made: datetime
    labels: str


class Due(NamedTuple):
    """What a policy has planned: the kind of policy, and when it is due."""

    kind: str
    moment: datetime


def svg(versions: Sequence[Seen], dues: Sequence[Due], ended: datetime | None, now: datetime) -> str:
    """A bar for each of the newest versions from when it was made until now; a line for now and each plan."""
    versions = versions[-SHOWN:]
    start = versions[0].made
    latest = max([now, *(one.moment for one in dues)])
    span = max((latest - start).total_seconds(), timedelta(days=1).total_seconds())
    bottom = TOP + ROW * len(versions)

    def x(moment: datetime) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (moment - start).total_seconds() / span

    parts = [
        _bar(one, TOP + ROW * place, x(one.made), x(ended or now), bool(ended), one is versions[-1])
        for place, one in enumerate(versions)
    ]
    for place, one in enumerate(sorted(dues, key=lambda one: one.moment)):
        color, dash = (DENY.color, "6 3") if one.kind == "Expiration" else (ORANGE, "2 4")
        y = bottom + 16 + 16 * place
        at = x(one.moment)
        text = f"{one.moment:%Y-%m-%d} {NAMES[one.kind]}"
        side = 'text-anchor="end"' if at > WIDTH / 2 else ""
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 4}" y2="{y}" stroke="{color}" stroke-width="2.5" '
            f'stroke-dasharray="{dash}"/><text x="{at + (-6 if side else 6):.1f}" y="{y}" {side} '
            f'fill="currentColor" font-size="12">{escape(text)}</text>'
        )
    here, height = x(now), bottom + 16 + 16 * max(len(dues), 1)
    end = 'text-anchor="end"' if here > WIDTH - 90 else 'text-anchor="middle"'
    parts.append(
        f'<line x1="{here:.1f}" x2="{here:.1f}" y1="18" y2="{bottom}" stroke="currentColor" '
        f'stroke-width="2"/><text x="{here:.1f}" y="13" {end} fill="currentColor" font-size="12">'
        f"now {now:%Y-%m-%d}</text>"
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" style="width:100%;max-width:{WIDTH}px">{"".join(parts)}</svg>'
    )


def _bar(one: Seen, y: int, begin: float, end: float, deleted: bool, newest: bool) -> str:
    dash = "" if newest and not deleted else ' stroke-dasharray="5 3"'
    opacity = 0.06 if deleted else 0.35 if newest else 0.14
    state = "deleted" if deleted else "newest" if newest else "kept"
    told = f"{state}, {one.labels}" if one.labels else state
    return (
        f'<text x="0" y="{y + 16}" fill="currentColor" font-size="12">version {one.number}</text>'
        f'<rect x="{begin:.1f}" y="{y}" width="{max(end - begin, 4):.1f}" height="22" rx="4" fill="{BLUE}" '
        f'fill-opacity="{opacity}" stroke="{BLUE}"{dash}/>'
        f'<text x="{begin + 8:.1f}" y="{y + 16}" fill="currentColor" font-size="12">{escape(told)}</text>'
    )
