"""The picture of the ingest timeline: a line a key, and every event on the line of its arrival."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple

from labkit.palette import ALLOW, BLUE, DENY

OWN_KEY = "the service's own key"
WIDTH, ROW, LEFT, TOP = 860, 46, 190, 10


class Arrived(NamedTuple):
    """One event: when it arrived, in milliseconds too, under which key, and whether it could be read
    (None: not tried since something changed).
    """

    number: int
    when: datetime
    time: int
    key: str
    readable: bool | None = None


class Line(NamedTuple):
    """One key: its ARN ("" for the service's own), its name, its state, whether the group has it now."""

    key: str
    name: str
    state: str
    current: bool


def svg(lines: Sequence[Line], arrived: Sequence[Arrived]) -> str:
    """The events in the order of their arrival, on the lines of their keys."""
    step = (WIDTH - LEFT - 40) / max(len(arrived), 8)
    parts = []
    for place, line in enumerate(lines):
        y = TOP + ROW * place
        aside = ", ".join(part for part in (line.state, "used now" if line.current else "") if part)
        dash = ' stroke-dasharray="6 4"' if line.state not in ("", "Enabled") else ""
        parts.append(
            f'<text x="0" y="{y + 14}" fill="currentColor" font-size="13">{escape(line.name)}</text>'
            f'<text x="0" y="{y + 29}" fill="currentColor" font-size="11">{escape(aside)}</text>'
            f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y + 16}" y2="{y + 16}" stroke="{BLUE}" '
            f'stroke-width="{4 if line.current else 1.5}" stroke-opacity=".6"{dash}/>'
        )
    places = {line.key: place for place, line in enumerate(lines)}
    for order, one in enumerate(arrived):
        x, y = LEFT + 20 + step * order, TOP + ROW * places[one.key] + 16
        parts.append(_event(one, x, y))
    height = TOP + ROW * len(lines) + 4
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" style="width:100%;max-width:{WIDTH}px">{"".join(parts)}</svg>'
    )


def _event(one: Arrived, x: float, y: float) -> str:
    answer = None if one.readable is None else ALLOW if one.readable else DENY
    color, sign = (answer.color, answer.sign) if answer else ("#888888", "?")
    return (
        f"<g><title>event {one.number}, {one.when:%Y-%m-%d %H:%M}</title>"
        f'<circle cx="{x:.1f}" cy="{y}" r="11" fill="var(--jp-layout-color1,#fff)" stroke="{color}" '
        f'stroke-width="2.5"/>'
        f'<text x="{x:.1f}" y="{y + 5}" fill="{color}" font-size="14" font-weight="bold" '
        f'text-anchor="middle">{sign}</text>'
        f'<text x="{x:.1f}" y="{y + 25}" fill="currentColor" font-size="10" opacity=".75" '
        f'text-anchor="middle">{one.number}</text></g>'
    )
