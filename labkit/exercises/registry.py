"""Which exercises there are, and finding one by its name without loading the others.

A name leads straight to a file: `05-seal` is EXERCISE in `labkit/exercises/nb05/seal.py`.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from labkit.exercises.exercise import Exercise

_HERE = Path(__file__).parent


def names() -> list[str]:
    """The names of all exercises, in the order of the notebooks; none of them is loaded for it."""
    files = sorted(_HERE.glob("nb[0-9][0-9]/*.py"))
    return [
        f"{file.parent.name[2:]}-{file.stem.replace('_', '-')}"
        for file in files
        if not file.name.startswith("_")
    ]


def find(name: str) -> Exercise:
    """Return the exercise of this name. LookupError, with the name that is nearest, if there is none."""
    known = names()
    if name not in known:
        near = get_close_matches(str(name), known, n=1, cutoff=0.0)
        raise LookupError(f"There is no exercise {name!r}." + (f" Is it {near[0]!r}?" if near else ""))
    notebook, _, word = name.partition("-")
    exercise = import_module(f"labkit.exercises.nb{notebook}.{word.replace('-', '_')}").EXERCISE
    assert isinstance(exercise, Exercise)
    if exercise.name != name:
        raise LookupError(f"The file of {name} holds an exercise that calls itself {exercise.name}.")
    return exercise


def every() -> Iterator[Exercise]:
    """Load and yield all exercises, in the order of `names`."""
    return map(find, names())
