"""Parameters as an indented tree: a line for each part of a path, and for each parameter what it is."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from labkit.palette import ALLOW, BLUE, rgba

SHOWN = 60


class Line(NamedTuple):
    """One line: how deep it stands, the last part of its path, the whole path, and the parameter, if any."""

    depth: int
    text: str
    path: str
    parameter: Mapping[str, Any] | None


def lines(table: pd.DataFrame) -> Iterator[Line]:
    """Every line of the tree. A name that is a path as well has two: one for each."""
    above: tuple[str, ...] = ()
    rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    for row in sorted(rows, key=lambda row: row["Name"].split("/")):
        *folders, last = row["Name"].split("/")
        for depth, folder in enumerate(folders):
            here = tuple(folders[: depth + 1])
            if above[: depth + 1] != here:
                yield Line(depth, f"{folder}/", "/".join(here) or "/", None)
        above = tuple(folders)
        yield Line(len(folders), last, row["Name"], row)


def tree(table: pd.DataFrame, asked: str) -> str:
    """The tree as HTML: the path asked for has a bar, a name that was reached a tick and its page."""
    drawn = [_line(line, asked) for line in lines(table)]
    more = f"<div>and {len(drawn) - SHOWN} lines more</div>" if len(drawn) > SHOWN else ""
    return (
        '<div style="font-family:var(--jp-code-font-family,monospace);font-size:.93em;margin:6px 0;'
        f'line-height:1.55">{"".join(drawn[:SHOWN])}{more}</div>'
    )


def _line(line: Line, asked: str) -> str:
    style, sign = "border-left:4px solid transparent", ""
    facts = ""
    if line.parameter is None:
        if line.path == (asked.rstrip("/") or "/"):
            style = f"border-left:4px solid {BLUE};background:{rgba(BLUE, 0.14)};font-weight:600"
            facts = "the path we ask for"
    else:
        facts = _facts(line.parameter)
        if pd.notna(page := line.parameter["Page"]):
            style = f"border-left:4px solid {ALLOW.color};background:{rgba(ALLOW.color, 0.14)}"
            sign = f"{ALLOW.sign} page {page}"
    name = f"flex:none;box-sizing:border-box;min-width:19em;padding-left:{1.4 * line.depth:.1f}em"
    return (
        f'<div style="{style};display:flex;gap:1em;padding:0 6px">'
        f'<span style="flex:none;width:5.5em">{sign}</span>'
        f'<span style="{name}">{escape(line.text)}</span>'
        f'<span style="opacity:.75">{escape(facts)}</span></div>'
    )


def _facts(parameter: Mapping[str, Any]) -> str:
    labels = f", labels {parameter['Labels']}" if parameter["Labels"] else ""
    return f"{parameter['Type']}, {parameter['Tier']}, version {parameter['Version']}{labels}"
