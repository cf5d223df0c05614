"""Logs: what was written down once stays as it is. Lines are added at the end, and old ones leave in front.

A table answers "how are things now", a log "what happened". So a transaction that is undone takes back its
changes to tables, and not what it logged: that it was tried, and failed, is worth knowing too.
"""

from collections.abc import Iterable
from typing import ClassVar, Generic, NamedTuple, TypeVar

from labkit.cloud.state.tables import Scope

E = TypeVar("E")


class Line(NamedTuple):
    """One line for a lab's file: `text` is JSON, or None if the line of this number is to go."""

    scope: Scope
    log: str
    number: int
    text: str | None


class Log(Generic[E]):
    """A log of one account in one region. Subclasses say what an entry is, and how it is kept."""

    name: ClassVar[str]
    next_number: int

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def load(self, lines: Iterable[tuple[int, str]]) -> None:
        """Take in what a lab's file holds of this log: numbers and lines, in order."""
        raise NotImplementedError

    def text(self, entry: E) -> str:
        """The line that a lab's file keeps of `entry`."""
        raise NotImplementedError

    def take(self, entry: E) -> None:
        """Add `entry` as number `next_number`."""
        raise NotImplementedError

    def outdated(self) -> Iterable[int]:
        """The numbers of a few lines that a lab's file need not keep any longer; each is named once."""
        raise NotImplementedError
