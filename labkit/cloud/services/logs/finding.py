"""Events are found by time: the chunks that can hold them, opened one by one, a page at a time.

Source: CloudWatch Logs API Reference, "GetLogEvents", "FilterLogEvents" (what fits on a page).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from labkit.cloud.services.logs.ageing import Ageing
from labkit.cloud.services.logs.limits import size_of
from labkit.cloud.services.logs.model import CHUNK_MILLISECONDS, LogGroup
from labkit.cloud.services.logs.order import Found, Position, Span, in_order

PAGE = 10_000
PAGE_BYTES = 1_048_576
LATEST = 10**14 - 1  # the last time that fourteen digits can tell


class Finding(Ageing):
    """Find events."""

    def span(self, group: LogGroup, start: int | None, end: int | None) -> Span:
        """The positions from one time to another, of what a group still shows."""
        return Span.of_times(max(start or 0, self.oldest_shown(group)), end)

    def found(
        self, index: str, name: str, span: Span, *, newest_first: bool = False, prefix: str = ""
    ) -> Iterator[Found]:
        """The events of a group or stream, in order; only what is read is opened.

        `prefix` is what the names of the streams begin with.
        """
        earliest = min(max(span.floor[0] - CHUNK_MILLISECONDS, 0), LATEST)
        first, end = f"{name}:{earliest:014}", f"{name}:{min(span.ceiling[0] + 1, LATEST):014}"
        near = self.tables.chunks.ranged(index, first, end, newest_first=newest_first)
        chunks = (one for one in near if one.StreamName.startswith(prefix)) if prefix else near
        return in_order(chunks, self.open, span, newest_first=newest_first)

    def allow_unmask(self, group: str) -> None:
        """Go on only if the caller may see what a data protection policy would mask.

        Raises:
            AccessDeniedException: the caller may not.
        """
        self.allow(f"{self.arn_of(group)}:log-stream:", "logs:Unmask")


def page_of(found: Iterable[Found], limit: int) -> Iterator[Found]:
    """The first `limit` events, or fewer: what fits into an answer of 1 MB, and one in any case."""
    size = 0
    for count, one in enumerate(found):
        size += size_of([(0, one.message)])
        if count == limit or (count and size > PAGE_BYTES):
            return
        yield one


def written(position: Position) -> str:
    """A position as AWS writes where an event is: 56 digits, whose meaning here is the lab's own."""
    time, number, place = position
    return f"{time:020}{number:018}{place:018}"


def read_position(digits: str) -> Position:
    """The position in 56 digits."""
    return int(digits[:20]), int(digits[20:38]), int(digits[38:])


def told(found: Found) -> dict[str, Any]:
    """An event, as it is answered."""
    return {
        "timestamp": found.position[0],
        "message": found.message,
        "ingestionTime": found.chunk.IngestionTime,
    }
