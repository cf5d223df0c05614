"""Dead letters moved back, so many a second on the lab's clock."""

import json
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import refusal

ARN = "arn:aws:sqs:us-east-1:123456789012:"
GRAVES = ARN + "graves"


@pytest.fixture
def graves(sqs: Any, queue: str, lab: Lab) -> str:
    """Return the URL of a dead-letter queue with five messages of the queue `orders`."""
    url = str(sqs.create_queue(QueueName="graves")["QueueUrl"])
    policy = json.dumps({"deadLetterTargetArn": GRAVES, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    for number in range(5):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    lab.clock.advance(seconds=30)
    sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    assert in_sight(sqs, url) == 5
    return url


def in_sight(sqs: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def test_all_dead_letters_go_back(sqs: Any, queue: str, graves: str) -> None:
    sqs.start_message_move_task(SourceArn=GRAVES)
    assert (in_sight(sqs, graves), in_sight(sqs, queue)) == (0, 5)
    (task,) = sqs.list_message_move_tasks(SourceArn=GRAVES)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 5)
    assert "TaskHandle" not in task
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    assert [one["Body"] for one in found] == ["0", "1", "2", "3", "4"]
    assert {one["Attributes"]["ApproximateReceiveCount"] for one in found} == {"1"}


def test_a_task_takes_its_time_and_can_be_stopped(sqs: Any, queue: str, graves: str, lab: Lab) -> None:
    handle = sqs.start_message_move_task(SourceArn=GRAVES, MaxNumberOfMessagesPerSecond=2)["TaskHandle"]
    assert in_sight(sqs, queue) == 2
    assert refusal(sqs.start_message_move_task, SourceArn=GRAVES).code.endswith("UnsupportedOperation")
    lab.clock.advance(seconds=1)
    assert sqs.list_message_move_tasks(SourceArn=GRAVES)["Results"][0]["TaskHandle"] == handle
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 4
    lab.clock.advance(seconds=5)
    assert (in_sight(sqs, graves), in_sight(sqs, queue)) == (1, 4)
    assert refusal(sqs.cancel_message_move_task, TaskHandle=handle).code == "ResourceNotFoundException"


def test_another_queue_may_take_them(sqs: Any, graves: str) -> None:
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    sqs.start_message_move_task(SourceArn=GRAVES, DestinationArn=ARN + "other")
    assert in_sight(sqs, other) == 5


def test_only_dead_letter_queues_are_emptied_so(sqs: Any, queue: str) -> None:
    assert refusal(sqs.start_message_move_task, SourceArn=ARN + "orders").code == "InvalidParameterValue"
    assert refusal(sqs.start_message_move_task, SourceArn=GRAVES).code == "ResourceNotFoundException"
