"""GetLogEvents: the events of one stream, a page at a time, forwards and backwards.

An answer has two tokens, each with a position in the stream: f/... asks for what is there or behind it, b/...
for what is before it. Where nothing more is, the token that was given comes back; that is how a reader knows.
Source: CloudWatch Logs API Reference, "GetLogEvents".
"""

import re
from typing import Any

from labkit.cloud.services.logs.finding import PAGE, Finding, page_of, read_position, told, written
from labkit.cloud.services.logs.order import Position, after
from labkit.cloud.services.logs.service import bad_token

TOKEN = re.compile(r"([fb])/(\d{56})/s")


class Reading(Finding):
    """Read the events of a stream."""

    def get_log_events(
        self,
        logStreamName: str,
        logGroupName: str | None = None,
        logGroupIdentifier: str | None = None,
        startTime: int | None = None,
        endTime: int | None = None,
        nextToken: str | None = None,
        limit: int = PAGE,
        startFromHead: bool = False,
        unmask: bool = False,
    ) -> dict[str, Any]:
        """Up to 10 000 events, or 1 MB, of a stream in the order of time: its last ones, or its first ones.

        Raises:
            ResourceNotFoundException: there is no such group or stream.
            InvalidParameterException: the token is none.
            AccessDeniedException: the caller may not, or CloudWatch Logs may not use the key of an event.
        """
        name = self.name_in(logGroupName, logGroupIdentifier)
        self.allow_stream(name, logStreamName)
        if unmask:
            self.allow_unmask(name)
        stream = self.find_stream(name, logStreamName)
        span, backwards = self.span(self.find_group(name), startTime, endTime), not startFromHead
        if nextToken:
            backwards, position = _read_token(nextToken)
            span = span.before(position) if backwards else span.since(position)
        found = self.found("stream", stream.Id, span, newest_first=backwards)
        events = sorted(page_of(found, limit), key=lambda one: one.position)
        if events:
            before, behind = events[0].position, after(events[-1].position)
        else:
            before = behind = position if nextToken else span.floor
        return {
            "events": [told(one) for one in events],
            "nextForwardToken": f"f/{written(behind)}/s",
            "nextBackwardToken": f"b/{written(before)}/s",
        }


def _read_token(token: str) -> tuple[bool, Position]:
    """Whether a token leads backwards, and from where; InvalidParameterException."""
    match = TOKEN.fullmatch(token)
    if match is None:
        raise bad_token()
    return match[1] == "b", read_position(match[2])
