"""A traced call as plain text, for a terminal, a log book or a screen reader."""

import textwrap
from collections.abc import Iterable

from labkit.lens.steps.step import Heading, Row, Step
from labkit.lens.steps.values import moment

_WIDTH = 100
_LABEL = 26
_SIGNS = {"allow": "[+] ", "deny": "[x] ", "unmatched": "[ ] "}


def to_text(heading: Heading, steps: Iterable[Step]) -> str:
    """Every step, its sentence, and its rows as two columns."""
    head = f"{heading.name}, {heading.outcome}, {moment(heading.time)}"
    return "\n\n".join([head, *map(_step, steps)])


def _step(step: Step) -> str:
    title = f"{step.number}. {step.title}: {step.gist}"
    sentence = textwrap.fill(step.explanation, _WIDTH, initial_indent="   ", subsequent_indent="   ")
    return "\n".join([title, sentence, *map(_row, step.rows)])


def _row(row: Row) -> str:
    if row.mark == "heading":
        return f"   -- {row.label}"
    label = f"   {row.label:{_LABEL}}"
    lines = (_SIGNS.get(row.mark, "") + row.value).splitlines() or [""]
    if len(lines) == 1 and len(row.label) <= _LABEL:
        return f"{label} {lines[0]}".rstrip()
    return "\n".join([label.rstrip(), *(f"       {line}" for line in lines)])
