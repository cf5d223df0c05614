"""Ten at once: an entry that fails is told in the answer, and the others go on.

Source: SQS API Reference, "SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.sqs.faults import faults
from labkit.cloud.services.sqs.receiving import Receiving
from labkit.cloud.services.sqs.sending import Sending, size_of

Entry = Mapping[str, Any]

MOST = 10
LONGEST = 1_048_576
ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Batches(Sending, Receiving):
    """The same operations, ten at a time."""

    def send_message_batch(self, QueueUrl: str, Entries: Sequence[Entry]) -> dict[str, Any]:
        """Send up to ten messages.

        Raises:
            QueueDoesNotExist, BatchRequestTooLong; for all batches:
            EmptyBatchRequest, TooManyEntriesInBatchRequest, InvalidBatchEntryId, BatchEntryIdsNotDistinct.
        """
        queue = self.find(QueueUrl, "sqs:SendMessage")
        _check("SendMessageBatchRequestEntry", Entries)
        size = sum(size_of(entry["MessageBody"], entry.get("MessageAttributes", {})) for entry in Entries)
        if size > LONGEST:
            raise faults.BatchRequestTooLong(
                f"Batch requests cannot be longer than {LONGEST} bytes. You have sent {size} bytes."
            )
        return self._each(Entries, lambda entry: self._take_in(queue, **_without_id(entry)))

    def delete_message_batch(self, QueueUrl: str, Entries: Sequence[Entry]) -> dict[str, Any]:
        """Delete up to ten messages. QueueDoesNotExist."""
        queue = self.find(QueueUrl, "sqs:DeleteMessage")
        _check("DeleteMessageBatchRequestEntry", Entries)
        return self._each(Entries, lambda entry: self._remove(queue, **_without_id(entry)))

    def change_message_visibility_batch(self, QueueUrl: str, Entries: Sequence[Entry]) -> dict[str, Any]:
        """Change how long up to ten messages are out of sight. QueueDoesNotExist."""
        queue = self.find(QueueUrl, "sqs:ChangeMessageVisibility")
        _check("ChangeMessageVisibilityBatchRequestEntry", Entries)
        return self._each(
            Entries,
            lambda entry: self._hide(queue, entry["ReceiptHandle"], entry.get("VisibilityTimeout", 0)),
        )

    def _each(
        self, entries: Sequence[Entry], act: Callable[[Entry], dict[str, Any] | None]
    ) -> dict[str, Any]:
        done, failed = [], []
        for entry in entries:
            try:
                with self.cloud.store.transaction:
                    done.append({"Id": entry["Id"], **(act(entry) or {})})
            except AwsError as error:
                failed.append(
                    {
                        "Id": entry["Id"],
                        "SenderFault": error.sender_fault,
                        "Code": error.code,
                        "Message": error.message,
                    }
                )
        return {"Successful": done, "Failed": failed or None}


def _without_id(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "Id"}


def _check(kind: str, entries: Sequence[Entry]) -> None:
    """Go on only if these can be a batch at all."""
    if not entries:
        raise faults.EmptyBatchRequest(f"There should be at least one {kind} in the request.")
    if len(entries) > MOST:
        raise faults.TooManyEntriesInBatchRequest(
            f"Maximum number of entries per request are {MOST}. You have sent {len(entries)}."
        )
    seen: set[str] = set()
    for entry in entries:
        if not ID.fullmatch(entry["Id"]):
            raise faults.InvalidBatchEntryId(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long."
            )
        if entry["Id"] in seen:
            raise faults.BatchEntryIdsNotDistinct(f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])
