"""What holds for every exercise: its answer is taken, and the stub and every wrong answer are not."""

from typing import Any

import pytest

from labkit.exercises import find, judge, names
from labkit.exercises.variant import variant_of

WRONG = [(name, place) for name in names() for place in range(len(find(name).wrong))]


def defined_by(cell: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(cell, "<cell>", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("name", names())
def test_the_solution_passes_all_checks_and_gets_all_points(name: str) -> None:
    verdict = judge(name, defined_by(find(name).solution), hidden=True)
    assert verdict.passed, str(verdict)
    assert verdict.points == find(name).points


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("student", ["ada", "alan"])
def test_the_solution_passes_with_the_values_of_a_student(name: str, student: str) -> None:
    variant = variant_of(b"a course", student, name)
    verdict = judge(name, defined_by(find(name).solution), hidden=True, variant=variant)
    assert verdict.passed, str(verdict)


@pytest.mark.parametrize("name", names())
def test_what_a_student_is_given_is_not_an_answer_yet(name: str) -> None:
    assert judge(name, defined_by(find(name).stub)).outcome == "not yet"
    assert judge(name, {}).outcome == "not yet"


@pytest.mark.parametrize(("name", "place"), WRONG)
def test_a_wrong_answer_is_refused_and_its_misconception_named(name: str, place: int) -> None:
    cell, smells = find(name).wrong[place]
    verdict = judge(name, defined_by(cell), hidden=True)
    assert (verdict.outcome, verdict.smells) == ("missed", smells), str(verdict)
    assert verdict.points == 0


@pytest.mark.parametrize("name", names())
def test_every_exercise_shows_wrong_answers(name: str) -> None:
    assert find(name).wrong
    assert find(name).prompt.strip()
