"""Domain events: what a service tells the world of itself, such as "Parameter Store Change".

EventBridge takes them to whoever has a rule for them. An event is only made if some rule in this account and
region can fit it, and it is delivered once the call has been answered, by an entry in the agenda.
Source: EventBridge User Guide, "Events in Amazon EventBridge".
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.core.own_keys import seal_own
from labkit.cloud.state.hsm_memory import HsmMemory
from labkit.cloud.state.tables import Scope, Table
from labkit.crypto.randomness import public_uuid
from labkit.records import Record

EVENTBRIDGE = "events"
DEFAULT_BUS = "default"
ANY = "*"

_order = count()


class Listener(Record):
    """One rule that is on, found by what it can fit: a source and a detail type, or ANY of them.

    `AllCalls` is whether it wants to hear of calls that only read, too.
    """

    Key: str
    Rule: str
    AllCalls: bool = False


def listener_key(place: Scope, bus: str, source: str, detail_type: str, rule: str = "") -> str:
    """The key of a listener; without a rule, what the keys of all that listen to the same begin with."""
    return "\n".join((*place, bus, source, detail_type, rule))


def listening(
    listeners: Table[Listener], place: Scope, bus: str, source: str, detail_type: str
) -> Iterator[Listener]:
    """The rules of a bus that can fit an event from `source` of this type."""
    for wanted in (source, ANY):
        for kind in (detail_type, ANY):
            yield from listeners.beginning(listener_key(place, bus, wanted, kind))


def event_of(
    place: Scope,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Iterable[str],
    time: datetime,
) -> dict[str, Any]:
    """An event in the form in which everybody sees it."""
    return {
        "version": "0",
        "id": public_uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": place.account,
        "time": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "region": place.region,
        "resources": list(resources),
        "detail": detail,
    }


def delivery_of(
    event: Mapping[str, Any], place: Scope, bus: str, due: datetime, memory: HsmMemory
) -> AgendaEntry:
    """The plan to deliver an event, sealed, after those that were planned before for the same moment."""
    name = f"events: deliver {next(_order):012d} {event['id']}"
    sealed = seal_own(memory, EVENTBRIDGE, json.dumps(event).encode())
    told = {"Event": b64encode(sealed).decode(), "EventBusName": bus}
    return AgendaEntry(name, due, "events", place.account, place.region, "_deliver", told)
