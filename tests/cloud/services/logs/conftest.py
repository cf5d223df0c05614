"""A CloudWatch Logs client, a user whose policies a test may choose, and a key that Logs may use."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.people import client_of_user
from tests.conftest import MakeClient

ROOT = "arn:aws:iam::123456789012:root"
FOR_LOGS = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]


@pytest.fixture
def logs(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("logs")


@pytest.fixture
def as_user(lab: Lab, client: MakeClient) -> Callable[..., Any]:
    """Return `as_user(*statements, account=...)`: a client of a new user with just these statements."""
    return partial(client_of_user, client, "logs")


@pytest.fixture
def logs_key(lab: Lab, kms: Any) -> Callable[..., str]:
    """Return `logs_key(condition)`: the ARN of a new key with the policy of AWS's documentation."""

    def make(**condition: Any) -> str:
        arn: str = kms.create_key(Policy=policy_for_logs(**condition))["KeyMetadata"]["Arn"]
        return arn

    return make


def policy_for_logs(service: str = "logs.us-east-1.amazonaws.com", **condition: Any) -> str:
    """A key policy as AWS's documentation has it for CloudWatch Logs."""
    owner = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    logs = {"Effect": "Allow", "Principal": {"Service": service}, "Action": FOR_LOGS, "Resource": "*"}
    if condition:
        logs["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [owner, logs]})


def now(lab: Lab) -> int:
    """The lab's time in milliseconds."""
    return int(lab.clock.now().timestamp() * 1000)


def put(lab: Lab, logs: Any, *messages: str, group: str = "web", stream: str = "one", ago: int = 0) -> Any:
    """Put events, a millisecond apart, the last one `ago` milliseconds ago."""
    last = now(lab) - ago
    events = [
        {"timestamp": last - len(messages) + 1 + number, "message": message}
        for number, message in enumerate(messages)
    ]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def made(logs: Any, group: str = "web", stream: str = "one", **more: Any) -> None:
    """Make a group and a stream in it."""
    logs.create_log_group(logGroupName=group, **more)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)


def messages(logs: Any, group: str = "web", stream: str = "one", **more: Any) -> list[str]:
    """The messages that GetLogEvents answers."""
    answer = logs.get_log_events(logGroupName=group, logStreamName=stream, **more)
    return [one["message"] for one in answer["events"]]
