"""ReceiveMessage and what comes after it: deleting what was worked on, or taking more time.

A message that is received is out of sight for the queue's visibility timeout, on the lab's clock. One that
was received too often goes to the dead-letter queue. Long polling does not wait: the lab answers at once.
Source: SQS API Reference, "ReceiveMessage"; Developer Guide, "Using dead-letter queues in Amazon SQS".
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.services.sqs.checksums import md5, md5_of_attributes
from labkit.cloud.services.sqs.faults import faults, out_of_range
from labkit.cloud.services.sqs.model import Message, Queue, message_key, redrive_target
from labkit.cloud.services.sqs.sealing import Sealing
from labkit.cloud.services.sqs.service import TICK
from labkit.crypto.randomness import public_uuid
from labkit.records import replace

MOST_AT_ONCE = 10
LOOKED_AT = 1000
LONGEST_WAIT = 20
LONGEST_TIMEOUT = 43_200


class Receiving(Sealing):
    """Receive messages, delete them, change how long they are out of sight."""

    def receive_message(
        self,
        QueueUrl: str,
        AttributeNames: Sequence[str] = (),
        MessageSystemAttributeNames: Sequence[str] = (),
        MessageAttributeNames: Sequence[str] = (),
        MaxNumberOfMessages: int = 1,
        VisibilityTimeout: int | None = None,
        WaitTimeSeconds: int = 0,
        ReceiveRequestAttemptId: str | None = None,
    ) -> dict[str, Any]:
        """Up to ten messages that are in sight, the oldest first; no Messages at all if there are none.

        Raises:
            QueueDoesNotExist. InvalidParameterValue: a number is out of its limits.
            KmsAccessDenied and others: see `sealing`.
        """
        queue = self.find(QueueUrl)
        if not 1 <= MaxNumberOfMessages <= MOST_AT_ONCE:
            raise out_of_range(
                "MaxNumberOfMessages", MaxNumberOfMessages, "Must be between 1 and 10, if provided."
            )
        if not 0 <= WaitTimeSeconds <= LONGEST_WAIT:
            raise out_of_range("WaitTimeSeconds", WaitTimeSeconds, "Must be >= 0 and <= 20, if provided.")
        hidden = self._until(queue, VisibilityTimeout)
        self.drop_old(queue)
        found: list[Message] = []
        for message in self._in_sight(queue):
            if not self._gave_up(queue, message):
                found.append(self.open(self._receive(message, hidden)))
            if len(found) == MaxNumberOfMessages:
                break
        names = {*AttributeNames, *MessageSystemAttributeNames}
        shown = [_shown(one, names, MessageAttributeNames) for one in found]
        return {"Messages": shown or None}

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:
        """Delete a message by the handle of its last receipt; one that is gone already is no error.

        Raises:
            QueueDoesNotExist, ReceiptHandleIsInvalid.
        """
        self._remove(self.find(QueueUrl), ReceiptHandle)

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        """Let a message be out of sight for so many seconds from now on; 0 brings it back at once.

        Raises:
            QueueDoesNotExist, ReceiptHandleIsInvalid, InvalidParameterValue.
            MessageNotInflight: it is in sight, or somebody else has received it since.
        """
        self._hide(self.find(QueueUrl), ReceiptHandle, VisibilityTimeout)

    def _remove(self, queue: Queue, ReceiptHandle: str) -> None:
        """What DeleteMessage does once it has found the queue."""
        message = self._received(queue, ReceiptHandle)
        if message is not None:
            self.tables.messages.delete(message.Id)

    def _hide(self, queue: Queue, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        """What ChangeMessageVisibility does once it has found the queue."""
        until = self._until(queue, VisibilityTimeout)
        message = self._received(queue, ReceiptHandle)
        if message is None or message.Visible <= self.now:
            raise faults.MessageNotInflight(
                f"Value {ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not "
                "exist or is not available for visibility timeout change."
            )
        self.tables.messages.put(replace(message, Visible=until))

    def _until(self, queue: Queue, timeout: int | None) -> datetime:
        if timeout is None:
            return self.now + self.seconds(queue, "VisibilityTimeout")
        if not 0 <= timeout <= LONGEST_TIMEOUT:
            raise out_of_range(
                "VisibilityTimeout", timeout, "Must be between 0 and 43200 seconds, if provided."
            )
        return self.now + timedelta(seconds=timeout)

    def _in_sight(self, queue: Queue) -> Iterator[Message]:
        """The messages that can be received now. Of a FIFO queue's group, none while one is being worked on,
        except for those that are received with it.
        """
        if not queue.fifo:
            visible = self.with_visible(queue, datetime.min.replace(tzinfo=UTC), self.now + TICK)
            yield from list(islice(visible, LOOKED_AT))
            return
        busy: set[str] = set()
        messages = self.tables.messages.beginning(message_key(queue.Name))
        for message in list(islice(messages, LOOKED_AT)):
            if message.Visible > self.now:
                busy.add(message.Group)
            elif message.Group not in busy:
                yield message

    def _receive(self, message: Message, hidden: datetime) -> Message:
        received = replace(
            message,
            Visible=hidden,
            Receives=message.Receives + 1,
            FirstReceived=message.FirstReceived or self.now,
            Receipt=public_uuid(),
        )
        self.tables.messages.put(received)
        return received

    def _gave_up(self, queue: Queue, message: Message) -> bool:
        """Move a message that was received too often to the dead-letter queue, if there is one."""
        policy = queue.Attributes.get("RedrivePolicy", "")
        if not policy or message.Receives < int(json.loads(policy)["maxReceiveCount"]):
            return False
        grave = self.tables.queues.get(redrive_target(policy))
        if grave is None:
            return False
        self.tables.messages.delete(message.Id)
        place = message_key(grave.Name, self.next_number(grave))
        moved = replace(message, Id=place, Queue=grave.Name, Visible=self.now, Receipt="", Source=queue.Arn)
        self.tables.messages.put(moved)
        return True

    def _received(self, queue: Queue, handle: str) -> Message | None:
        """The message that a handle is the last receipt of; None if there is no such message any more.

        Raises:
            ReceiptHandleIsInvalid: it is no handle of this queue's.
        """
        try:
            place, _, receipt = read_marker(handle).rpartition(" ")
        except BadMarkerError:
            place, receipt = "", ""
        if not place.startswith(message_key(queue.Name)):
            raise faults.ReceiptHandleIsInvalid(
                f'The input receipt handle "{handle}" is not a valid receipt handle.'
            )
        message = self.tables.messages.get(place)
        return message if message is not None and message.Receipt == receipt else None


def _shown(message: Message, names: set[str], wanted: Sequence[str]) -> dict[str, Any]:
    attributes = {name: value for name, value in _attributes(message).items() if _wants(wanted, name)}
    return {
        "MessageId": message.MessageId,
        "ReceiptHandle": make_marker(f"{message.Id} {message.Receipt}"),
        "MD5OfBody": md5(message.Body.encode()),
        "Body": message.Body,
        "Attributes": _system_attributes(message, names) or None,
        "MD5OfMessageAttributes": md5_of_attributes(attributes),
        "MessageAttributes": attributes or None,
    }


def _system_attributes(message: Message, names: set[str]) -> dict[str, str]:
    assert message.FirstReceived is not None
    known = {
        "SenderId": message.SenderId,
        "SentTimestamp": _milliseconds(message.Sent),
        "ApproximateReceiveCount": str(message.Receives),
        "ApproximateFirstReceiveTimestamp": _milliseconds(message.FirstReceived),
        "SequenceNumber": message.SequenceNumber,
        "MessageDeduplicationId": message.Deduplication,
        "MessageGroupId": message.Group,
        "AWSTraceHeader": message.TraceHeader,
        "DeadLetterQueueSourceArn": message.Source,
    }
    return {name: value for name, value in known.items() if value and ("All" in names or name in names)}


def _attributes(message: Message) -> dict[str, Mapping[str, Any]]:
    told: dict[str, dict[str, Any]] = json.loads(message.Attributes)
    for value in told.values():
        if "BinaryValue" in value:
            value["BinaryValue"] = b64decode(value["BinaryValue"])
    return dict(told)


def _wants(wanted: Sequence[str], name: str) -> bool:
    """Whether somebody who asks for `wanted` ("All", "colour", "colour.*") asks for this attribute."""
    return any(
        one in ("All", ".*", name) or (one.endswith(".*") and name.startswith(one[:-1])) for one in wanted
    )


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
