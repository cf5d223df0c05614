"""Asynchronous invocations: nobody waits, and what fails is tried again on the lab's clock."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from tests.cloud.services.lambda_.conftest import MakeFunction, make_role
from tests.conftest import MakeClient

REMEMBERS = """
import boto3
import json

def handler(event, context):
    parameter = dict(Name="/seen", Type="String", Overwrite=True)
    ssm = boto3.client("ssm")
    try:
        seen = json.loads(ssm.get_parameter(Name="/seen")["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        seen = []
    ssm.put_parameter(Value=json.dumps([*seen, context.aws_request_id]), **parameter)
    if event == "fail":
        raise ValueError(event)
"""


@pytest.fixture
def remembering(client: MakeClient, make: MakeFunction) -> None:
    """Have a function that writes down the ids of its invocations."""
    everything = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}
    make(REMEMBERS, Role=make_role(client, "rememberer", everything), Timeout=20)


def seen(client: MakeClient) -> str:
    value: str = client("ssm").get_parameter(Name="/seen")["Parameter"]["Value"]
    return value


def test_an_event_is_accepted_and_then_handled(functions: Any, remembering: None, client: MakeClient) -> None:
    answer = functions.invoke(FunctionName="work", InvocationType="Event", Payload=b'"go"')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert seen(client) == f'["{answer["ResponseMetadata"]["RequestId"]}"]'


def test_an_event_that_fails_is_tried_twice_more(
    lab: Lab, functions: Any, remembering: None, client: MakeClient
) -> None:
    answer = functions.invoke(FunctionName="work", InvocationType="Event", Payload=b'"fail"')
    request_id = answer["ResponseMetadata"]["RequestId"]
    counts = []
    for minutes in (0, 1, 1, 1, 10):
        lab.clock.advance(minutes=minutes)
        counts.append(seen(client).count(request_id))
    assert counts == [1, 2, 2, 3, 3]


def test_an_event_may_be_smaller_than_others(functions: Any, make: MakeFunction) -> None:
    make()
    with pytest.raises(ClientError, match=r"1048577 byte payload is too large for the Event invocation type"):
        functions.invoke(FunctionName="work", InvocationType="Event", Payload=b" " * 1_048_577)


def test_events_for_a_function_that_is_gone_are_dropped(lab: Lab, functions: Any, make: MakeFunction) -> None:
    make("def handler(event, context): raise ValueError")
    functions.invoke(FunctionName="work", InvocationType="Event")
    functions.delete_function(FunctionName="work")
    lab.clock.advance(hours=1)
    assert lab.clock.agenda() == []


def test_an_event_that_is_throttled_comes_later(
    lab: Lab, functions: Any, remembering: None, client: MakeClient
) -> None:
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    answer = functions.invoke(FunctionName="work", InvocationType="Event", Payload=b'"go"')
    functions.delete_function_concurrency(FunctionName="work")
    with pytest.raises(ClientError, match="ParameterNotFound"):
        seen(client)
    lab.clock.advance(minutes=1)
    assert seen(client) == f'["{answer["ResponseMetadata"]["RequestId"]}"]'


def test_an_event_that_waits_is_sealed(lab: Lab, functions: Any, remembering: None) -> None:
    functions.invoke(FunctionName="work", InvocationType="Event", Payload=b'"fail"')
    (plan,) = (one for one in lab.clock.agenda() if one.Service == "lambda")
    assert b"fail" not in base64.b64decode(plan.Arguments["payload"])
