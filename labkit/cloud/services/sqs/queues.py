"""Queues: made, found, set, emptied, deleted.

Source: SQS API Reference, "CreateQueue", "SetQueueAttributes", "GetQueueAttributes", "PurgeQueue".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.services.sqs.attributes import (
    DEFAULTS,
    FIFO_DEFAULTS,
    KEY_DEFAULTS,
    checked,
    may_redrive,
    same_kind,
    wrong_value,
)
from labkit.cloud.services.sqs.faults import faults, invalid_parameter
from labkit.cloud.services.sqs.model import FIFO, Queue, message_key, redrive_target
from labkit.cloud.services.sqs.service import TICK, SqsService
from labkit.records import replace

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
PAGE = 1000
PURGE_PAUSE = timedelta(seconds=60)


class Queues(SqsService):
    """Make and manage queues."""

    def create_queue(
        self, QueueName: str, Attributes: Mapping[str, str] = {}, tags: Mapping[str, str] = {}
    ) -> dict[str, Any]:
        """Make a queue, or find the one that is already like this.

        Raises:
            InvalidParameterValue: nothing can go by this name.
            InvalidAttributeName, InvalidAttributeValue: see `attributes`.
            QueueNameExists: a queue has this name, and other attributes.
        """
        self.allow(self.arn(QueueName), facts=lambda: self.facts(None, tags))
        fifo = Attributes.get("FifoQueue") == "true"
        _check_name(QueueName, fifo)
        attributes = checked(Attributes, fifo=fifo)
        present = self.tables.queues.get(QueueName)
        if present is not None:
            shown = self._attributes(present)
            for name, value in attributes.items():
                if shown.get(name, "") != value:
                    raise faults.QueueNameExists(
                        "A queue already exists with the same name and a different value for attribute "
                        f"{name}"
                    )
            return {"QueueUrl": self.url(present)}
        queue = Queue(
            QueueName, self.arn(QueueName), self.now, self.now, attributes, tuple(sorted(tags.items()))
        )
        self._check_redrive(queue)
        self.tables.queues.put(queue)
        return {"QueueUrl": self.url(queue)}

    def delete_queue(self, QueueUrl: str) -> None:
        """Delete a queue with all its messages; its name is free at once. QueueDoesNotExist."""
        queue = self.find(QueueUrl)
        self._empty(queue)
        for twin in list(self.tables.twins.beginning(message_key(queue.Name))):
            self.tables.twins.delete(twin.Key)
        for task in list(self.tables.moves.beginning(message_key(queue.Name))):
            self.tables.moves.delete(task.Key)
        self.tables.queues.delete(queue.Name)

    def purge_queue(self, QueueUrl: str) -> None:
        """Throw all messages away. PurgeQueueInProgress: it was done less than a minute ago."""
        queue = self.find(QueueUrl)
        if queue.Purged is not None and self.now < queue.Purged + PURGE_PAUSE:
            raise faults.PurgeQueueInProgress(
                f"Only one PurgeQueue operation on {queue.Name} is allowed every 60 seconds."
            )
        self._empty(queue)
        self.tables.queues.put(replace(queue, Purged=self.now))

    def get_queue_url(self, QueueName: str, QueueOwnerAWSAccountId: str | None = None) -> dict[str, Any]:
        """The URL of a queue by its name. QueueDoesNotExist."""
        return {"QueueUrl": self.url(self.find_named(QueueName, QueueOwnerAWSAccountId or ""))}

    def list_queues(
        self, QueueNamePrefix: str = "", NextToken: str | None = None, MaxResults: int | None = None
    ) -> dict[str, Any]:
        """The URLs of the queues whose names begin so; a token only for those who ask for pages."""
        self.allow(self.arn("*"))
        limit = PAGE if MaxResults is None else MaxResults
        if not 1 <= limit <= PAGE:
            raise invalid_parameter("Value for parameter MaxResults is invalid. Reason: Must be 1 to 1000.")
        queues = self.tables.queues.beginning(QueueNamePrefix, _marker_in(NextToken))
        return self._page_of_queues(list(queues), limit, "QueueUrls", paged=MaxResults is not None)

    def list_dead_letter_source_queues(
        self, QueueUrl: str, NextToken: str | None = None, MaxResults: int = PAGE
    ) -> dict[str, Any]:
        """The URLs of the queues whose dead letters come here. QueueDoesNotExist."""
        queue = self.find(QueueUrl)
        after = _marker_in(NextToken) or ""
        sources = [one for one in self.tables.queues.having("dead letters", queue.Name) if one.Name > after]
        return self._page_of_queues(sources, MaxResults, "queueUrls", paged=True)

    def set_queue_attributes(self, QueueUrl: str, Attributes: Mapping[str, str]) -> None:
        """Set attributes; an empty Policy or RedrivePolicy takes it away.

        Raises:
            QueueDoesNotExist, InvalidAttributeName, InvalidAttributeValue.
        """
        queue = self.find(QueueUrl)
        if "FifoQueue" in Attributes:
            raise faults.InvalidAttributeName("Unknown Attribute FifoQueue.")
        given = {**queue.Attributes, **checked(Attributes, fifo=queue.fifo)}
        kept = {name: value for name, value in given.items() if value}
        changed = replace(queue, Attributes=kept, Modified=self.now)
        self._check_redrive(changed)
        self.tables.queues.put(changed)

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: Sequence[str] = ()) -> dict[str, Any]:
        """The attributes that are named; "All" names all of them. QueueDoesNotExist, InvalidAttributeName."""
        queue = self.find(QueueUrl)
        shown = self._attributes(queue)
        if "All" in AttributeNames:
            return {"Attributes": shown}
        return {"Attributes": {name: shown[name] for name in AttributeNames if name in shown} or None}

    def list_queue_tags(self, QueueUrl: str) -> dict[str, Any]:
        """The tags of a queue. QueueDoesNotExist."""
        return {"Tags": dict(self.find(QueueUrl).Tags) or None}

    def tag_queue(self, QueueUrl: str, Tags: Mapping[str, str]) -> None:
        """Add tags, or change them. QueueDoesNotExist."""
        queue = self.find(QueueUrl, tags=Tags)
        self.tables.queues.put(replace(queue, Tags=tuple(sorted((dict(queue.Tags) | dict(Tags)).items()))))

    def untag_queue(self, QueueUrl: str, TagKeys: Sequence[str]) -> None:
        """Take tags off. QueueDoesNotExist."""
        queue = self.find(QueueUrl)
        kept = tuple((key, value) for key, value in queue.Tags if key not in TagKeys)
        self.tables.queues.put(replace(queue, Tags=kept))

    def _attributes(self, queue: Queue) -> dict[str, str]:
        self.drop_old(queue)
        total = self.tables.messages.count_between(f"{queue.Name} ", f"{queue.Name}!")
        never = datetime.max.replace(tzinfo=UTC)
        hidden = [one.Receives for one in self.with_visible(queue, self.now + TICK, never)]
        delayed = hidden.count(0)
        return {
            "QueueArn": queue.Arn,
            "ApproximateNumberOfMessages": str(total - len(hidden)),
            "ApproximateNumberOfMessagesNotVisible": str(len(hidden) - delayed),
            "ApproximateNumberOfMessagesDelayed": str(delayed),
            "CreatedTimestamp": str(int(queue.Created.timestamp())),
            "LastModifiedTimestamp": str(int(queue.Modified.timestamp())),
            **DEFAULTS,
            **(FIFO_DEFAULTS if queue.fifo else {}),
            **(KEY_DEFAULTS if queue.Attributes.get("KmsMasterKeyId") else {}),
            **{name: value for name, value in queue.Attributes.items() if value},
        }

    def _check_redrive(self, queue: Queue) -> None:
        """A dead-letter queue must exist, be of the same kind, and take what comes from here."""
        policy = queue.Attributes.get("RedrivePolicy", "")
        if not policy:
            return
        target = self.tables.queues.get(redrive_target(policy))
        if target is None or not same_kind(target.Name, queue.Name):
            raise wrong_value("RedrivePolicy")
        if not may_redrive(target.Attributes.get("RedriveAllowPolicy", ""), queue.Arn):
            raise wrong_value("RedrivePolicy")

    def _empty(self, queue: Queue) -> None:
        for message in list(self.tables.messages.beginning(message_key(queue.Name))):
            self.tables.messages.delete(message.Id)

    def _page_of_queues(
        self, queues: Sequence[Queue], limit: int, name: str, *, paged: bool
    ) -> dict[str, Any]:
        shown = queues[:limit]
        more = make_marker(shown[-1].Name) if paged and len(queues) > limit else None
        return {name: [self.url(one) for one in shown] or None, "NextToken": more}


def _check_name(name: str, fifo: bool) -> None:
    stem = name.removesuffix(FIFO)
    if fifo and not (name.endswith(FIFO) and NAME.fullmatch(stem) and len(name) <= 80):
        raise invalid_parameter(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if not fifo and not NAME.fullmatch(name):
        raise invalid_parameter(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )


def _marker_in(token: str | None) -> str | None:
    try:
        return read_marker(token) if token else None
    except BadMarkerError:
        raise invalid_parameter("Invalid or expired next token.") from None
