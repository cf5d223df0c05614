"""LookupEvents: search the event history, newest first.

Source: CloudTrail API Reference, "LookupEvents".
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from labkit.cloud.core.faults import Faults
from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.core.service import Service
from labkit.cloud.services.cloudtrail.model import CloudTrailTables, Event, resource_type
from labkit.cloud.services.cloudtrail.record import event_record

faults = Faults("cloudtrail")

PAGE = 50


class CloudTrail(Service):
    """The event history of the caller's account in this region."""

    name = "cloudtrail"

    @property
    def tables(self) -> CloudTrailTables:
        """This account and region's event history."""
        return self.cloud.store.tables(CloudTrailTables, self.account, self.region)

    def lookup_events(
        self,
        LookupAttributes: Sequence[Mapping[str, str]] = (),
        StartTime: datetime | None = None,
        EndTime: datetime | None = None,
        EventCategory: str | None = None,
        MaxResults: int = PAGE,
        NextToken: str | None = None,
    ) -> dict[str, Any]:
        """The recorded events that match, newest first, at most 50 a page.

        Raises:
            InvalidTimeRangeException: StartTime is after EndTime.
            InvalidNextTokenException: the token was not made by this operation.
        """
        self.allow("*")
        if StartTime and EndTime and StartTime > EndTime:
            raise faults.InvalidTimeRangeException("Start time must be before end time.")
        if EventCategory:
            return {"Events": []}  # the only category is "insight", and no insight events are made
        wanted = list(LookupAttributes)
        found = (
            event
            for event in self._before(NextToken)
            if (StartTime is None or event.EventTime >= StartTime)
            and (EndTime is None or event.EventTime <= EndTime)
            and all(_has(event, one["AttributeKey"], one["AttributeValue"]) for one in wanted)
        )
        events = list(islice(found, MaxResults + 1))
        page = events[:MaxResults]
        answer: dict[str, Any] = {"Events": [_shown(event) for event in page]}
        if len(events) > MaxResults:
            answer["NextToken"] = make_marker(str(page[-1].Number))
        return answer

    def _before(self, token: str | None) -> Iterator[Event]:
        """The events older than the one a token names, newest first."""
        if token is None:
            return self.tables.events.newest_first()
        try:
            return self.tables.events.newest_first(before=int(read_marker(token)))
        except (BadMarkerError, ValueError):
            raise faults.InvalidNextTokenException("Invalid next token.") from None


def _has(event: Event, attribute: str, value: str) -> bool:
    if attribute == "ReadOnly":
        return str(event.ReadOnly).lower() == value.lower()
    if attribute == "ResourceName":
        return value in event.Resources
    if attribute == "ResourceType":
        return any(resource_type(arn) == value for arn in event.Resources)
    if attribute == "Username":
        return event.Principal.name == value
    if attribute == "AccessKeyId":
        return event.Principal.access_key_id == value
    return bool(getattr(event, attribute) == value)


def _shown(event: Event) -> dict[str, Any]:
    return {
        "EventId": event.EventId,
        "EventName": event.EventName,
        "EventSource": event.EventSource,
        "EventTime": event.EventTime,
        "ReadOnly": str(event.ReadOnly).lower(),
        "Username": event.Principal.name,
        "AccessKeyId": event.Principal.access_key_id,
        "Resources": [{"ResourceType": resource_type(arn), "ResourceName": arn} for arn in event.Resources],
        "CloudTrailEvent": msgspec.json.encode(event_record(event)).decode(),
    }
