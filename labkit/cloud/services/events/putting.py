"""PutEvents: events of one's own; TestEventPattern: would a pattern fit this one?

Source: EventBridge API Reference, "PutEvents", "TestEventPattern".
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from labkit.cloud.core.events import delivery_of, event_of
from labkit.cloud.core.faults import not_built
from labkit.cloud.services.events.located import deepest
from labkit.cloud.services.events.model import DEFAULT, EventsTables
from labkit.cloud.services.events.patterns import read_pattern
from labkit.cloud.services.events.rules import check_pattern
from labkit.cloud.services.events.service import EventsService, faults
from labkit.cloud.state.arns import Arn
from labkit.cloud.state.tables import Scope

Entry = Mapping[str, Any]

LARGEST = 1_048_576
MOST_NESTED = 200
REQUIRED = ("account", "detail-type", "id", "region", "source", "time")


class Putting(EventsService):
    """Put events on a bus."""

    def put_events(self, Entries: Sequence[Entry], EndpointId: str | None = None) -> dict[str, Any]:
        """Put up to ten events on buses. One that fails is told in the answer, and the others go on.

        Raises:
            ValidationException: all together are too large.
            AccessDeniedException: the caller may not put events on such a bus.
        """
        if EndpointId:
            raise not_built(self.name, "PutEvents with EndpointId")
        for arn in dict.fromkeys(self._bus_of(entry) for entry in Entries):
            self._allow_bus(arn, Entries)
        if sum(size_of(entry) for entry in Entries) > LARGEST:
            raise faults.ValidationException("Total size of the entries in the request is over the limit.")
        results = [self._put(entry) for entry in Entries]
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}

    def test_event_pattern(self, EventPattern: str, Event: str) -> dict[str, Any]:
        """Whether a pattern fits an event.

        Raises:
            InvalidEventPatternException: it is no pattern.
            ValidationException: it is no event; an event has an id, an account, a source, a time, ...
        """
        self.allow("*")
        check_pattern(EventPattern)
        event = _object_in(Event)
        if event is None or any(name not in event for name in REQUIRED):
            raise faults.ValidationException("Parameter Event is not valid.")
        return {"Result": read_pattern(EventPattern).fits(event)}

    def _bus_of(self, entry: Entry) -> str:
        """The ARN of the bus that an entry names."""
        name = entry.get("EventBusName", DEFAULT)
        return name if Arn.parse(name) else self.bus_arn(name)

    def _allow_bus(self, arn: str, entries: Sequence[Entry]) -> None:
        place, name = _place_of(arn)
        bus = self._tables_at(place).buses.get(name)
        here = [entry for entry in entries if self._bus_of(entry) == arn]
        told = {
            "events:source": tuple(entry.get("Source", "") for entry in here),
            "events:detail-type": tuple(entry.get("DetailType", "") for entry in here),
        }
        self.allow(arn, policy=bus.Policy if bus else None, facts=lambda: told)

    def _put(self, entry: Entry) -> dict[str, Any]:
        wrong = _fault(entry)
        place, name = _place_of(self._bus_of(entry))
        if not wrong and name != DEFAULT and name not in self._tables_at(place).buses:
            wrong = "ResourceNotFoundException", f"Event bus {name} does not exist."
        if wrong:
            return {"ErrorCode": wrong[0], "ErrorMessage": wrong[1]}
        time: datetime = entry.get("Time") or self.now
        event = event_of(
            Scope(self.account, self.region),
            entry["Source"],
            entry["DetailType"],
            json.loads(entry["Detail"]),
            entry.get("Resources", ()),
            time,
        )
        self.cloud.tables.agenda.put(delivery_of(event, place, name, self.now, self.cloud.hsm_memory))
        return {"EventId": event["id"]}

    def _tables_at(self, place: Scope) -> EventsTables:
        return self.cloud.store.tables(EventsTables, *place)


def size_of(entry: Entry) -> int:
    """How many bytes an entry counts. Source: User Guide, "Calculating ... event entry size"."""
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")] + [
        *entry.get("Resources", ())
    ]
    return sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)


def _place_of(arn: str) -> tuple[Scope, str]:
    """In which account and region a bus is, and its name."""
    _, _, _, region, account, resource = arn.split(":", 5)
    return Scope(account, region), resource.removeprefix("event-bus/")


def _fault(entry: Entry) -> tuple[str, str] | None:
    """What is wrong with an entry, as a code and a message; None if nothing is."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return (
                "InvalidArgument",
                f"Parameter {name} is not valid. Reason: {name} is a required argument.",
            )
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    return ("MalformedDetail", "Detail is malformed.") if _object_in(entry["Detail"]) is None else None


def _object_in(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None if it is none, or one that is nested beyond all measure."""
    if deepest(text) > MOST_NESTED:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
