"""What became of the last events of EventBridge: which rules they fitted, and where they were brought.

On AWS only numbers tell of this: CloudWatch's MatchedEvents, Invocations, FailedInvocations.
Source: EventBridge User Guide, "Monitoring Amazon EventBridge".
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.events import EVENTBRIDGE
from labkit.cloud.core.own_keys import open_own
from labkit.cloud.services.events.model import Delivery, EventsTables, SeenEvent
from labkit.lens.frames import TEXT, TIME, frame

if TYPE_CHECKING:
    import pandas as pd


def events(cloud: Cloud) -> "pd.DataFrame":
    """One row an event, a rule that it fitted, and a target of that rule, oldest first."""
    columns = {
        "account": TEXT,
        "region": TEXT,
        "Time": TIME,
        "Source": TEXT,
        "DetailType": TEXT,
        "Detail": TEXT,
        "Rule": TEXT,
        "TargetArn": TEXT,
        "Status": TEXT,
        "Error": TEXT,
        "EventId": TEXT,
    }
    store = cloud.store
    everywhere = [(scope, store.tables(EventsTables, *scope)) for scope in store.scopes(EventsTables)]
    found = [(seen.Time, scope, tables, seen) for scope, tables in everywhere for seen in tables.seen]
    found.sort(key=lambda one: one[0])
    return frame(
        columns, [(*scope, *row) for _, scope, tables, seen in found for row in _rows(cloud, tables, seen)]
    )


def _rows(cloud: Cloud, tables: EventsTables, seen: SeenEvent) -> Iterator[tuple[object, ...]]:
    """An event that fitted no rule has a row of its own, and so has a rule without a target."""
    detail = json.dumps(json.loads(open_own(cloud.hsm_memory, EVENTBRIDGE, seen.Event))["detail"])
    known = seen.Time, seen.Source, seen.DetailType, detail
    deliveries = list(tables.deliveries.beginning(f"{seen.Number:012d} "))
    if not seen.Rules:
        yield *known, None, None, "NoRule", None, seen.EventId
    for rule in seen.Rules:
        sent = [one for one in deliveries if one.Rule == f"{seen.Bus} {rule}"]
        if not sent:
            yield *known, rule, None, "NoTarget", None, seen.EventId
        for one in sent:
            yield *known, rule, *_outcome(one), seen.EventId


def _outcome(delivery: Delivery) -> tuple[str, str, str | None]:
    return delivery.TargetArn, delivery.Status, delivery.Error or None
