"""How an exercise is written: what a student gets of its cell, and what is refused when it is made."""

import pytest

from labkit.exercises.exercise import Exercise, Missed, no_more


def exercise(cell: str, **changes: object) -> Exercise:
    fields = {"title": "T", "points": 1, "prompt": "P", "public": no_more} | changes
    return Exercise(str(fields.pop("name", "99-any")), cell=cell, **fields)  # type: ignore[arg-type]


MARKED = "### BEGIN SOLUTION\n{}\n### END SOLUTION\n"


@pytest.mark.parametrize(
    ("lines", "stub"),
    [
        ("return 1", "..."),
        ("state = kms.describe_key()", "state = ..."),
        ("first = 1\nsecond = (\n    2\n)", "second = ..."),
        ("a, b = 1, 2", "..."),
        ("key['a'] = 1", "..."),
        ("x = 1\nprint(x)", "..."),
        ("!aws kms list-keys", "..."),
        ("", "..."),
    ],
)
def test_a_stub_keeps_the_one_name_that_is_to_be_assigned(lines: str, stub: str) -> None:
    assert exercise(MARKED.format(lines)).stub == stub


def test_a_stub_keeps_what_stands_around_the_marked_lines_and_their_indentation() -> None:
    cell = 'def f(x):\n    """Do."""\n    ### BEGIN SOLUTION\n    y = x\n    ### END SOLUTION\n    return y\n'
    made = exercise(cell)
    assert made.stub == 'def f(x):\n    """Do."""\n    y = ...\n    return y'
    assert made.solution == 'def f(x):\n    """Do."""\n    y = x\n    return y'
    assert made.marked == cell.strip("\n")


def test_every_marked_region_is_taken_out() -> None:
    assert exercise(MARKED.format("a = 1") + "\n" + MARKED.format("b = 2")).stub == "a = ...\n\nb = ..."


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "seal"}, "no name"),
        ({"name": "05-Seal"}, "no name"),
        ({"points": 0}, "no points"),
        ({"misconceptions": ("M31",)}, "M31"),
        ({"wrong": (("pass", "M99"),)}, "M99"),
    ],
)
def test_a_part_that_does_not_fit_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        exercise(MARKED.format("x = 1"), **changes)


def test_a_cell_without_a_marked_solution_is_refused() -> None:
    with pytest.raises(ValueError, match="no solution between"):
        exercise("def f(): ...")


def test_a_miss_cannot_smell_of_what_does_not_exist() -> None:
    with pytest.raises(ValueError, match="M0"):
        Missed("this", "that", "M0")
