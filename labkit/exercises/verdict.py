"""What a student is told about an answer: solved, or what was expected, what came, and which idea was missed.

The meaning is in the words and the sign; the colour only repeats it. Text takes the notebook theme's colours.
"""

from dataclasses import dataclass
from html import escape
from typing import Literal

from labkit.exercises.misconceptions import MISCONCEPTIONS
from labkit.palette import ALLOW, DENY, SKY_BLUE, rgba

Outcome = Literal["solved", "missed", "not yet"]

_SIGNS = {"solved": ALLOW.sign, "missed": DENY.sign, "not yet": "…"}
_COLORS = {"solved": ALLOW.color, "missed": DENY.color, "not yet": SKY_BLUE}


class Unsolved(Exception):
    """The answer does not hold yet. A notebook stops here with one line, and shows no traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in place of a traceback."""
        return [str(self)]


@dataclass(frozen=True)
class Verdict:
    """How an answer was judged. `expected`, `came` and `smells` (such as "M10") are empty where solved."""

    name: str
    title: str
    outcome: Outcome
    points: int
    expected: str = ""
    came: str = ""
    smells: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer does what was asked."""
        return self.outcome == "solved"

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is told beneath the heading, each with the word before it."""
        first = "To do" if self.outcome == "not yet" else "Expected"
        told = [(first, self.expected), ("Came", self.came)]
        if self.smells:
            idea, cure = MISCONCEPTIONS[self.smells]
            told += [(f"Perhaps {self.smells}", f'"{idea}"'), ("In fact", cure)]
        return [(word, text) for word, text in told if text]

    def __str__(self) -> str:
        head = f"{_SIGNS[self.outcome]} {self.name} {self.title}: {self.outcome}"
        return "\n".join([head, *(f"  {word}: {text}" for word, text in self.lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        color = _COLORS[self.outcome]
        line = "dashed" if self.outcome == "not yet" else "solid" if self.passed else "double"
        rows = "".join(
            f'<dt style="float:left;clear:left;width:7.5em;margin:0;font-weight:600">{escape(word)}</dt>'
            f'<dd style="margin:0 0 2px 8em;overflow-wrap:anywhere">{escape(text)}</dd>'
            for word, text in self.lines
        )
        return (
            f'<section role="status" aria-label="{escape(f"{self.name}: {self.outcome}")}" '
            f'style="border-left:4px {line} {color};background:{rgba(color, 0.12)};padding:6px 12px;'
            f'max-width:60em;font-size:14px;line-height:1.45"><span aria-hidden="true">{_SIGNS[self.outcome]}'
            f"</span> <strong>{escape(self.title)}</strong>: {self.outcome}"
            + (f'<dl style="margin:6px 0 0">{rows}</dl>' if rows else "")
            + "</section>"
        )
