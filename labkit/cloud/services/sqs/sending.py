"""SendMessage: a message joins the queue. In a FIFO queue it joins its group, and comes only once.

Source: SQS API Reference, "SendMessage"; Developer Guide, "Exactly-once processing in Amazon SQS".
"""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labkit.cloud.services.sqs.checksums import md5, md5_of_attributes
from labkit.cloud.services.sqs.faults import (
    faults,
    invalid_parameter,
    missing_parameter,
    out_of_range,
)
from labkit.cloud.services.sqs.model import Message, Queue, Twin, message_key
from labkit.cloud.services.sqs.sealing import Sealing
from labkit.crypto.randomness import public_uuid

LONGEST_DELAY = 900
MOST_ATTRIBUTES = 10
TWINS_ARE_KNOWN_FOR = timedelta(minutes=5)
FIRST_SEQUENCE_NUMBER, STEP = 18_849_000_000_000_000_000, 256
NOT_ALLOWED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TYPES = re.compile(r"(String|Number|Binary)(\..+)?")
TOKEN = re.compile(r"[!-~]{1,128}")


class Sending(Sealing):
    """Send messages."""

    def send_message(
        self,
        QueueUrl: str,
        MessageBody: str,
        DelaySeconds: int | None = None,
        MessageAttributes: Mapping[str, Any] = {},
        MessageSystemAttributes: Mapping[str, Any] = {},
        MessageDeduplicationId: str | None = None,
        MessageGroupId: str | None = None,
    ) -> dict[str, Any]:
        """Put a message into a queue.

        Raises:
            QueueDoesNotExist. KmsAccessDenied and others: see `sealing`.
            InvalidMessageContents: the body has letters that XML doesn't know.
            InvalidParameterValue, MissingParameter: it is too long, or not what this kind of queue wants.
        """
        return self._take_in(
            self.find(QueueUrl),
            MessageBody=MessageBody,
            DelaySeconds=DelaySeconds,
            MessageAttributes=MessageAttributes,
            MessageSystemAttributes=MessageSystemAttributes,
            MessageDeduplicationId=MessageDeduplicationId,
            MessageGroupId=MessageGroupId,
        )

    def _take_in(
        self,
        queue: Queue,
        MessageBody: str,
        DelaySeconds: int | None = None,
        MessageAttributes: Mapping[str, Any] = {},
        MessageSystemAttributes: Mapping[str, Any] = {},
        MessageDeduplicationId: str | None = None,
        MessageGroupId: str | None = None,
    ) -> dict[str, Any]:
        """What SendMessage does once it has found the queue; a batch does it for each of its entries."""
        self._check_body(queue, MessageBody, MessageAttributes)
        _check_delay(queue, DelaySeconds)
        twin_key = self._twin_key(queue, MessageBody, MessageGroupId, MessageDeduplicationId)
        answer = {
            "MD5OfMessageBody": md5(MessageBody.encode()),
            "MD5OfMessageAttributes": md5_of_attributes(MessageAttributes),
            "MD5OfMessageSystemAttributes": md5_of_attributes(MessageSystemAttributes),
        }
        if twin := self._twin(twin_key):
            return {**answer, "MessageId": twin.MessageId, "SequenceNumber": twin.SequenceNumber}
        number = self.next_number(queue)
        delay = (
            self.seconds(queue, "DelaySeconds") if DelaySeconds is None else timedelta(seconds=DelaySeconds)
        )
        message = Message(
            message_key(queue.Name, number),
            queue.Name,
            public_uuid(),
            MessageBody,
            self.now,
            self.principal.user_id,
            self.now + delay,
            json.dumps(MessageAttributes, default=_base64),
            MessageSystemAttributes.get("AWSTraceHeader", {}).get("StringValue", ""),
            MessageGroupId or "",
            twin_key.rpartition(" ")[2],
            str(FIRST_SEQUENCE_NUMBER + number * STEP) if queue.fifo else "",
        )
        self.tables.messages.put(self.seal(queue, message))
        if twin_key:
            until = self.now + TWINS_ARE_KNOWN_FOR
            self.tables.twins.put(Twin(twin_key, message.MessageId, message.SequenceNumber, until))
        return {
            **answer,
            "MessageId": message.MessageId,
            "SequenceNumber": message.SequenceNumber or None,
        }

    def _check_body(self, queue: Queue, body: str, attributes: Mapping[str, Any]) -> None:
        if not body:
            raise missing_parameter("MessageBody")
        if NOT_ALLOWED.search(body):
            raise faults.InvalidMessageContents(
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
                "#xE000 to #xFFFD | #x10000 to #x10FFFF"
            )
        if len(attributes) > MOST_ATTRIBUTES:
            raise invalid_parameter(
                f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [10]."
            )
        for name, value in attributes.items():
            _check_attribute(name, value)
        longest = self.number(queue, "MaximumMessageSize")
        if size_of(body, attributes) > longest:
            raise invalid_parameter(
                f"One or more parameters are invalid. Reason: Message must be shorter than {longest} bytes."
            )

    def _twin_key(self, queue: Queue, body: str, group: str | None, token: str | None) -> str:
        """Under which key a FIFO queue knows a message again; empty for other queues."""
        for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", token)):
            if value is not None and not TOKEN.fullmatch(value):
                raise out_of_pattern(name, value)
        if not queue.fifo:
            if token is not None:
                raise invalid_parameter(
                    f"Value {token} for parameter MessageDeduplicationId is invalid. Reason: The request "
                    "includes a parameter that is not valid for this queue type."
                )
            return ""
        if group is None:
            raise missing_parameter("MessageGroupId")
        if token is None and queue.Attributes.get("ContentBasedDeduplication") != "true":
            raise invalid_parameter(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
                "provided explicitly"
            )
        scope = group if queue.Attributes.get("DeduplicationScope") == "messageGroup" else ""
        return f"{queue.Name} {scope} {token or hashlib.sha256(body.encode()).hexdigest()}"

    def _twin(self, key: str) -> Twin | None:
        while (oldest := self.tables.twins.lowest("until")) is not None and oldest.Until <= self.now:
            self.tables.twins.delete(oldest.Key)
        return self.tables.twins.get(key) if key else None


def size_of(body: str, attributes: Mapping[str, Any]) -> int:
    """How many bytes a message counts: its body, and names, types and values of its attributes."""
    total = len(body.encode())
    for name, value in attributes.items():
        told = value.get("StringValue", "").encode() or value.get("BinaryValue", b"")
        total += len(name.encode()) + len(value["DataType"].encode()) + len(told)
    return total


def out_of_pattern(name: str, value: str) -> Exception:
    """What is told of an id that has other letters, or more than 128."""
    return invalid_parameter(
        f"Value {value} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and "
        "punctuation characters. 1 to 128 in length."
    )


def _check_delay(queue: Queue, delay: int | None) -> None:
    if delay is None:
        return
    if queue.fifo and delay:
        raise invalid_parameter(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: The request include parameter "
            "that is not valid for this queue type."
        )
    if not 0 <= delay <= LONGEST_DELAY:
        raise out_of_range("DelaySeconds", delay, "DelaySeconds must be >= 0 and <= 900.")


def _check_attribute(name: str, value: Mapping[str, Any]) -> None:
    kind = TYPES.fullmatch(value["DataType"])
    if kind is None:
        raise invalid_parameter(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following "
            "supported type prefixes: Binary, Number, String."
        )
    if not value.get("BinaryValue" if kind[1] == "Binary" else "StringValue"):
        raise invalid_parameter(
            f"The message (user) attribute '{name}' must contain a non-empty value of type '{kind[1]}'."
        )


def _base64(value: object) -> str:
    assert isinstance(value, bytes)
    return b64encode(value).decode()
