"""One line of the audit log. The gateway writes it, LookupEvents reads it, nobody changes it.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from dataclasses import dataclass
from datetime import datetime

from labkit.cloud.state.tables import Tables, table


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded call. `Number` counts up; `Record` is the event's JSON, as CloudTrail would deliver it."""

    Number: int
    EventId: str
    EventName: str
    EventSource: str
    EventTime: datetime
    ReadOnly: bool
    Username: str
    AccessKeyId: str
    Resources: tuple[str, ...]
    Record: str


class CloudTrailTables(Tables):
    """The event history of one account in one region."""

    service = "cloudtrail"
    events = table(Event, key="Number")
