"""The log of one account in one region: append, look up, and forget what is older than 90 days.

Recording must not slow a call down, so events are packed and indexed together, 32 at a time, or before the
next reading. Events have numbers, counted up; the oldest one held has the number `first`, which is all that
is needed to find an event by its number.
Source: CloudTrail User Guide, "Working with CloudTrail event history".
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import accumulate, groupby, islice
from typing import NamedTuple

import msgspec

from labkit.cloud.audit.event import Event
from labkit.cloud.audit.index import Index
from labkit.cloud.audit.last_use import LastUses
from labkit.cloud.audit.packing import EVENT_ID_BYTES, Packer, uuid_bytes
from labkit.cloud.audit.parts import Parts
from labkit.cloud.state.logs import Log
from labkit.cloud.state.store import Store
from labkit.cloud.state.tables import Scope

HISTORY = timedelta(days=90)
QUEUE = 32

_read_line = msgspec.json.Decoder(Event).decode


class Recorded(NamedTuple):
    """An event, and the account and region in whose history it stands."""

    scope: Scope
    event: Event


class EventLog(Log[Event]):
    """The events of one account in one region, in the order in which they happened."""

    name = "audit"

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._clear(1)
        self._last_uses = LastUses(scope.account)
        self._cursor = 1  # the lab's file may drop lines from here up to the oldest event ...
        self._stale: list[int] = []  # ... and these, save for the last uses among them

    def _clear(self, first: int) -> None:
        self.next_number = first
        self._queue: list[Event] = []
        self._parts = Parts()
        self._packer = Packer(self._parts)
        self._index = Index(self._parts)
        self._first = first  # the number of the first event in `_packed`
        self._oldest = first  # the number of the first event of the last 90 days
        self._packed: list[bytes] = []
        self._seconds = array("q")  # the time of each, in seconds of the Unix epoch, never decreasing

    def __len__(self) -> int:
        """How many events of the last 90 days there are."""
        self._settle()
        return self._first + len(self._packed) - self._oldest

    def take(self, entry: Event) -> None:
        """Add an event at the end. It is packed and indexed later."""
        self._queue.append(entry)
        self.next_number += 1
        if len(self._queue) >= QUEUE:
            self._settle()

    def text(self, entry: Event) -> str:
        """The event as a line of JSON."""
        return msgspec.json.encode(entry).decode()

    def load(self, lines: Iterable[tuple[int, str]]) -> None:
        """Take in the lines of a lab's file.

        Of what is older than the history, a file keeps only the last uses of keys, so there are gaps.
        """
        for number, line in lines:
            if number != self.next_number:
                self._settle()
                self._stale += range(self._first, self.next_number)
                self._clear(number)
            self.take(_read_line(line))
        self._settle()
        self._cursor = self._first

    def outdated(self) -> Iterator[int]:
        """A few numbers of lines that are too old, and no key's last use.

        Two leave for each event that comes: so a file shrinks after a rush, and no call waits for it.
        """
        if self.next_number % QUEUE:
            return
        kept = self._last_uses.numbers()
        few = [self._stale.pop() for _ in range(min(2 * QUEUE, len(self._stale)))]
        start, self._cursor = self._cursor, min(self._oldest, self._cursor + 2 * QUEUE - len(few))
        yield from (number for number in (*few, *range(start, self._cursor)) if number not in kept)

    def last_use(self, key_arn: str) -> Event | None:
        """The last successful cryptographic use of a key of this account, however long ago; None if none."""
        self._settle()
        return self._last_uses.find(key_arn)

    def find(self, event_id: str) -> Event | None:
        """The event of this id, None if the history has none."""
        found = self.page(attribute=("EventId", event_id), limit=1)
        return found[0][1] if found else None

    def page(
        self,
        *,
        attribute: tuple[str, str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[tuple[int, Event]]:
        """The newest `limit` events that match, newest first, each with its number.

        `attribute` is a name and a value as LookupEvents takes them; `start` and `end` are inclusive, to the
        second; only events with numbers below `before` are taken, so the last number continues a list.
        """
        self._settle()
        low, high = self._oldest, self._first + len(self._packed)
        if start is not None:
            low = max(low, self._first + bisect_left(self._seconds, int(start.timestamp())))
        if end is not None:
            high = min(high, self._first + bisect_right(self._seconds, int(end.timestamp())))
        if before is not None:
            high = min(high, before)
        numbers: Sequence[int] = range(self.next_number)
        if attribute is not None:
            numbers = self._index.having(*attribute)
            if attribute[0] == "EventId":
                numbers = self._with_id(numbers, attribute[1])
        above = bisect_left(numbers, high)
        chosen = numbers[max(bisect_left(numbers, low), above - limit) : above]
        return [(number, self._event(number)) for number in reversed(chosen)]

    def _with_id(self, numbers: Iterable[int], event_id: str) -> list[int]:
        try:
            wanted = uuid_bytes(event_id)
        except ValueError:
            return []
        held = (number for number in numbers if number >= self._first)
        return [n for n in held if self._packed[n - self._first][:EVENT_ID_BYTES] == wanted]

    def _event(self, number: int) -> Event:
        return self._packer.unpack(self._packed[number - self._first])

    def _settle(self) -> None:
        """Pack and index what is in the queue."""
        if not self._queue:
            return
        events, self._queue = self._queue, []
        # Most are like the one before, so what they share is noted for all that follow each other at once.
        for parts, run in groupby(events, self._parts.of):
            alike, first = list(run), self._first + len(self._packed)
            self._packed += self._packer.pack(alike, parts)
            self._index.add(first, alike, parts)
            self._last_uses.note(first, alike)
        last = self._seconds[-1] if self._seconds else 0
        seconds = [int(event.EventTime.timestamp()) for event in events]
        self._seconds.extend(accumulate([max(last, seconds[0]), *seconds[1:]], max))
        self._forget(self._seconds[-1] - int(HISTORY.total_seconds()))

    def _forget(self, horizon: int) -> None:
        """Hide what happened before `horizon`; free its memory once that is half of all."""
        oldest = self._first + bisect_left(self._seconds, horizon)
        if oldest <= self._oldest:
            return
        self._oldest = oldest
        if (hidden := oldest - self._first) > len(self._packed) // 2:
            del self._packed[:hidden], self._seconds[:hidden]
            self._index.forget(oldest)
            self._first = oldest


def event_log(store: Store, account: str, region: str) -> EventLog:
    """The log of one account in one region."""
    return store.log(EventLog, account, region)


def find_event(store: Store, event_id: str) -> Recorded | None:
    """The event of this id, in whichever account and region it was recorded."""
    for log in store.logs(EventLog):
        if (event := log.find(event_id)) is not None:
            return Recorded(log.scope, event)
    return None


def newest_events(store: Store, limit: int) -> list[Recorded]:
    """The newest `limit` events of all accounts and regions, newest first."""
    each = [
        [Recorded(log.scope, event) for _, event in log.page(limit=limit)] for log in store.logs(EventLog)
    ]
    return list(islice(merge(*each, key=lambda one: one.event.EventTime, reverse=True), limit))
