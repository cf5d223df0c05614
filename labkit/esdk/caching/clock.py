"""Whose time it is: ages are told by a clock that can be exchanged, such as a lab's."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time; `lab.clock` is one."""

    def now(self) -> datetime:
        """The time, with its time zone."""


class WallClock:
    """The computer's own clock."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)


class CountedClock:
    """A clock that stands still: `seconds` after an arbitrary beginning, set by whoever counts."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """The time, to the microsecond."""
        return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)
