"""Messages: sent, received, out of sight for a while on the lab's clock, deleted, dead."""

import json
from typing import Any

import boto3
import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, refusal

ARN = "arn:aws:sqs:us-east-1:123456789012:"


def bodies(sqs: Any, queue: str, most: int = 10) -> list[str]:
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=most).get("Messages", [])
    return [one["Body"] for one in found]


def receive(sqs: Any, queue: str, **more: Any) -> Any:
    return sqs.receive_message(QueueUrl=queue, **more)["Messages"][0]


def counts(sqs: Any, queue: str) -> tuple[str, ...]:
    """How many messages are in sight, out of sight, and delayed."""
    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    kinds = ("", "NotVisible", "Delayed")
    return tuple(shown[f"ApproximateNumberOfMessages{kind}"] for kind in kinds)


def test_a_message_is_sent_received_and_deleted(sqs: Any, queue: str) -> None:
    sent = sqs.send_message(QueueUrl=queue, MessageBody="hello")
    assert sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    message = receive(sqs, queue, AttributeNames=["All"])
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "hello")
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert counts(sqs, queue) == ("0", "0", "0")


def test_a_received_message_comes_back_when_nobody_deletes_it(sqs: Any, queue: str, lab: Lab) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    old = receive(sqs, queue)["ReceiptHandle"]
    assert bodies(sqs, queue) == []
    assert counts(sqs, queue) == ("0", "1", "0")
    lab.clock.advance(seconds=30)
    assert counts(sqs, queue) == ("1", "0", "0")
    assert bodies(sqs, queue) == ["hello"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=old)  # somebody else works on it by now
    assert counts(sqs, queue) == ("0", "1", "0")


def test_who_needs_longer_says_so(sqs: Any, queue: str, lab: Lab) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    handle = receive(sqs, queue, VisibilityTimeout=10)["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=100)
    lab.clock.advance(seconds=99)
    assert bodies(sqs, queue) == []
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    assert bodies(sqs, queue) == ["hello"]
    again = refusal(sqs.change_message_visibility, QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=9)
    assert again.code == "AWS.SimpleQueueService.MessageNotInflight"


def test_a_delay_and_the_end_of_retention(sqs: Any, queue: str, lab: Lab) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=60)
    assert counts(sqs, queue) == ("0", "0", "1")
    lab.clock.advance(seconds=60)
    assert bodies(sqs, queue) == ["later"]
    lab.clock.advance(days=4)
    assert bodies(sqs, queue) == []
    assert counts(sqs, queue) == ("0", "0", "0")


def test_message_attributes_and_their_sum(sqs: Any, queue: str) -> None:
    given = {
        "colour": {"DataType": "String", "StringValue": "blue"},
        "data": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sqs.send_message(QueueUrl=queue, MessageBody="hello", MessageAttributes=given)
    message = receive(sqs, queue, MessageAttributeNames=["All"])
    assert message["MessageAttributes"] == given
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]


def test_only_the_attributes_asked_for_come(sqs: Any, queue: str) -> None:
    value = {"DataType": "String", "StringValue": "x"}
    sqs.send_message(
        QueueUrl=queue, MessageBody="b", MessageAttributes={"a.b": value, "a.c": value, "d": value}
    )
    message = receive(sqs, queue, MessageAttributeNames=["a.*"])
    assert set(message["MessageAttributes"]) == {"a.b", "a.c"}
    assert "Attributes" not in message


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            {"MessageBody": ""},
            Refusal("MissingParameter", "The request must contain the parameter MessageBody."),
        ),
        (
            {"MessageBody": "x" * 1_048_577},
            Refusal(
                "InvalidParameterValue",
                "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
            ),
        ),
        (
            {"DelaySeconds": 901},
            Refusal(
                "InvalidParameterValue",
                "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and "
                "<= 900.",
            ),
        ),
        (
            {"MessageBody": "\x00"},
            Refusal(
                "InvalidMessageContents",
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
                "#xE000 to #xFFFD | #x10000 to #x10FFFF",
            ),
        ),
    ],
)
def test_a_message_that_cannot_be_sent(sqs: Any, queue: str, more: Any, expected: Refusal) -> None:
    assert refusal(sqs.send_message, **{"QueueUrl": queue, "MessageBody": "b"} | more) == expected
    assert counts(sqs, queue) == ("0", "0", "0")


@pytest.mark.parametrize("number", [0, 11])
def test_one_to_ten_messages_at_once(sqs: Any, queue: str, number: int) -> None:
    assert refusal(sqs.receive_message, QueueUrl=queue, MaxNumberOfMessages=number) == Refusal(
        "InvalidParameterValue",
        f"Value {number} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if "
        "provided.",
    )


def test_a_handle_that_is_none(sqs: Any, queue: str) -> None:
    assert refusal(sqs.delete_message, QueueUrl=queue, ReceiptHandle="x").code == "ReceiptHandleIsInvalid"


def test_in_a_batch_each_entry_stands_for_itself(sqs: Any, queue: str) -> None:
    entries = [
        {"Id": "one", "MessageBody": "1"},
        {"Id": "two", "MessageBody": "\x00"},
        {"Id": "three", "MessageBody": "3"},
    ]
    answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["one", "three"]
    assert [(one["Id"], one["Code"]) for one in answer["Failed"]] == [("two", "InvalidMessageContents")]
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    handles = [{"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(found)]
    sqs.delete_message_batch(QueueUrl=queue, Entries=handles)
    assert counts(sqs, queue) == ("0", "0", "0")


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        (["a"] * 2, "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
        ([str(i) for i in range(11)], "TooManyEntriesInBatchRequest"),
    ],
)
def test_what_cannot_be_a_batch(sqs: Any, queue: str, ids: list[str], code: str) -> None:
    entries = [{"Id": one, "MessageBody": "b"} for one in ids]
    found = refusal(sqs.send_message_batch, QueueUrl=queue, Entries=entries)
    assert found.code == f"AWS.SimpleQueueService.{code}"


def test_what_was_received_too_often_is_a_dead_letter(sqs: Any, queue: str, lab: Lab) -> None:
    graves = sqs.create_queue(QueueName="graves")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": ARN + "graves", "maxReceiveCount": 2})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")
    for _ in range(2):
        assert bodies(sqs, queue) == ["poison"]
        lab.clock.advance(seconds=30)
    assert bodies(sqs, queue) == []
    letter = receive(sqs, graves, MessageSystemAttributeNames=["All"])
    assert letter["Body"] == "poison"
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == ARN + "orders"
    assert sqs.list_dead_letter_source_queues(QueueUrl=graves)["queueUrls"] == [queue]


def test_a_dead_letter_queue_must_be_of_the_same_kind_and_willing(sqs: Any, queue: str) -> None:
    sqs.create_queue(
        QueueName="graves", Attributes={"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'}
    )
    sqs.create_queue(QueueName="graves.fifo", Attributes={"FifoQueue": "true"})
    for name in ("graves", "graves.fifo", "nowhere"):
        policy = json.dumps({"deadLetterTargetArn": ARN + name, "maxReceiveCount": 2})
        found = refusal(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"RedrivePolicy": policy})
        assert found.code == "InvalidAttributeValue"


@pytest.fixture
def fifo(sqs: Any) -> str:
    """Return the URL of a FIFO queue that tells messages apart by their bodies."""
    wanted = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    return str(sqs.create_queue(QueueName="orders.fifo", Attributes=wanted)["QueueUrl"])


def test_a_fifo_queue_keeps_the_order_of_each_group(sqs: Any, fifo: str) -> None:
    for body, group in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")]:
        sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId=group)
    first = receive(sqs, fifo)
    assert first["Body"] == "a1"
    assert bodies(sqs, fifo) == ["b1"]  # group a waits for a1
    sqs.delete_message(QueueUrl=fifo, ReceiptHandle=first["ReceiptHandle"])
    assert bodies(sqs, fifo) == ["a2", "a3"]


def test_a_fifo_queue_takes_a_twin_and_does_not_deliver_it(sqs: Any, fifo: str, lab: Lab) -> None:
    first = sqs.send_message(QueueUrl=fifo, MessageBody="b", MessageGroupId="g")
    again = sqs.send_message(QueueUrl=fifo, MessageBody="b", MessageGroupId="g")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert bodies(sqs, fifo) == ["b"]
    lab.clock.advance(minutes=5)
    later = sqs.send_message(QueueUrl=fifo, MessageBody="b", MessageGroupId="g")
    assert int(later["SequenceNumber"]) > int(first["SequenceNumber"])


def test_a_fifo_queue_needs_a_group(sqs: Any, fifo: str) -> None:
    assert refusal(sqs.send_message, QueueUrl=fifo, MessageBody="b") == Refusal(
        "MissingParameter", "The request must contain the parameter MessageGroupId."
    )


def test_a_queue_in_a_file_comes_back(tmp_path: Any) -> None:
    with Lab(tmp_path / "class.lab"):
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="hello")
    with Lab(tmp_path / "class.lab"):
        assert boto3.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
