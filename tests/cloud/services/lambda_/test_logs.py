"""What a function prints goes to CloudWatch Logs, if its role may write there."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from tests.cloud.services.lambda_.conftest import MakeFunction, make_role
from tests.conftest import MakeClient

GROUP = "/aws/lambda/work"
SAYS = """
def handler(event, context):
    print("said", event)
"""


@pytest.fixture
def writer(lab: Any, client: MakeClient) -> str:
    """Return a role that may write logs, as AWSLambdaBasicExecutionRole lets it."""
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    return make_role(client, "writer", {"Effect": "Allow", "Action": actions, "Resource": "*"})


def messages(client: MakeClient, group: str = GROUP) -> list[str]:
    logs = client("logs")
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    given = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True}
    answer, found = logs.get_log_events(**given), []
    while answer["events"]:
        found += [event["message"].rstrip() for event in answer["events"]]
        answer = logs.get_log_events(nextToken=answer["nextForwardToken"], **given)
    return found


def test_an_invocation_is_logged_in_a_stream_of_its_environment(
    functions: Any, make: MakeFunction, writer: str, client: MakeClient
) -> None:
    make(SAYS, Role=writer)
    ids = [
        functions.invoke(FunctionName="work", Payload=payload)["ResponseMetadata"]["RequestId"]
        for payload in (b"1", b"2")
    ]
    told = messages(client)
    assert [line.split("\t")[0] for line in told] == [
        f"START RequestId: {ids[0]} Version: $LATEST",
        "said 1",
        f"END RequestId: {ids[0]}",
        f"REPORT RequestId: {ids[0]}",
        f"START RequestId: {ids[1]} Version: $LATEST",
        "said 2",
        f"END RequestId: {ids[1]}",
        f"REPORT RequestId: {ids[1]}",
    ]
    assert ["Init Duration" in line for line in (told[3], told[7])] == [True, False]
    (stream,) = client("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])


def test_the_log_group_may_be_another(
    functions: Any, make: MakeFunction, writer: str, client: MakeClient
) -> None:
    make(SAYS, Role=writer, LoggingConfig={"LogGroup": "/shared"})
    functions.invoke(FunctionName="work", Payload=b"3")
    assert messages(client, "/shared")[1] == "said 3"


def test_a_role_that_may_not_write_leaves_no_log(
    lab: Lab, functions: Any, make: MakeFunction, client: MakeClient
) -> None:
    make(SAYS)
    assert functions.invoke(FunctionName="work", Payload=b"1")["Payload"].read() == b"null"
    decisions = lab.trace.last("Invoke").steps[3]
    assert decisions.gist == "allowed; something that was asked within was denied"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        messages(client)


def test_a_long_log_arrives_whole(
    functions: Any, make: MakeFunction, writer: str, client: MakeClient
) -> None:
    make("def handler(event, context):\n    for n in range(14): print(str(n) * 100_000)", Role=writer)
    functions.invoke(FunctionName="work")
    assert [len(line) for line in messages(client)[1:-2]] == [100_000] * 10 + [200_000] * 4
