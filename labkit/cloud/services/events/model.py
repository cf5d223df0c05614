"""What EventBridge remembers: buses, rules with their targets, and what became of the last events.

Source: EventBridge User Guide, "Amazon EventBridge concepts".
"""

from datetime import datetime

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

DEFAULT = "default"
ENABLED, DISABLED = "ENABLED", "DISABLED"
ALL_CALLS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
HISTORY = 200


class Bus(Record):
    """An event bus beside the default one, or the default one once it has a policy or tags."""

    Name: str
    Arn: str
    Created: datetime
    Modified: datetime
    Description: str | None = None
    Policy: str | None = None
    Tags: tuple[tuple[str, str], ...] = ()


class Rule(Record):
    """A rule without its targets. `Key` is its bus and its name."""

    Key: str
    Name: str
    Bus: str
    Arn: str
    CreatedBy: str
    State: str
    EventPattern: str | None = None
    ScheduleExpression: str | None = None
    Description: str | None = None
    RoleArn: str | None = None
    Tags: tuple[tuple[str, str], ...] = ()


class RuleTarget(Record):
    """A target of a rule: `Settings` is the JSON of what PutTargets was told of it."""

    Key: str
    Rule: str
    Id: str
    Arn: str
    Settings: str


class SeenEvent(Record):
    """An event, and which rules it fitted; kept for whoever looks inside, and for the last few only.

    `Event` is the whole of it, sealed under EventBridge's own key.
    """

    Number: int
    EventId: str
    Bus: str
    Source: str
    DetailType: str
    Time: datetime
    Event: bytes
    Rules: tuple[str, ...] = ()


class Delivery(Record):
    """An event on its way to a target. `Error` says why it has not come there, if it has not."""

    Key: str
    Number: int
    Rule: str
    Target: str
    TargetArn: str
    Attempts: int = 0
    Status: str = "Pending"
    Error: str = ""


class EventsTables(Tables):
    """EventBridge's memory in one account and region."""

    service = "events"
    buses = table(Bus, key="Name")
    rules = table(Rule, key="Key")
    targets = table(RuleTarget, key="Key", indexes={"arn": lambda target: target.Arn})
    seen = table(SeenEvent, key="Number")
    deliveries = table(Delivery, key="Key")


def rule_key(bus: str, name: str = "") -> str:
    """The key of a rule; without a name, what the keys of a bus's rules begin with."""
    return f"{bus} {name}"


def target_key(rule: str, target_id: str = "") -> str:
    """The key of a target of the rule with this key, or what the keys of its targets begin with."""
    return f"{rule} {target_id}"
