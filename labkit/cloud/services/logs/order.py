"""Events in the order of time, out of chunks that may overlap.

An event's position is its timestamp, then its chunk's number, then its place in the chunk: no two events have
the same, and those of one millisecond stay in the order in which they arrived. A chunk is opened when its
first event is needed, and not before, so that a page costs what is on it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush, heapreplace
from typing import NamedTuple

from labkit.cloud.services.logs.model import CHUNK_MILLISECONDS, Chunk

Position = tuple[int, int, int]
Event = tuple[int, str]
Opener = Callable[[Chunk], Sequence[Event]]

BEYOND = 1 << 63


class Found(NamedTuple):
    """One event, where it is, and the chunk that it came from."""

    position: Position
    message: str
    chunk: Chunk


class Span(NamedTuple):
    """The positions that are asked for: from `floor` to just before `ceiling`."""

    floor: Position
    ceiling: Position

    @classmethod
    def of_times(cls, start: int | None, end: int | None) -> "Span":
        """From the time `start` to just before the time `end`; None: no limit."""
        return cls((start or 0, 0, 0), (BEYOND if end is None else end, 0, 0))

    def since(self, position: Position) -> "Span":
        """What of it is at this position or behind it."""
        return Span(max(self.floor, position), self.ceiling)

    def before(self, position: Position) -> "Span":
        """What of it is before this position."""
        return Span(self.floor, min(self.ceiling, position))


def after(position: Position) -> Position:
    """The position right behind this one."""
    time, number, place = position
    return time, number, place + 1


# A chunk that is being read: the rank of its next event, the rest of them, and that event, if it is opened.
_Entry = tuple[Position, "Iterator[tuple[Position, Found]]", Found | None]


def in_order(
    chunks: Iterable[Chunk], opened: Opener, span: Span, *, newest_first: bool = False
) -> Iterator[Found]:
    """The events in `span`, oldest first or newest first.

    `chunks` come sorted by the time of their first events, then by number, in the same direction.
    """
    waiting: list[_Entry] = []
    for chunk in chunks:
        first, last = (chunk.First, chunk.Number, 0), (chunk.Last, chunk.Number, chunk.Count - 1)
        if last < span.floor or first >= span.ceiling:
            continue
        # Whatever ranks before this limit is due before all that this chunk, and those to come, can hold.
        latest = (chunk.First + CHUNK_MILLISECONDS, BEYOND, BEYOND)
        yield from _due(waiting, _negative(latest) if newest_first else first)
        rank = _negative(last) if newest_first else first
        heappush(waiting, (rank, _walk(chunk, opened, span, newest_first), None))
    yield from _due(waiting, (BEYOND, BEYOND, BEYOND))


def _due(waiting: list[_Entry], limit: Position) -> Iterator[Found]:
    while waiting and waiting[0][0] < limit:
        _, walk, found = waiting[0]
        following = next(walk, None)
        if following is None:
            heappop(waiting)
        else:
            heapreplace(waiting, (following[0], walk, following[1]))
        if found is not None:
            yield found


def _walk(chunk: Chunk, opened: Opener, span: Span, newest_first: bool) -> Iterator[tuple[Position, Found]]:
    events = opened(chunk)
    number, times = chunk.Number, [time for time, _ in events]
    places = range(_place(times, number, span.floor), _place(times, number, span.ceiling))
    for place in reversed(places) if newest_first else places:
        time, message = events[place]
        position = (time, number, place)
        yield _negative(position) if newest_first else position, Found(position, message, chunk)


def _place(times: Sequence[int], number: int, position: Position) -> int:
    """The place of the first event that is not before `position`, in a chunk with these times."""
    time, other, place = position
    if number < other:
        return bisect_left(times, time + 1)
    first = bisect_left(times, time)
    return first if number > other else max(first, min(place, bisect_left(times, time + 1)))


def _negative(position: Position) -> Position:
    time, number, place = position
    return -time, -number, -place
