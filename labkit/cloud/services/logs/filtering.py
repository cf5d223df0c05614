"""FilterLogEvents: the events of a whole group, or of some of its streams, that fit a pattern.

A page ends after 10 000 events, after 1 MB, or when a hundred thousand events were looked at, even if none
of them fits: as on AWS, an empty page with a token is not the end.
Source: CloudWatch Logs API Reference, "FilterLogEvents", "TestMetricFilter".
"""

import re
from collections.abc import Iterator, Sequence
from heapq import merge
from typing import Any

from labkit.cloud.services.logs.finding import PAGE, PAGE_BYTES, Finding, read_position, told, written
from labkit.cloud.services.logs.limits import size_of
from labkit.cloud.services.logs.order import Found, Position, Span, after
from labkit.cloud.services.logs.patterns import InvalidPatternError, Matcher, compile_pattern
from labkit.cloud.services.logs.service import bad_token, faults

LOOKED_AT = 100_000
POSITION = re.compile(r"\d{56}")


class Filtering(Finding):
    """Search events."""

    def filter_log_events(
        self,
        logGroupName: str | None = None,
        logGroupIdentifier: str | None = None,
        logStreamNames: Sequence[str] = (),
        logStreamNamePrefix: str | None = None,
        startTime: int | None = None,
        endTime: int | None = None,
        filterPattern: str = "",
        nextToken: str | None = None,
        limit: int = PAGE,
        startFromHead: bool = True,
        interleaved: bool = True,
        unmask: bool = False,
    ) -> dict[str, Any]:
        """A page of the events that fit a pattern, oldest first unless `startFromHead` is false.

        `interleaved` is taken and ignored, as AWS does today.

        Raises:
            ResourceNotFoundException: there is no such group or stream.
            InvalidParameterException: the pattern or the token is none, or names come with a prefix.
            AccessDeniedException: the caller may not, or CloudWatch Logs may not use the key of an event.
        """
        name = self.name_in(logGroupName, logGroupIdentifier)
        self.allow_group(name)
        if unmask:
            self.allow_unmask(name)
        group = self.find_group(name)
        if logStreamNames and logStreamNamePrefix:
            raise faults.InvalidParameterException(
                "logStreamNames and logStreamNamePrefix are mutually exclusive parameters."
            )
        backwards, fits, span = (
            not startFromHead,
            matcher_of(filterPattern),
            self.span(group, startTime, endTime),
        )
        if nextToken:
            position = _position_in(nextToken)
            span = span.before(position) if backwards else span.since(position)
        found = self._searched(name, logStreamNames, logStreamNamePrefix, span, backwards)
        events, following = _page(found, fits, limit)
        if following is not None and backwards:
            following = after(following)
        return {
            "events": [_event(one) for one in events],
            "searchedLogStreams": [],
            "nextToken": written(following) if following else None,
        }

    def test_metric_filter(self, filterPattern: str, logEventMessages: Sequence[str]) -> dict[str, Any]:
        """Which of these messages fit a pattern, and the values that it names.

        Raises:
            InvalidParameterException: the pattern is none.
        """
        self.allow("*")
        fits = matcher_of(filterPattern)
        return {
            "matches": [
                {"eventNumber": number, "eventMessage": message, "extractedValues": values}
                for number, message in enumerate(logEventMessages, 1)
                if (values := fits(message)) is not None
            ]
        }

    def _searched(
        self, group: str, names: Sequence[str], prefix: str | None, span: Span, backwards: bool
    ) -> Iterator[Found]:
        if not names:
            return self.found("group", group, span, newest_first=backwards, prefix=prefix or "")
        streams = [self.find_stream(group, name) for name in dict.fromkeys(names)]
        each = [self.found("stream", stream.Id, span, newest_first=backwards) for stream in streams]
        return merge(*each, key=lambda one: one.position, reverse=backwards)


def matcher_of(pattern: str) -> Matcher:
    """The matcher of a filter pattern; InvalidParameterException."""
    try:
        return compile_pattern(pattern)
    except InvalidPatternError as error:
        raise faults.InvalidParameterException(f"Invalid filter pattern: {error}") from None


def _page(found: Iterator[Found], fits: Matcher, limit: int) -> tuple[list[Found], Position | None]:
    """The events of a page, and where the next page begins, if there is more to look at."""
    events, size = list[Found](), 0
    for count, one in enumerate(found):
        fitting = fits(one.message) is not None
        size += size_of([(0, one.message)]) if fitting else 0
        if count == LOOKED_AT or len(events) == limit or (events and size > PAGE_BYTES):
            return events, one.position
        if fitting:
            events.append(one)
    return events, None


def _event(found: Found) -> dict[str, Any]:
    return {
        "logStreamName": found.chunk.StreamName,
        **told(found),
        "eventId": written(found.position),
    }


def _position_in(token: str) -> Position:
    if not POSITION.fullmatch(token):
        raise bad_token()
    return read_position(token)
