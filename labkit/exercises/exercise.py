"""How an exercise is written: a prompt, a cell with the answer in it, and two checks that try the answer.

One exercise a file, in the folder of its notebook: `nb05/seal.py` holds EXERCISE, the one named `05-seal`.

    CELL = '''def seal(kms, key_id, data):
        \"\"\"Return the data, encrypted under the key.\"\"\"
        ### BEGIN SOLUTION
        return kms.encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]
        ### END SOLUTION
    '''

What a student gets in place of the marked lines (`stub`):

- `...`, indented as the marker is;
- but `name = ...` where the marked lines end by assigning to one plain name, so that the student sees which.

What an answer may do is tried, never how it is written. All that a function needs is a parameter, so that the
check can hand it a client and keys of a fresh lab (see `trial.py`).

`wrong` proves the check: each pair is the text of a cell that is wrong, and the misconception that the
verdict is to name ("" for none). A test tries every one of them, and the solution, and the stub.
"""

import ast
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.exercises.findings import Missed, NotYet
from labkit.exercises.misconceptions import MISCONCEPTIONS

if TYPE_CHECKING:
    from labkit.exercises.trial import Trial

__all__ = ["BEGIN", "END", "Exercise", "Missed", "NotYet", "instead", "no_more"]

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

_NAME = re.compile(r"\d\d-[a-z0-9]+(-[a-z0-9]+)*")
_REGION = re.compile(
    rf"^(?P<indent>[ \t]*){BEGIN}[ \t]*\n(?P<lines>.*?)^[ \t]*{END}[ \t]*$", re.MULTILINE | re.DOTALL
)


def instead(cell: str, old: str, new: str) -> str:
    """A wrong answer: the right one of a marked cell, with `new` in place of `old`; ValueError without it."""
    right = solved(cell)
    if old not in right:
        raise ValueError(f"the solution has no {old!r}")
    return right.replace(old, new)


def solved(cell: str) -> str:
    """A marked cell with the answer in it and the markers gone."""
    return _REGION.sub(lambda region: region["lines"].rstrip("\n"), cell).strip("\n")


def no_more(trial: "Trial") -> None:
    """The hidden check of an exercise whose public check says all."""


@dataclass(frozen=True)
class Exercise:
    """One exercise; `name` is its notebook's number and a word or two, such as `05-seal`.

    `public` is what `labkit.check` runs, `hidden` what grading adds. `misconceptions` are those that it is
    made to find, such as ("M7", "M10"). ValueError where a part of it does not fit.
    """

    name: str
    title: str
    points: int
    prompt: str
    cell: str
    public: Callable[["Trial"], None]
    hidden: Callable[["Trial"], None] = no_more
    misconceptions: tuple[str, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name for an exercise; 05-seal is one")
        if self.points < 1:
            raise ValueError(f"{self.name} gives no points")
        unknown = {
            *self.misconceptions,
            *(smells for _, smells in self.wrong if smells),
        } - MISCONCEPTIONS.keys()
        if unknown:
            raise ValueError(f"{self.name} names misconceptions that do not exist: {sorted(unknown)}")
        if not _REGION.search(self.cell):
            raise ValueError(f"{self.name} has no solution between {BEGIN} and {END}")

    @property
    def stub(self) -> str:
        """The cell as a student gets it, the marked lines taken out."""
        return _REGION.sub(_blank, self.cell).strip("\n")

    @property
    def solution(self) -> str:
        """The cell with the answer in it and the markers gone."""
        return solved(self.cell)

    @property
    def marked(self) -> str:
        """The cell with both the answer and its markers, as nbgrader's source has it."""
        return self.cell.strip("\n")


def _blank(region: re.Match[str]) -> str:
    return f"{region['indent']}{_assigned(textwrap.dedent(region['lines']))}..."


def _assigned(lines: str) -> str:
    """Return `name = ` if these lines end by assigning to a plain name, else nothing."""
    try:
        statements = ast.parse(lines).body
    except SyntaxError:  # part of an expression, or a shell line of a notebook
        return ""
    match statements[-1:]:
        case [ast.Assign(targets=[ast.Name(id=name)])]:
            return f"{name} = "
    return ""
