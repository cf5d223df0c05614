"""Whose time it is: ages are told by a clock that can be exchanged, such as a lab's."""

from datetime import UTC, datetime
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
