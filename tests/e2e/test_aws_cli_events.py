"""EventBridge and SQS through the real `aws` command: a rule, a queue, and an event that comes there."""

import json
import os

from labkit import Lab
from tests.cloud.services.events.conftest import QUEUE
from tests.e2e.test_aws_cli import answer, aws


def sqs(*words: str) -> tuple[str, ...]:
    """A command of SQS's; version 1 of the CLI has an address of its own for it, unless it is given one."""
    return ("sqs", *words, "--endpoint-url", os.environ["AWS_ENDPOINT_URL"])


def test_a_change_of_a_parameter_arrives(lab: Lab) -> None:
    lab.serve()
    pattern = json.dumps({"source": ["aws.ssm"], "detail-type": ["Parameter Store Change"]})
    arn = answer("events", "put-rule", "--name", "changes", "--event-pattern", pattern)["RuleArn"]
    answer("events", "put-targets", "--rule", "changes", "--targets", f"Id=inbox,Arn={QUEUE}")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    attributes = json.dumps({"Policy": policy})
    url = answer(*sqs("create-queue", "--queue-name", "inbox", "--attributes", attributes))["QueueUrl"]
    answer("ssm", "put-parameter", "--name", "/path/name1", "--value", "one", "--type", "String")
    (message,) = answer(*sqs("receive-message", "--queue-url", url))["Messages"]
    assert json.loads(message["Body"])["detail"]["operation"] == "Create"


def test_errors_have_the_names_that_the_command_knows(lab: Lab) -> None:
    lab.serve()
    code, _, complaint = aws(*sqs("get-queue-url", "--queue-name", "nowhere"))
    assert code != 0
    assert (
        "(AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation: "
        "The specified queue does not exist." in complaint
    )
    code, _, complaint = aws("events", "put-rule", "--name", "r", "--event-pattern", '{"source": "aws.ssm"}')
    assert code != 0
    assert (
        "(InvalidEventPatternException) when calling the PutRule operation: Event pattern is not valid."
        in complaint
    )
