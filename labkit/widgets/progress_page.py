"""What you have done so far, notebook by notebook: exercises solved, predictions made, questions answered."""

from typing import Any, NamedTuple

import ipywidgets
import pandas as pd
from traitlets import HasTraits, Int

from labkit import progress
from labkit.palette import ALLOW, rgba
from labkit.widgets.panel import Panel
from labkit.widgets.view import STYLE, heading


class Row(NamedTuple):
    """One notebook's progress; of each pair the first is what went well, the second all that was tried."""

    notebook: str
    exercises: tuple[int, int]
    predictions: tuple[int, int]
    questions: tuple[int, int]


class ProgressModel(HasTraits):
    """What the progress file of this folder holds, read anew by `look()`."""

    looks = Int(0)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.look()

    def look(self) -> list[Row]:
        """Read the file again; returns a row for each notebook that something was done in."""
        solved = {
            name: any(one.get("outcome") == "solved" for one in tries) for name, tries in _all("exercises")
        }
        right = {name: tries[-1].get("outcome") == "right" for name, tries in _all("predictions")}
        answered = {name: bool(tries[0].get("right")) for name, tries in _all("quizzes")}
        notebooks = sorted(
            {name[:2] for done in (solved, right, answered) for name in done if name[:2].isdigit()}
        )
        self.rows = [
            Row(notebook, _count(solved, notebook), _count(right, notebook), _count(answered, notebook))
            for notebook in notebooks
        ]
        self.looks += 1
        return self.rows

    @property
    def table(self) -> pd.DataFrame:
        """The same as a table."""
        rows = [(row.notebook, *(f"{good} of {tried}" for good, tried in row[1:])) for row in self.rows]
        return pd.DataFrame(
            rows, columns=["notebook", "exercises solved", "predictions right", "questions right"]
        )


def _all(kind: progress.Kind) -> list[tuple[str, list[dict[str, Any]]]]:
    return list(progress.entries(kind).items())


def _count(done: dict[str, bool], notebook: str) -> tuple[int, int]:
    mine = [good for name, good in done.items() if name.startswith(notebook)]
    return sum(mine), len(mine)


class ProgressPage(Panel):
    """A line for each notebook, with bars and numbers, and a button to look again."""

    def __init__(self) -> None:
        self.model = ProgressModel()
        self.again = ipywidgets.Button(description="Look again", icon="refresh")
        self.again.on_click(lambda _: self.model.look())
        self.page = ipywidgets.HTML()
        self.model.observe(self._draw, "looks")
        self._draw()
        title = heading("What we have done so far", f"kept in {progress.FILE}, in this folder")
        super().__init__([ipywidgets.HTML(title), self.page, self.again])

    def _draw(self, _: Any = None) -> None:
        if not self.model.rows:
            self.page.value = (
                f'<p style="{STYLE}">Nothing yet. Exercises, predictions and questions will show here.</p>'
            )
            return
        heads = "".join(
            f'<th scope="col" style="text-align:left;padding:2px 12px">{name}</th>' for name in HEADS
        )
        lines = "".join(
            f'<tr style="background:transparent"><th scope="row" style="text-align:left;padding:2px 12px">'
            f"{row.notebook}</th>{''.join(bar(*pair) for pair in row[1:])}</tr>"
            for row in self.model.rows
        )
        self.page.value = (
            f'<table style="border-collapse:collapse;color:inherit;{STYLE}"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{lines}</tbody></table>"
        )


HEADS = ("Notebook", "Exercises solved", "Predictions right", "Questions right")


def bar(good: int, tried: int) -> str:
    """A cell with the numbers, filled as far as things went well."""
    share = 100 * good / tried if tried else 0
    fill = f"linear-gradient(90deg,{rgba(ALLOW.color, 0.35)} {share:.0f}%,transparent {share:.0f}%)"
    sign = f"{ALLOW.sign} " if tried and good == tried else ""
    text = f"{sign}{good} of {tried}" if tried else "-"
    return f'<td style="text-align:left;padding:2px 12px;min-width:9em;background:{fill}">{text}</td>'
