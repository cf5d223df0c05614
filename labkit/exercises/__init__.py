"""Exercises: what a student is asked, the answer, and a check that judges what the answer does.

Begin with `exercise.py`, which says how one is written, then `nb00/key_state.py`, the shortest of them.
`trial.py` is the fresh lab an answer is tried in; `verdict.py` what the student is told.
"""

from labkit.exercises.checking import check, judge
from labkit.exercises.exercise import Exercise, Missed, NotYet, no_more
from labkit.exercises.registry import find, names
from labkit.exercises.trial import Trial
from labkit.exercises.verdict import Unsolved, Verdict

__all__ = [
    "Exercise",
    "Missed",
    "NotYet",
    "Trial",
    "Unsolved",
    "Verdict",
    "check",
    "find",
    "judge",
    "names",
    "no_more",
]
