"""A dissection as HTML: the hex dump in colour, and beneath it the same as a table of words.

Colour alone tells nobody anything, so every field also has a number, written in the dump where the field
begins and in the table's first column. Screen readers are given the table and spared the dump. The fills are
light and carry their own dark ink, so they read the same in JupyterLab's light and dark themes; everything
else takes the theme's colours.
"""

from collections.abc import Sequence
from html import escape

from labkit.lens.dissect.fields import Field

# Okabe and Ito's palette, which colour-blind readers can tell apart, each mixed with two thirds white.
FILLS = ("#f7dfaa", "#c7e6f8", "#aadfd0", "#faf6c0", "#aad0e5", "#f1c9aa", "#eed2e2")
INK = "#1a1a1a"
_BYTES_A_LINE = 16
_DUMP_BYTES = 512  # beyond this a dump only fills the notebook; the table still tells of every field
_MONOSPACE = "font-family:var(--jp-code-font-family,monospace);font-size:12px"
_BYTE = (
    "display:inline-block;white-space:nowrap;width:40px;text-align:right;padding:2px 4px;"
    "box-sizing:border-box"
)
_CELL = "text-align:left;vertical-align:top;padding:3px 6px"


def to_html(kind: str, fields: Sequence[Field]) -> str:
    """Return a self-contained fragment: no scripts, no style sheet, nothing fetched."""
    size = sum(field.length for field in fields)
    title = f"{kind}, {size} bytes, {len(fields)} fields"
    return f'<figure style="margin:0">{_dump(fields)}{_table(fields, title)}</figure>'


def _dump(fields: Sequence[Field]) -> str:
    cells = [
        _byte(field, number, index, value)
        for number, field in enumerate(fields, start=1)
        for index, value in enumerate(field.raw)
    ]
    shown = cells[:_DUMP_BYTES]
    lines = [
        f'<span style="opacity:.7">{start:4}</span>  ' + "".join(shown[start : start + _BYTES_A_LINE])
        for start in range(0, len(shown), _BYTES_A_LINE)
    ]
    if len(cells) > len(shown):
        lines.append(f"and {len(cells) - len(shown)} more bytes")
    return (
        f'<pre aria-hidden="true" style="{_MONOSPACE};line-height:1.9;overflow-x:auto">'
        + "\n".join(lines)
        + "</pre>"
    )


def _byte(field: Field, number: int, index: int, value: int) -> str:
    label = f'<sup style="font-size:9px">{number}</sup>' if index == 0 else ""
    edge = ";border-left:2px solid " + INK if index == 0 else ""
    return (
        f'<span title="{number} {escape(field.name)}" style="{_fill(number)};{_BYTE}{edge}">'
        f"{label}{value:02x}</span>"
    )


def _table(fields: Sequence[Field], title: str) -> str:
    headings = "".join(
        f'<th scope="col" style="{_CELL}">{heading}</th>'
        for heading in ("#", "Offset", "Bytes", "Field", "Value", "Meaning", "Where it comes from")
    )
    rows = "".join(_row(number, field) for number, field in enumerate(fields, start=1))
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;color:inherit;font-size:12px">'
        f'<caption style="text-align:left;font-weight:bold;padding:4px 0">{escape(title)}</caption>'
        f"<thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(number: int, field: Field) -> str:
    indent = f"{_CELL};padding-left:{8 + 12 * field.depth}px;font-weight:normal;white-space:nowrap"
    value = f'<code style="{_MONOSPACE};background:none;color:inherit">{field.raw[:8].hex(" ")}</code>'
    rest = f" and {field.length - 8} more" if field.length > 8 else ""
    return (
        f'<tr><td style="{_CELL};{_fill(number)}">{number}</td>'
        f'<td style="{_CELL}">{field.offset}</td><td style="{_CELL}">{field.length}</td>'
        f'<th scope="row" style="{indent}">{escape(field.name)}</th>'
        f'<td style="{_CELL};min-width:9em">{value}{rest}</td>'
        f'<td style="{_CELL};min-width:12em">{escape(field.meaning)}</td>'
        f'<td style="{_CELL};min-width:12em">{escape(field.origin)}</td></tr>'
    )


def _fill(number: int) -> str:
    return f"background-color:{FILLS[(number - 1) % len(FILLS)]};color:{INK}"
