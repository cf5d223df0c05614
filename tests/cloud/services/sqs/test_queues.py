"""Queues: their names, URLs and attributes; who may; errors under the names that clients know."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import MakeClient

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
GONE = Refusal("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")


def attributes(sqs: Any, queue: str) -> Any:
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def test_a_queue_goes_by_its_url(sqs: Any, queue: str) -> None:
    assert queue == URL
    assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == URL
    assert sqs.list_queues()["QueueUrls"] == [URL]
    sqs.delete_queue(QueueUrl=queue)
    assert "QueueUrls" not in sqs.list_queues()
    assert refusal(sqs.get_queue_url, QueueName="orders") == GONE
    assert refusal(sqs.receive_message, QueueUrl=queue) == GONE


def test_boto3_knows_the_exception_by_its_name(sqs: Any) -> None:
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="orders")


def test_a_queue_has_the_documented_defaults(sqs: Any, queue: str) -> None:
    shown = attributes(sqs, queue)
    assert shown["QueueArn"] == ARN
    assert shown["VisibilityTimeout"] == "30"
    assert shown["MessageRetentionPeriod"] == "345600"
    assert shown["MaximumMessageSize"] == "1048576"
    assert shown["DelaySeconds"] == shown["ReceiveMessageWaitTimeSeconds"] == "0"
    assert "FifoQueue" not in shown


def test_making_the_same_queue_again_finds_it(sqs: Any, queue: str) -> None:
    assert sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "30"})["QueueUrl"] == queue
    assert refusal(sqs.create_queue, QueueName="orders", Attributes={"VisibilityTimeout": "31"}) == Refusal(
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
    )


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "a.b", "a.fifo"])
def test_a_queue_needs_a_proper_name(sqs: Any, name: str) -> None:
    assert refusal(sqs.create_queue, QueueName=name) == Refusal(
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VisibilityTimeout", "43201"),
        ("DelaySeconds", "-1"),
        ("MaximumMessageSize", "1023"),
        ("MessageRetentionPeriod", "59"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("Policy", "{"),
        ("RedrivePolicy", '{"maxReceiveCount": 3}'),
        ("ContentBasedDeduplication", "true"),
    ],
)
def test_an_attribute_out_of_its_limits_is_refused(sqs: Any, queue: str, name: str, value: str) -> None:
    assert refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes={name: value}) == Refusal(
        "InvalidAttributeValue", f"Invalid value for the parameter {name}."
    )


def test_an_attribute_that_nobody_sets(sqs: Any, queue: str) -> None:
    given = {"QueueArn": ARN}
    assert refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes=given) == Refusal(
        "InvalidAttributeName", "Unknown Attribute QueueArn."
    )


def test_attributes_are_set_and_taken_away(sqs: Any, queue: str, as_user: Callable[..., Any]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": ARN}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy, "VisibilityTimeout": "5"})
    assert attributes(sqs, queue)["Policy"] == policy
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
    assert "Policy" not in attributes(sqs, queue)
    assert attributes(sqs, queue)["VisibilityTimeout"] == "5"


def test_queues_come_in_pages(sqs: Any) -> None:
    for number in range(5):
        sqs.create_queue(QueueName=f"q{number}")
    pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})
    names = [[url[-2:] for url in page["QueueUrls"]] for page in pages]
    assert names == [["q0", "q1"], ["q2", "q3"], ["q4"]]


def test_tags(sqs: Any, queue: str) -> None:
    sqs.tag_queue(QueueUrl=queue, Tags={"team": "blue", "stage": "test"})
    sqs.untag_queue(QueueUrl=queue, TagKeys=["stage"])
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"team": "blue"}


def test_a_queue_is_purged_once_a_minute(sqs: Any, queue: str, lab: Lab) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    sqs.purge_queue(QueueUrl=queue)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    assert refusal(sqs.purge_queue, QueueUrl=queue) == Refusal(
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
    )
    lab.clock.advance(seconds=60)
    sqs.purge_queue(QueueUrl=queue)


def test_who_has_no_permission_is_told_so_as_sqs_does(queue: str, as_user: Callable[..., Any]) -> None:
    ada = as_user({"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": ARN})
    ada.receive_message(QueueUrl=queue)
    assert refusal(ada.send_message, QueueUrl=queue, MessageBody="hello") == Refusal(
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sqs:sendmessage on resource: "
        f"{ARN} because no identity-based policy allows the sqs:sendmessage action",
        403,
    )


def test_a_queue_lets_another_account_in(sqs: Any, queue: str, client: MakeClient) -> None:
    other = client("sqs", account="444455556666")
    assert refusal(other.send_message, QueueUrl=queue, MessageBody="hello").code == "AccessDenied"
    sqs.add_permission(QueueUrl=queue, Label="them", AWSAccountIds=["444455556666"], Actions=["SendMessage"])
    other.send_message(QueueUrl=queue, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    sqs.remove_permission(QueueUrl=queue, Label="them")
    assert refusal(other.send_message, QueueUrl=queue, MessageBody="hello").code == "AccessDenied"


def test_the_event_history_tells_of_queues_and_not_of_messages(sqs: Any, queue: str, lab: Lab) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    sqs.tag_queue(QueueUrl=queue, Tags={"team": "blue"})
    assert list(lab.audit()["EventName"]) == ["CreateQueue", "TagQueue"]


@pytest.mark.parametrize("address", ["orders", "https://[", "https://sqs.us-east-1.amazonaws.com/1/orders"])
def test_an_address_that_is_none(sqs: Any, address: str) -> None:
    assert refusal(sqs.receive_message, QueueUrl=address) == Refusal(
        "InvalidAddress", f"The address {address} is not valid for this endpoint."
    )


def test_a_queue_may_be_called_at_another_address(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl="http://127.0.0.1:8000/123456789012/orders", MessageBody="hello")
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"


def test_a_new_queue_knows_nothing_of_the_old_one_of_its_name(sqs: Any) -> None:
    fifo = {"QueueName": "exams.fifo", "Attributes": {"FifoQueue": "true"}}
    for _ in range(2):
        url = sqs.create_queue(**fifo)["QueueUrl"]
        once = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
        sqs.send_message(QueueUrl=url, MessageBody="hello", **once)
        assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
        sqs.delete_queue(QueueUrl=url)


def test_a_move_task_ends_with_its_queue(sqs: Any) -> None:
    arn = "arn:aws:sqs:us-east-1:123456789012:graves"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="graves")["QueueUrl"]
    sqs.create_queue(QueueName="inbox", Attributes={"RedrivePolicy": policy})
    sqs.start_message_move_task(SourceArn=arn)
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(QueueName="graves")
    assert sqs.list_message_move_tasks(SourceArn=arn).get("Results", []) == []


def test_a_policy_may_ask_for_tags_of_new_queues_and_of_old_ones(
    sqs: Any, as_user: Callable[..., Any]
) -> None:
    right = {"StringEquals": {"aws:RequestTag/team": "red"}}
    ada = as_user({"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": right})
    assert refusal(ada.create_queue, QueueName="blue", tags={"team": "blue"}).code == "AccessDenied"
    url = ada.create_queue(QueueName="red", tags={"team": "red"})["QueueUrl"]
    assert refusal(ada.tag_queue, QueueUrl=url, Tags={"team": "blue"}).code == "AccessDenied"
    ada.tag_queue(QueueUrl=url, Tags={"team": "red", "level": "1"})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"level": "1", "team": "red"}
