"""Functions and log groups as targets: their own policies decide, and what fails disturbs nobody."""

import json
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.events.model import EventsTables
from tests.cloud.services.events.conftest import Inbox, rule
from tests.cloud.services.lambda_.conftest import arn_of, make_role, zipped
from tests.conftest import ACCOUNT, REGION, MakeClient

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/seen"
SENDS_ON = """
    import boto3, json
    URL = "https://sqs.us-east-1.amazonaws.com/123456789012/inbox"
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=URL, MessageBody=json.dumps(event["detail"]))
"""


def status(lab: Lab) -> list[tuple[str, str]]:
    tables = lab.cloud.store.tables(EventsTables, ACCOUNT, REGION)
    return [(one.Status, one.Error.partition(":")[0]) for one in tables.deliveries]


def put(events: Any, n: int = 1) -> None:
    events.put_events(Entries=[{"Source": "me", "DetailType": "t", "Detail": json.dumps({"n": n})}])


@pytest.fixture
def function(client: MakeClient) -> Any:
    """Return a Lambda client, in whose account the function `work` sends on what it gets."""
    functions = client("lambda")
    may = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    functions.create_function(
        FunctionName="work",
        Role=make_role(client, "worker", may),
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": zipped(SENDS_ON)},
    )
    return functions


def test_a_function_is_invoked_with_the_event(events: Any, inbox: Inbox, lab: Lab, function: Any) -> None:
    arn = rule(events, {"source": ["me"]}, Arn=arn_of("work"))
    put(events)
    assert status(lab) == [("Failed", "AccessDeniedException")]
    function.add_permission(
        FunctionName="work",
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=arn,
    )
    put(events, 2)
    assert status(lab)[1] == ("Delivered", "")
    assert inbox.read() == [{"n": 2}]


def test_a_log_group_gets_a_line_for_each_event(events: Any, lab: Lab, client: MakeClient) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/aws/events/seen")
    arn = rule(events, {"source": ["me"]}, Arn=GROUP)
    put(events)
    assert status(lab) == [("Failed", "AccessDeniedException")]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": GROUP + ":*",
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.put_resource_policy(policyName="rules", policyDocument=document)
    put(events, 2)
    found = logs.filter_log_events(logGroupName="/aws/events/seen")["events"]
    assert [json.loads(one["message"])["detail"] for one in found] == [{"n": 2}]


def test_one_target_that_fails_leaves_the_others_alone(events: Any, inbox: Inbox, lab: Lab) -> None:
    rule(events, {"source": ["me"]})
    events.put_targets(Rule="r", Targets=[{"Id": "gone", "Arn": arn_of("gone")}])
    put(events)
    assert sorted(one for one, _ in status(lab)) == ["Delivered", "Failed"]
    assert inbox.read()[0]["detail"] == {"n": 1}
