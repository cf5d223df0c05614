"""Making an edition of a notebook from its source.

A source is a Python file in jupytext's percent format. An exercise stands in it as one cell,

    # %% exercise="05-seal"
    check("05-seal", globals())

and becomes three: the prompt, the cell to be solved, and the check. A cell's id is a digest of its text, so
that an edit of one cell changes one cell. The metadata is nbgrader's, schema 3; tools that do not know it
pass it over. Source: jupytext documentation, "The percent format"; nbgrader documentation, "Metadata".
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from labkit.exercises.exercise import Exercise
from labkit.exercises.registry import find

EDITIONS = ("student", "solved", "nbgrader")
SCHEMA = 3
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def edition(source: Path, name: str = "student") -> str:
    """Return the text of the .ipynb that a source stands for, in one of `EDITIONS`.

    LookupError for an exercise that there is not; ValueError for another edition, for an exercise that stands
    in it twice or under another's check, and for a notebook that is not valid.
    """
    if name not in EDITIONS:
        raise ValueError(f"there is no edition {name!r}; there are {', '.join(EDITIONS)}")
    made = jupytext.read(source, fmt="py:percent")
    _check_exercises(source.name, made.cells)
    made.cells = [cell for written in made.cells for cell in expanded(written, name)]
    seen: Counter[str] = Counter()
    for cell in made.cells:
        digest = hashlib.sha256(f"{cell.cell_type} {cell.source}".encode()).hexdigest()[:12]
        seen[digest] += 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    made.metadata = METADATA
    made.nbformat, made.nbformat_minor = 4, 5
    try:
        nbformat.validate(made)
    except nbformat.ValidationError as error:
        raise ValueError(f"{source.name}: {error.message}") from error
    return str(nbformat.writes(made)) + "\n"  # type: ignore[no-untyped-call]


def expanded(written: Any, name: str) -> Iterator[Any]:
    """Yield the cells that one cell of a source becomes."""
    exercise_name = written.metadata.get("exercise")
    written.metadata = {key: value for key, value in written.metadata.items() if key == "jupyter"}
    if exercise_name is None:
        yield written
        return
    exercise = find(exercise_name)
    yield new_markdown_cell(prompt(exercise))  # type: ignore[no-untyped-call]
    text = {"student": exercise.stub, "solved": exercise.solution, "nbgrader": exercise.marked}[name]
    yield new_code_cell(text, metadata=graded(exercise.name, solution=True))  # type: ignore[no-untyped-call]
    metadata = graded(f"{exercise.name}-check", solution=False, points=exercise.points)
    yield new_code_cell(written.source, metadata=metadata)  # type: ignore[no-untyped-call]


def _check_exercises(notebook: str, cells: list[Any]) -> None:
    """Raise ValueError where an exercise stands twice, or its cell does not check this one."""
    seen = set()
    for cell in cells:
        if (name := cell.metadata.get("exercise")) is None:
            continue
        if name in seen:
            raise ValueError(f"{notebook}: {name} stands in it twice")
        seen.add(name)
        if f'check("{name}", globals())' not in cell.source:
            raise ValueError(f'{notebook}: the cell of {name} does not say check("{name}", globals())')


def prompt(exercise: Exercise) -> str:
    """The text above the cell to be solved."""
    worth = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    return f"### Exercise {exercise.name}: {exercise.title}\n\n{exercise.prompt.strip()}\n\n*{worth}*"


def graded(grade_id: str, *, solution: bool, points: int = 0) -> dict[str, Any]:
    """nbgrader's metadata for a cell to be solved, or for one that gives points."""
    told: dict[str, Any] = {
        "schema_version": SCHEMA,
        "grade_id": grade_id,
        "solution": solution,
        "grade": not solution,
        "locked": not solution,
        "task": False,
    }
    return {"nbgrader": told if solution else told | {"points": points}}
