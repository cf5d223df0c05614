"""What a step is: a number, a title, a sentence that explains it, and rows of names and values.

It is plain data, so a table, a page of HTML or a widget can be made of it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Mark = Literal["text", "code", "heading", "allow", "deny", "unmatched"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a step. `mark` says how to show it: as prose, as code (bytes, JSON), as the heading of the
    rows that follow, or as what a policy said: allow, deny, or unmatched (it said nothing on this)."""

    label: str
    value: str = field(repr=False)  # may be what a client sent, which has no place in a log
    mark: Mark = "text"


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over the steps: which call, when, and how it ended."""

    name: str
    outcome: str
    time: datetime
    failed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a call: `explanation` says what happens here in general, `gist` what happened this time."""

    number: int
    title: str
    explanation: str
    rows: tuple[Row, ...]
    gist: str = ""
