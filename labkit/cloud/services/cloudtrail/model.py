"""One line of the audit log. The gateway writes it, LookupEvents reads it, nobody changes it.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

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


@lru_cache(maxsize=4096)
def resource_type(arn: str) -> str:
    """CloudTrail's type of a resource, from its ARN: AWS::KMS::Key for a key."""
    _, _, service, _, _, resource = arn.split(":", 5)
    kind = resource.split("/")[0].split(":")[0]
    return f"AWS::{service.upper()}::{kind.capitalize()}"
