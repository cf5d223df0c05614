"""What PutLogEvents takes: how many events, of which size and age, in which order.

    the whole batch is refused      more than 1 MB; not in the order of time; more than 24 hours in one batch
    an event is left out            older than 14 days or than the retention, or over 2 hours ahead

Source: CloudWatch Logs API Reference, "PutLogEvents"; the sentences as public reports quote them.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from labkit.cloud.services.logs.order import Event
from labkit.cloud.services.logs.service import faults

LARGEST = 1_048_576
OVERHEAD = 26
HOUR, DAY = 3_600_000, 86_400_000


class Accepted(NamedTuple):
    """The events of a batch that are kept, and what AWS tells of the others, if there are any."""

    events: Sequence[Event]
    rejected: dict[str, int] | None


def size_of(events: Sequence[Event]) -> int:
    """The bytes of these events, as AWS counts them."""
    return sum(len(message.encode()) + OVERHEAD for _, message in events)


def check_batch(events: Sequence[Event]) -> None:
    """Go on only if AWS would take a batch of these events at all.

    Raises:
        InvalidParameterException: it is too large, or not in the order of time.
    """
    for one in events:
        if (size := size_of([one])) > LARGEST:
            raise faults.InvalidParameterException(
                f"Log event too large: {size} bytes exceeds limit of {LARGEST}"
            )
    if (size := size_of(events)) > LARGEST:
        raise faults.InvalidParameterException(f"Upload too large: {size} bytes exceeds limit of {LARGEST}")
    if any(later[0] < earlier[0] for earlier, later in pairwise(events)):
        raise faults.InvalidParameterException(
            "Log events in a single PutLogEvents request must be in chronological order."
        )


def accepted(events: Sequence[Event], now: int, oldest_shown: int) -> Accepted:
    """The events that are kept of a batch that arrives `now`, if its group shows none before `oldest_shown`.

    Raises:
        InvalidParameterException: those that are kept span more than 24 hours.
    """
    times = [time for time, _ in events]
    too_old = sum(time < now - 14 * DAY for time in times)
    expired = sum(time < oldest_shown for time in times)
    first_too_new = len(times) - sum(time > now + 2 * HOUR for time in times)
    kept = events[max(too_old, expired) : first_too_new]
    if kept and kept[-1][0] - kept[0][0] > DAY:
        raise faults.InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    rejected: dict[str, int] = {}
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        rejected["expiredLogEventEndIndex"] = expired
    if first_too_new < len(times):
        rejected["tooNewLogEventStartIndex"] = first_too_new
    return Accepted(kept, rejected or None)
