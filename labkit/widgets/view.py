"""What the views share: the frames they draw. Text takes the notebook theme's colours, fills are thin."""

from html import escape
from typing import TYPE_CHECKING, Literal

from labkit.palette import ALLOW, DENY, SKY_BLUE, rgba

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["right", "wrong", "told"]

_SIGNS = {"right": ALLOW.sign, "wrong": DENY.sign, "told": "→"}
_FILLS = {
    "right": f"border-left:4px solid {ALLOW.color};background:{rgba(ALLOW.color, 0.14)}",
    "wrong": f"border-left:4px double {DENY.color};background:repeating-linear-gradient(45deg,"
    f"{rgba(DENY.color, 0.16)} 0 6px,transparent 0 12px)",
    "told": f"border-left:4px dashed {SKY_BLUE};background:{rgba(SKY_BLUE, 0.12)}",
}
STYLE = (
    "font-size:var(--jp-content-font-size1,14px);line-height:1.45;max-width:60em;"
    "color:var(--jp-content-font-color1,inherit)"
)


def told(kind: Kind, *lines: str) -> str:
    """One answer of a widget as HTML: the first line strong, read aloud when it appears."""
    head, *rest = (escape(line) for line in lines if line)
    body = "".join(f"<div>{line}</div>" for line in rest)
    return (
        f'<div role="status" aria-live="polite" style="{_FILLS[kind]};padding:6px 12px;margin:4px 0;{STYLE}">'
        f'<span aria-hidden="true">{_SIGNS[kind]}</span> <strong>{head}</strong>{body}</div>'
    )


def heading(text: str, aside: str = "") -> str:
    """The line that says what a widget asks or shows."""
    more = f' <span style="opacity:.7">{escape(aside)}</span>' if aside else ""
    return f'<div style="{STYLE}"><strong>{escape(text)}</strong>{more}</div>'


def frame(inner: str, label: str) -> str:
    """A picture made of HTML, with the words for those who can't see it."""
    return f'<div role="img" aria-label="{escape(label)}" style="{STYLE}">{inner}</div>'


def code(text: str) -> str:
    """A line of code, such as the call that a widget makes."""
    return (
        f'<code style="{STYLE};background:none;overflow-wrap:anywhere;'
        f'font-family:var(--jp-code-font-family,monospace)">{escape(text)}</code>'
    )


def twin(table: "pd.DataFrame") -> str:
    """The numbers of a picture as a table, folded until somebody wants it."""
    rows = table.to_html(index=False, border=0, na_rep="")
    return f'<details style="{STYLE};font-size:.93em"><summary>The same as a table</summary>{rows}</details>'
