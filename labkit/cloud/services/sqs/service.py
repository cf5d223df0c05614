"""What every chapter of SQS begins with: which queue, and may I.

A queue goes by its URL, https://sqs.us-east-1.amazonaws.com/123456789012/orders. Its policy can let others
in: other accounts, and services such as EventBridge, which has no other way in.
Source: SQS Developer Guide, "Queue and message identifiers", "Using custom policies"; Service Authorization
Reference, "Amazon SQS".
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import takewhile

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.core.service import Service
from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.services.sqs.attributes import DEFAULTS
from labkit.cloud.services.sqs.faults import faults
from labkit.cloud.services.sqs.model import Message, Queue, SqsTables, message_key
from labkit.records import replace

ADDRESS = re.compile(r"https?://[^/]+/(?P<account>[0-9]{12})/(?P<name>[^/]+)/?")
TICK = timedelta.resolution


class SqsService(Service):
    """Base of SQS's chapters."""

    name = "sqs"
    data_events = frozenset(
        {
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
            "DeleteMessage",
            "DeleteMessageBatch",
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
        }
    )

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(SqsTables, self.account, self.region)

    def find(self, QueueUrl: str, action: str = "", tags: Mapping[str, str] = {}) -> Queue:
        """The queue of this URL, once it is clear that the caller may do this with it.

        `tags` are those that the request brings. From here on `self.tables` are those of the queue's account.

        Raises:
            InvalidAddress: it is no queue's URL.
            AccessDenied: the caller may not.
            QueueDoesNotExist: there is none.
        """
        address = ADDRESS.fullmatch(QueueUrl)
        if address is None:
            raise faults.InvalidAddress(f"The address {QueueUrl} is not valid for this endpoint.")
        return self.find_named(address["name"], address["account"], action, tags)

    def find_named(
        self, name: str, account: str = "", action: str = "", tags: Mapping[str, str] = {}
    ) -> Queue:
        """The same for a name, in the caller's account unless another is given."""
        if account and account != self.account:
            self.tables = self.cloud.store.tables(SqsTables, account, self.region)
        queue = self.tables.queues.get(name)
        arn = self.arn(name).replace(f":{self.account}:", f":{account or self.account}:", 1)
        policy = queue.Attributes.get("Policy") if queue else None
        self.allow(arn, action, policy or None, facts=lambda: self.facts(queue, tags))
        if queue is None:
            raise faults.QueueDoesNotExist("The specified queue does not exist.")
        return queue

    def url(self, queue: Queue) -> str:
        """The URL of a queue."""
        account = queue.Arn.split(":")[4]
        ending = ".cn" if self.region.startswith("cn-") else ""
        return f"https://sqs.{self.region}.amazonaws.com{ending}/{account}/{queue.Name}"

    def seconds(self, queue: Queue, attribute: str) -> timedelta:
        """An attribute of a queue that is a time, or what it is by default."""
        return timedelta(seconds=self.number(queue, attribute))

    def number(self, queue: Queue, attribute: str) -> int:
        """An attribute of a queue that is a number, or what it is by default."""
        return int(queue.Attributes.get(attribute) or DEFAULTS[attribute])

    def drop_old(self, queue: Queue) -> None:
        """Forget the messages that have been kept for as long as the queue keeps them."""
        oldest = self.now - self.seconds(queue, "MessageRetentionPeriod")
        messages = self.tables.messages.beginning(message_key(queue.Name))
        for message in list(takewhile(lambda one: one.Sent <= oldest, messages)):
            self.tables.messages.delete(message.Id)

    def with_visible(self, queue: Queue, first: datetime, end: datetime) -> Iterator[Message]:
        """The messages of a queue that are in sight from some time between `first` and just before `end`."""
        return self.tables.messages.ranged("visible", (queue.Name, first), (queue.Name, end))

    def next_number(self, queue: Queue) -> int:
        """The number of the next message that comes into a queue."""
        fresh = self.tables.queues.get(queue.Name) or queue
        self.tables.queues.put(replace(fresh, Arrivals=fresh.Arrivals + 1))
        return fresh.Arrivals + 1

    def facts(self, queue: Queue | None, tags: Mapping[str, str]) -> Facts:
        """The condition keys of a queue's tags, and of those that a request brings."""
        brought = facts_of_tags([{"Key": key, "Value": value} for key, value in tags.items()])
        held = {f"aws:ResourceTag/{key}": value for key, value in (queue.Tags if queue else ())}
        return {**held, **brought}

    def _denied(self, decision: Decision) -> AwsError:
        """SQS spells actions in lower case, and calls the error as it did in XML."""
        action = decision.action
        told = str(super()._denied(decision)).replace(action, action.lower())
        return aws_error("AccessDenied", 403, told)
