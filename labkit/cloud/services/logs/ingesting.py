"""PutLogEvents: events arrive, are sealed, and can be read from then on.

Sequence tokens are taken and ignored, as AWS does today. What a batch says of its entity is not kept: the
lab has no metrics that it could be related to.
Source: CloudWatch Logs API Reference, "PutLogEvents".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.cloud.services.logs.ageing import Ageing
from labkit.cloud.services.logs.limits import accepted, check_batch, size_of
from labkit.cloud.services.logs.model import (
    CHUNK_EVENTS,
    CHUNK_MILLISECONDS,
    Chunk,
    Counter,
    LogGroup,
    LogStream,
)
from labkit.cloud.services.logs.order import Event
from labkit.cloud.services.logs.streams import upload_token
from labkit.records import replace

CHUNKS = "chunks"


class Ingesting(Ageing):
    """Take in events."""

    def put_log_events(
        self,
        logGroupName: str,
        logStreamName: str,
        logEvents: Sequence[Mapping[str, Any]],
        sequenceToken: str | None = None,
        entity: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Add events to a stream, encrypted under the key that the group has now.

        Raises:
            ResourceNotFoundException: there is no such group or stream.
            InvalidParameterException: the batch breaks a limit; see `limits`.
            AccessDeniedException: the caller may not, or CloudWatch Logs may not use the group's key.
        """
        self.allow_stream(logGroupName, logStreamName)
        stream = self.find_stream(logGroupName, logStreamName)
        group = self.find_group(logGroupName)
        events = [(one["timestamp"], one["message"]) for one in logEvents]
        check_batch(events)
        kept, rejected = accepted(events, self.time, self.oldest_shown(group))
        if kept:
            stream = self._take_in(self.ready_to_seal(group), stream, kept)
        return {"nextSequenceToken": upload_token(stream), "rejectedLogEventsInfo": rejected}

    def _take_in(self, group: LogGroup, stream: LogStream, events: Sequence[Event]) -> LogStream:
        counter = self.tables.counters.get(CHUNKS) or Counter(CHUNKS, 1)
        number, size = counter.Next, 0
        for run in _runs(events):
            empty = Chunk(
                number,
                group.Name,
                stream.Name,
                First=run[0][0],
                Last=run[-1][0],
                Count=len(run),
                Bytes=size_of(run),
                IngestionTime=self.time,
                DataKey=group.DataKey,
                Sealed=b"",
            )
            self.tables.chunks.put(self.seal(empty, run))
            number, size = number + 1, size + empty.Bytes
        self.tables.counters.put(replace(counter, Next=number))
        grown = replace(group, StoredBytes=group.StoredBytes + size)
        self.tables.groups.put(grown)
        self.plan_expiry(grown)
        first, last = events[0][0], events[-1][0]
        written = replace(
            stream,
            FirstEventTimestamp=min(first, stream.FirstEventTimestamp or first),
            LastEventTimestamp=max(last, stream.LastEventTimestamp or last),
            LastIngestionTime=self.time,
        )
        self.tables.streams.put(written)
        return written


def _runs(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """The events in runs that are short enough for a chunk."""
    start = 0
    for end, (time, _) in enumerate(events):
        if end - start == CHUNK_EVENTS or time - events[start][0] > CHUNK_MILLISECONDS:
            yield events[start:end]
            start = end
    yield events[start:]
