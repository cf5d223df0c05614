"""Judging an answer: `judge` says how it went, and `check` shows that in a notebook and remembers it."""

from collections.abc import Mapping
from typing import Any

from labkit import progress
from labkit.exercises.exercise import Exercise
from labkit.exercises.findings import Missed, NotYet
from labkit.exercises.patience import last_line
from labkit.exercises.registry import find
from labkit.exercises.trial import Trial
from labkit.exercises.verdict import Unsolved, Verdict


def check(name: str, namespace: Mapping[str, Any]) -> None:
    """Try the answer to exercise `name` in a fresh lab, show the verdict, and note it in the progress file.

    `namespace` is the notebook's `globals()`. LookupError for a name that is no exercise's. Raises Unsolved
    if the answer does not hold yet: so "Run All" stops here, and a grading tool gives no points.
    """
    verdict = judge(name, namespace)
    _show(verdict)
    progress.record("exercises", name, outcome=verdict.outcome, points=verdict.points, smells=verdict.smells)
    if not verdict.passed:
        raise Unsolved(f"{name} is not solved yet. Change the cell above, run it, then run this one again.")


def judge(
    name: str | Exercise, namespace: Mapping[str, Any], hidden: bool = False, variant: bytes | None = None
) -> Verdict:
    """Try an answer in a fresh lab, and say how it went; nothing is shown or noted.

    With `hidden` the checks that grading adds are tried, too, in a fresh lab of their own. `variant` is 32
    bytes that all random values come from, fresh ones without it.
    """
    exercise = find(name) if isinstance(name, str) else name
    try:
        for part in (exercise.public, exercise.hidden)[: 1 + hidden]:
            with Trial(exercise.stub, namespace, variant) as trial:
                part(trial)
    except NotYet as not_yet:
        return Verdict(exercise.name, exercise.title, "not yet", 0, expected=str(not_yet))
    except Missed as missed:
        return Verdict(
            exercise.name, exercise.title, "missed", 0, missed.expected, missed.came, missed.smells
        )
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the check reads what a student made: it may be anything
        return Verdict(
            exercise.name, exercise.title, "missed", 0, "a result that can be used", last_line(error)
        )
    return Verdict(exercise.name, exercise.title, "solved", exercise.points)


def _show(verdict: Verdict) -> None:
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(verdict)
    else:
        display(verdict)  # type: ignore[no-untyped-call]
