"""A traced call as HTML: eight sections that open one by one, with the keyboard as with the mouse.

What a policy said is told three times: by a word, by a sign, and by a fill, solid for allow and hatched for
deny; so neither colour-blind eyes nor a black-and-white print lose it. Text takes the notebook theme's own
colours, and fills are thin enough to be read through in the light theme and the dark. No scripts, no style
sheet.
"""

from collections.abc import Iterable
from html import escape

from labkit.lens.steps.step import Heading, Row, Step
from labkit.lens.steps.values import moment

# Okabe and Ito's bluish green, vermillion and sky blue, which colour-blind readers can tell apart.
_GREEN, _VERMILLION, _BLUE = "0,158,115", "213,94,0", "86,180,233"
_LINE = "1px solid rgba(128,128,128,.35)"
_MONOSPACE = "font-family:var(--jp-code-font-family,monospace);font-size:12px"
_WRAP = "white-space:pre-wrap;overflow-wrap:anywhere"
_CELL = "text-align:left;vertical-align:top;padding:3px 8px;border:none"
_GAP = "border-bottom:2px solid transparent;background-clip:padding-box"
_MARKS = {
    "allow": (
        "✓",
        f"background-color:rgba({_GREEN},.18);border-left:4px solid rgb({_GREEN})",
    ),
    "deny": (
        "✗",
        f"background-image:repeating-linear-gradient(45deg,rgba({_VERMILLION},.2) 0 6px,transparent 0 12px);"
        f"border-left:4px double rgb({_VERMILLION})",
    ),
    "unmatched": ("○", "border-left:4px dotted rgba(128,128,128,.6)"),
}
_LONG = 12  # lines; beyond that a value scrolls in its own box


def to_html(heading: Heading, steps: Iterable[Step]) -> str:
    """Return a self-contained fragment: closed sections, but one in which a policy said no stands open."""
    sign, fill = _MARKS["deny" if heading.failed else "allow"]
    head = (
        f'<header style="{fill};padding:6px 10px;{_WRAP}"><span aria-hidden="true">{sign}</span> '
        f"<strong>{escape(heading.name)}</strong> {escape(heading.outcome)}"
        f'<span style="opacity:.75"> at {moment(heading.time)}</span></header>'
    )
    sections = "".join(_section(step) for step in steps)
    label = escape(f"{heading.name}, {heading.outcome}, step by step")
    return (
        f'<section aria-label="{label}" style="border:{_LINE};max-width:72em;'
        f'font-size:14px;line-height:1.45">{head}{sections}</section>'
    )


def _section(step: Step) -> str:
    denied = any(row.mark == "deny" for row in step.rows)
    badge = (
        f'<span style="display:inline-block;min-width:1.5em;text-align:center;border-radius:.75em;'
        f'background:rgba({_BLUE},.35);margin-right:.4em">{step.number}</span>'
    )
    return (
        f'<details style="border-top:{_LINE};margin:0"{" open" if denied else ""}>'
        f'<summary style="cursor:pointer;padding:5px 10px">{badge}<strong>{escape(step.title)}:</strong> '
        f'<span style="opacity:.85">{escape(step.gist)}</span></summary>'
        f'<div style="padding:0 10px 8px 34px"><p style="margin:2px 0 6px;max-width:60em">'
        f"{escape(step.explanation)}</p>{_table(step)}</div></details>"
    )


def _table(step: Step) -> str:
    if not step.rows:
        return ""
    rows = "".join(_row(row) for row in step.rows)
    return (
        f'<div style="overflow-x:auto"><table aria-label="{escape(step.title)}" '
        f'style="border-collapse:collapse;color:inherit;width:100%;margin:0;table-layout:auto"><tbody>{rows}'
        "</tbody></table></div>"
    )


def _row(row: Row) -> str:
    background = "background:transparent"
    if row.mark == "heading":
        return (
            f'<tr style="{background}"><th colspan="2" scope="rowgroup" style="{_CELL};padding-top:8px;'
            f'border-bottom:{_LINE};{_WRAP}">{escape(row.label)}</th></tr>'
        )
    return (
        f'<tr style="{background}"><th scope="row" style="{_CELL};font-weight:normal;opacity:.85;width:13em;'
        f'min-width:9em;overflow-wrap:anywhere">{escape(row.label)}</th>{_value(row)}</tr>'
    )


def _value(row: Row) -> str:
    value = escape(row.value)
    if row.mark in _MARKS:
        sign, fill = _MARKS[row.mark]
        return (
            f'<td style="{_CELL};{_GAP};{fill};{_WRAP}"><span aria-hidden="true">{sign}</span> {value}</td>'
        )
    if row.mark != "code":
        return f'<td style="{_CELL}">{value}</td>'
    # A box that scrolls must be reachable by keyboard, and say what it is.
    long = row.value.count("\n") > _LONG
    scroll = f";max-height:18em;overflow:auto;padding:4px 6px;border:{_LINE}" if long else ""
    reachable = f' tabindex="0" role="region" aria-label="{escape(row.label)}"' if long else ""
    return (
        f'<td style="{_CELL}"><pre{reachable} style="{_MONOSPACE};{_WRAP};margin:0;padding:0;border:none;'
        f'background:none;color:inherit;line-height:1.45{scroll}">{value}</pre></td>'
    )
