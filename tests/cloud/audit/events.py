"""Events made by hand, and the obvious way to look for them: a list, read from its end."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from labkit.cloud.audit.event import KMS, Action, Event, Identity, Origin, resource_type

ACCOUNT, REGION = "123456789012", "us-east-1"
START = datetime(2026, 4, 1, 12, tzinfo=UTC)
HOME = Origin("127.0.0.1", "a test")


def key_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:kms:{REGION}:{account}:key/{name}"


def event(number: int = 0, **facts: Any) -> Event:
    """An event of `number` minutes after START; `facts` replace what an ordinary Encrypt has."""
    known: dict[str, Any] = {
        "EventId": str(uuid.uuid4()),
        "RequestId": str(uuid.uuid4()),
        "EventTime": START + timedelta(minutes=number),
        "Action": Action("Encrypt", KMS, True),
        "Identity": Identity("IAMUser", ACCOUNT, "AIDA", "arn", "alice", "AKIA1"),
        "Origin": HOME,
        "Resources": (key_arn("a"),),
        "Parameters": '{"keyId":"a"}',
    }
    return Event(**known | facts)


def matches(one: Event, attribute: str, value: str) -> bool:
    """Whether an event has this value, without any index."""
    return (
        value
        in {
            "EventId": [one.EventId],
            "EventName": [one.Action.EventName],
            "EventSource": [one.Action.EventSource],
            "ReadOnly": ["true" if one.Action.ReadOnly else "false"],
            "Username": [one.Identity.Name],
            "AccessKeyId": [one.Identity.AccessKeyId],
            "ResourceName": list(one.Resources),
            "ResourceType": [resource_type(arn) for arn in one.Resources],
        }[attribute]
    )
