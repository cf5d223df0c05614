"""The lab's time. It runs with the wall clock until somebody moves it: ninety days pass in one call.

Nothing else in the emulated cloud asks what time it is. Signature dates stay on wall time, because the
real clients that sign know no other.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

WALL: Callable[[], datetime] = partial(datetime.now, UTC)


class Clock:
    """Tells the lab's time: the wall clock plus `offset`, which only ever grows."""

    def __init__(self, wall: Callable[[], datetime] = WALL) -> None:
        self.wall = wall  # the time outside the lab, in UTC, by which clients date their signatures
        self._pinned: datetime | None = None
        self.offset = timedelta()

    def now(self) -> datetime:
        """The lab's time, in UTC."""
        return self._pinned or self.wall() + self.offset

    def move_to(self, moment: datetime) -> None:
        """Let it be `moment` now. ValueError if that is in the past: time does not run backwards."""
        ahead = moment - self.now()
        if ahead < timedelta():
            raise ValueError(f"The lab's clock stands at {self.now():%Y-%m-%d %H:%M:%S}; it can't go back")
        self.offset += ahead

    @contextmanager
    def pinned(self, moment: datetime) -> Iterator[None]:
        """Stand still at `moment` inside the block: a planned task runs at the very time it was due.

        It is the lab's time, and so everybody's: while the task works outside the lab, such as in a
        function's code, others who call are answered at that moment, too.
        """
        before, self._pinned = self._pinned, moment
        try:
            yield
        finally:
            self._pinned = before
