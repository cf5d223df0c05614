"""LookupEvents: search the event history, newest first.

On AWS an event takes some minutes to get into the history; here it is there with the next call. AWS answers
two of these calls a second; here there is no such limit.
Source: CloudTrail API Reference, "LookupEvents"; CloudTrail User Guide, "Working with CloudTrail event
history".
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from labkit.cloud.audit.event import Event, resource_type
from labkit.cloud.audit.index import username_of
from labkit.cloud.audit.log import HISTORY, event_log
from labkit.cloud.audit.record import event_record
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.core.service import Service

faults = Faults("cloudtrail")

PAGE = 50
LONGEST_VALUE = 2000
COUNTED_TWICE = "_ ,\n"

Query = tuple[tuple[str, str] | None, datetime | None, datetime | None]


class CloudTrail(Service):
    """The event history of the caller's account in this region."""

    name = "cloudtrail"

    def lookup_events(
        self,
        LookupAttributes: Sequence[Mapping[str, str]] = (),
        StartTime: datetime | None = None,
        EndTime: datetime | None = None,
        EventCategory: str | None = None,
        MaxResults: int = PAGE,
        NextToken: str | None = None,
    ) -> dict[str, Any]:
        """The events of the last 90 days that match, newest first, at most 50 a page.

        Raises:
            InvalidLookupAttributesException: more than one attribute is given, or too long a value.
            InvalidTimeRangeException: StartTime is after EndTime.
            InvalidNextTokenException: the token was not made by this operation, or for another question.
        """
        self.allow("*")
        attribute = _attribute(LookupAttributes)
        if StartTime and EndTime and StartTime > EndTime:
            raise faults.InvalidTimeRangeException("Start time must be before end time.")
        query = attribute, StartTime, EndTime
        before = _read_token(NextToken, query) if NextToken else None
        if EventCategory:
            return {"Events": []}  # the only category is "insight", and no insight events are made
        found = event_log(self.cloud.store, self.account, self.region).page(
            attribute=attribute,
            start=max(StartTime, self.now - HISTORY) if StartTime else self.now - HISTORY,
            end=EndTime,
            before=before,
            limit=MaxResults + 1,
        )
        page = found[:MaxResults]
        answer: dict[str, Any] = {"Events": [self._shown(event) for _, event in page]}
        if len(found) > MaxResults:
            answer["NextToken"] = _make_token(page[-1][0], query)
        return answer

    def _shown(self, event: Event) -> dict[str, Any]:
        told: dict[str, Any] = {
            "EventId": event.EventId,
            "EventName": event.Action.EventName,
            "ReadOnly": "true" if event.Action.ReadOnly else "false",
            "EventTime": event.EventTime.replace(microsecond=0),
            "EventSource": event.Action.EventSource,
            "Resources": [
                {"ResourceType": resource_type(arn), "ResourceName": arn} for arn in event.Resources
            ],
            "CloudTrailEvent": msgspec.json.encode(event_record(event, self.account, self.region)).decode(),
        }
        if event.Identity.AccessKeyId:
            told["AccessKeyId"] = event.Identity.AccessKeyId
        if username := username_of(event.Identity):
            told["Username"] = username
        return told


def _attribute(given: Sequence[Mapping[str, str]]) -> tuple[str, str] | None:
    """The attribute to look for. "Currently the list can contain only one item", says the API reference."""
    if not given:
        return None
    if len(given) > 1:
        raise faults.InvalidLookupAttributesException("You can specify only one lookup attribute.")
    key, value = given[0]["AttributeKey"], given[0]["AttributeValue"]
    if len(value) + sum(value.count(character) for character in COUNTED_TWICE) > LONGEST_VALUE:
        raise faults.InvalidLookupAttributesException(
            f"The value of lookup attribute {key} is longer than {LONGEST_VALUE} characters."
        )
    return key, value


def _make_token(number: int, query: Query) -> str:
    return make_marker(f"{number}.{_digest(query)}")


def _read_token(token: str, query: Query) -> int:
    """The number in a token of ours; "must be passed in with the same parameters" as in the first call."""
    try:
        number, _, digest = read_marker(token).partition(".")
        if digest == _digest(query):
            return int(number)
    except (BadMarkerError, ValueError):
        pass
    raise faults.InvalidNextTokenException("Invalid next token.")


def _digest(query: Query) -> str:
    """What tells one question from another."""
    return hashlib.sha256(repr(query).encode()).hexdigest()[:16]
