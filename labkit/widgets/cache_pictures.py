"""What the cache explorer draws: the lives of data keys, and price against exposure. Each is one SVG."""

import math
from datetime import datetime
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from labkit.esdk.tradeoffs import Limits, Simulated, Workload, estimate
from labkit.palette import BLUE, GREEN, ORANGE, VERMILLION

WIDTH, BAR, ROWS, LEFT = 860, 16, 14, 60
CHART_WIDTH, CHART_HEIGHT, MARGIN = 470, 300, 62
DISABLED = 0.6  # of the timeline's width
_FACTORS = ((0.1, GREEN, "6 4"), (1.0, BLUE, ""), (10.0, ORANGE, "2 3"))
_DECADES = 6


def lifetimes(simulated: Simulated) -> tuple[str, str]:
    """(SVG, words): each data key a bar; those that are used after DisableKey are hatched."""
    times = simulated.trace.times
    made, last, counts = simulated.lives()
    disabled = float(times[-1]) * DISABLED
    after, seconds = simulated.after(disabled)
    alive = times[made] <= disabled
    shown = np.flatnonzero(alive)[-ROWS:]
    start = float(times[made[shown[0]]]) if len(shown) else 0.0
    end = max(disabled + seconds, disabled + (disabled - start) / 3)

    def x(moment: float) -> float:
        return LEFT + (WIDTH - LEFT - 20) * (moment - start) / (end - start)

    parts = [_HATCH]
    for row, key in enumerate(shown):
        y, begin, until = 22 + BAR * row, float(times[made[key]]), float(times[last[key]])
        stale = until > disabled
        color, fill = (VERMILLION, "url(#stale)") if stale else (BLUE, BLUE)
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 10}" text-anchor="end" font-size="11" fill="currentColor">'
            f"{counts[key]:,}</text>"
            f'<rect x="{x(begin):.1f}" y="{y}" width="{max(x(until) - x(begin), 3):.1f}" height="12" rx="3" '
            f'fill="{fill}" fill-opacity="{1 if stale else 0.3}" stroke="{color}"/>'
        )
    bottom = 26 + BAR * len(shown)
    parts.append(
        f'<line x1="{x(disabled):.1f}" x2="{x(disabled):.1f}" y1="14" y2="{bottom}" stroke="{VERMILLION}" '
        f'stroke-width="2"/><text x="{x(disabled) + 5:.1f}" y="12" font-size="12" fill="{VERMILLION}">'
        f'DisableKey</text><text x="0" y="12" font-size="11" fill="currentColor">messages</text>'
        f'<text x="{LEFT}" y="{bottom + 14}" font-size="11" fill="currentColor">{start:,.0f} s</text>'
        f'<text x="{WIDTH - 20}" y="{bottom + 14}" font-size="11" fill="currentColor" text-anchor="end">'
        f"{end:,.0f} s</text>"
    )
    words = (
        f"{len(shown)} data keys as bars. After DisableKey, {after:,} messages are still encrypted, the last "
        f"one {seconds:,.1f} seconds later."
    )
    return _svg(WIDTH, bottom + 20, parts), words


def pareto(workload: Workload, limits: Limits) -> tuple[str, str]:
    """(SVG, words): USD a million messages against the messages that one data key opens at most."""
    now = estimate(workload, limits)
    most = np.unique(np.logspace(0, _DECADES, 25).astype(int))
    curves = [
        [estimate(workload, Limits(limits.max_age * factor, int(m), capacity=limits.capacity)) for m in most]
        for factor, _, _ in _FACTORS
    ]
    prices = [one.usd_per_million for curve in curves for one in curve] + [now.usd_per_million]
    low, high = math.floor(math.log10(min(prices))), math.ceil(math.log10(max(prices)))

    def x(messages: float) -> float:
        return MARGIN + (CHART_WIDTH - MARGIN - 12) * min(math.log10(messages) / _DECADES, 1.02)

    def y(usd: float) -> float:
        return 12 + (CHART_HEIGHT - 56) * (high - math.log10(usd)) / max(high - low, 1)

    parts = [_tick_x(x(10.0**power), power) for power in range(_DECADES + 1)]
    parts += [_tick_y(y(10.0**power), power) for power in range(low, high + 1)]
    for (factor, color, dash), curve in zip(_FACTORS, curves, strict=True):
        points = " ".join(
            f"{x(int(m)):.1f},{y(one.usd_per_million):.1f}" for m, one in zip(most, curve, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2.5" '
            f'stroke-dasharray="{dash}"/>'
        )
        parts.append(
            f'<text x="{CHART_WIDTH - 14}" y="{y(curve[-1].usd_per_million) - 5:.1f}" font-size="11" '
            f'text-anchor="end" fill="{color}">age {limits.max_age * factor:,.4g} s</text>'
        )
    parts.append(
        f'<circle cx="{x(now.largest_messages):.1f}" cy="{y(now.usd_per_million):.1f}" r="7" '
        f'fill="{VERMILLION}" fill-opacity=".35" stroke="{VERMILLION}" stroke-width="2.5"/>'
        f'<text x="{MARGIN}" y="{CHART_HEIGHT - 6}" font-size="12" fill="currentColor">messages that one '
        f"stolen data key opens, at most</text>"
        f'<text transform="translate(12 {CHART_HEIGHT - 60}) rotate(-90)" font-size="12" fill="currentColor">'
        f"USD a million messages</text>"
    )
    words = (
        f"Price against exposure: now {now.usd_per_million:.3g} USD a million messages, and one data key "
        f"opens at most {now.largest_messages:,}."
    )
    return _svg(CHART_WIDTH, CHART_HEIGHT, parts), words


def cache_table(table: pd.DataFrame) -> str:
    """The live cache as HTML."""
    if table.empty:
        return _EMPTY
    heads = "".join(f'<th scope="col" style="{_CELL}">{escape(name)}</th>' for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(_spelt(value))}</td>' for value in row) + "</tr>"
        for row in table.tail(MOST_ENTRIES).itertuples(index=False)
    )
    return f'<table style="border-collapse:collapse"><tr>{heads}</tr>{rows}</table>'


def _spelt(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%H:%M:%S}"
    return (
        f"{value:,.1f} s"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


MOST_ENTRIES = 10
_CELL = "text-align:left;padding:2px 18px 2px 0"
_EMPTY = '<div style="opacity:.75">The cache is empty.</div>'
_HATCH = (
    '<defs><pattern id="stale" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)">'
    f'<line x1="0" y1="0" x2="0" y2="6" stroke="{VERMILLION}" stroke-width="3"/></pattern></defs>'
)


def _tick_x(at: float, power: int) -> str:
    label = ("1", "10", "100", "1k", "10k", "100k", "1M")[power]
    return (
        f'<line x1="{at:.1f}" x2="{at:.1f}" y1="12" y2="{CHART_HEIGHT - 44}" stroke="currentColor" '
        f'opacity=".15"/><text x="{at:.1f}" y="{CHART_HEIGHT - 28}" font-size="10" text-anchor="middle" '
        f'fill="currentColor">{label}</text>'
    )


def _tick_y(at: float, power: int) -> str:
    return (
        f'<line x1="{MARGIN}" x2="{CHART_WIDTH - 12}" y1="{at:.1f}" y2="{at:.1f}" stroke="currentColor" '
        f'opacity=".15"/><text x="{MARGIN - 5}" y="{at + 4:.1f}" font-size="10" text-anchor="end" '
        f'fill="currentColor">{10.0**power:g}</text>'
    )


def _svg(width: int, height: int, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" style="width:100%;max-width:{width}px">{"".join(parts)}</svg>'
    )
