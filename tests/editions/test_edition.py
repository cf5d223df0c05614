"""One source, three editions: an exercise becomes prompt, cell and check, with nbgrader's metadata."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.editions import EDITIONS, edition
from labkit.exercises import find

SOURCES = sorted((Path(__file__).parents[2] / "notebooks" / "source").glob("*.py"))
CHECK = 'check("00-key-state", globals())'
SMALL = f'# %% [markdown]\n# # Title\n\n# %%\none = 1\n\n# %% exercise="00-key-state"\n{CHECK}\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "99_small.py"
    path.write_text(SMALL, encoding="utf-8")
    return path


def cells(source: Path, name: str) -> list[Any]:
    notebook: Any = nbformat.reads(edition(source, name), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    return list(notebook.cells)


@pytest.mark.parametrize("name", EDITIONS)
def test_an_exercise_becomes_prompt_cell_and_check(source: Path, name: str) -> None:
    exercise = find("00-key-state")
    _, _, prompt, cell, check = cells(source, name)
    assert prompt.cell_type == "markdown"
    assert prompt.source.startswith("### Exercise 00-key-state: How is this key?\n\nFinish")
    assert prompt.source.endswith("*2 points*")
    texts = {"student": exercise.stub, "solved": exercise.solution, "nbgrader": exercise.marked}
    assert cell.source == texts[name]
    assert check.source == CHECK


def test_only_the_nbgrader_edition_shows_markers_and_only_the_student_one_hides_the_answer(
    source: Path,
) -> None:
    assert "SOLUTION" not in edition(source)
    assert "describe_key" not in edition(source)
    assert "SOLUTION" not in edition(source, "solved")
    assert "BEGIN SOLUTION" in edition(source, "nbgrader")


@pytest.mark.parametrize("name", EDITIONS)
def test_the_metadata_is_nbgraders(source: Path, name: str) -> None:
    _, plain, prompt, cell, check = cells(source, name)
    assert plain.metadata == prompt.metadata == {}
    base = {"schema_version": 3, "task": False}
    assert cell.metadata["nbgrader"] == base | {
        "grade_id": "00-key-state", "solution": True, "grade": False, "locked": False
    }  # fmt: skip
    assert check.metadata["nbgrader"] == base | {
        "grade_id": "00-key-state-check", "solution": False, "grade": True, "locked": True, "points": 2
    }  # fmt: skip


def test_an_exercise_that_there_is_not_and_an_unknown_edition_are_refused(source: Path) -> None:
    source.write_text('# %% exercise="00-nothing"\ncheck("00-nothing", globals())\n', encoding="utf-8")
    with pytest.raises(LookupError, match="00-nothing"):
        edition(source)
    with pytest.raises(ValueError, match="student, solved, nbgrader"):
        edition(source, "teacher")


def test_an_exercise_may_stand_in_a_notebook_once(source: Path) -> None:
    source.write_text(SMALL + SMALL, encoding="utf-8")
    with pytest.raises(ValueError, match="00-key-state stands in it twice"):
        edition(source)


def test_a_check_that_tries_another_exercise_is_refused(source: Path) -> None:
    source.write_text(SMALL.replace('check("00-key-state"', 'check("05-seal"'), encoding="utf-8")
    with pytest.raises(ValueError, match=r"00-key-state.*check"):
        edition(source)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_notebook_can_be_graded(path: Path) -> None:
    graded = [cell.metadata["nbgrader"] for cell in cells(path, "nbgrader") if "nbgrader" in cell.metadata]
    ids = [one["grade_id"] for one in graded]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-zA-Z0-9_\-]+", grade_id) for grade_id in ids)
    assert sum(one["solution"] for one in graded) == sum(one["grade"] for one in graded)
    assert edition(path) == edition(path)
