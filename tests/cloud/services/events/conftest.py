"""Clients, and a queue that rules may send to."""

import json
from typing import Any, NamedTuple

import pytest

from labkit import Lab
from tests.conftest import MakeClient

QUEUE = "arn:aws:sqs:us-east-1:123456789012:inbox"


class Inbox(NamedTuple):
    """A queue with a policy that lets the rules of this account in."""

    sqs: Any
    url: str

    def read(self) -> list[Any]:
        """Every message in sight, deleted; JSON as data."""
        found = []
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for one in messages:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
                found.append(json.loads(one["Body"]))
        return found


def let_in(sqs: Any, url: str, rule: str = "arn:aws:events:*:123456789012:rule/*") -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


@pytest.fixture
def events(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("events")


@pytest.fixture
def inbox(lab: Lab, client: MakeClient) -> Inbox:
    """Return a queue that rules may send to."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    let_in(sqs, url)
    return Inbox(sqs, url)


def rule(events: Any, pattern: Any = None, name: str = "r", **target: Any) -> str:
    """Make a rule whose target is the inbox, and return its ARN; `target` may say more, or another Arn."""
    more = {"EventPattern": json.dumps(pattern)} if pattern is not None else {}
    more |= {key: target.pop(key) for key in ("State", "ScheduleExpression", "EventBusName") if key in target}
    arn = events.put_rule(Name=name, **more)["RuleArn"]
    bus = {key: value for key, value in more.items() if key == "EventBusName"}
    events.put_targets(Rule=name, Targets=[{"Id": "inbox", "Arn": QUEUE} | target], **bus)
    return str(arn)
