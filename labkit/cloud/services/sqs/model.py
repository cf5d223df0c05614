"""What SQS remembers: queues, the messages in them, and which messages came twice.

A message that is received stays where it is; it is only out of sight until its visibility timeout is over.
Who has worked on it deletes it. So nothing is lost when a worker dies.
Source: SQS Developer Guide, "Amazon SQS visibility timeout".
"""

import json
from collections.abc import Mapping
from datetime import datetime

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

FIFO = ".fifo"


class Queue(Record):
    """A queue without its messages. `Attributes` are those that were set, by the names of SetQueueAttributes.

    `Arrivals` counts the messages that ever came; `Purged` is when all of them were thrown away last.
    """

    Name: str
    Arn: str
    Created: datetime
    Modified: datetime
    Attributes: Mapping[str, str] = {}
    Tags: tuple[tuple[str, str], ...] = ()
    Arrivals: int = 0
    Purged: datetime | None = None

    @property
    def fifo(self) -> bool:
        """Whether messages leave in the order in which they came."""
        return self.Name.endswith(FIFO)

    @property
    def dead_letter_queue(self) -> str:
        """The name of the queue for messages that nobody could work on; empty if there is none."""
        return redrive_target(self.Attributes.get("RedrivePolicy", ""))


class Message(Record):
    """A message. `Id` is the queue and the number of its arrival, `Visible` from when on it can be received.

    `Attributes` is the JSON of its message attributes, blobs in base64. `Receipt` belongs to the last time
    that it was received; `Source` is the ARN of the queue that gave it up, for a dead letter. `Sealed` is the
    body in an envelope, if the queue has a key, made for the queue `SealedFor` (an ARN); or, without that,
    the body under SQS's own key.
    """

    Id: str
    Queue: str
    MessageId: str
    Body: str
    Sent: datetime
    SenderId: str
    Visible: datetime
    Attributes: str = "{}"
    TraceHeader: str = ""
    Group: str = ""
    Deduplication: str = ""
    SequenceNumber: str = ""
    Receives: int = 0
    FirstReceived: datetime | None = None
    Receipt: str = ""
    Source: str = ""
    Sealed: bytes = b""
    SealedFor: str = ""


class Twin(Record):
    """A message that was sent to a FIFO queue: for five minutes, its like is taken and not delivered."""

    Key: str
    MessageId: str
    SequenceNumber: str
    Until: datetime


class MoveTask(Record):
    """Dead letters on their way; names are those of ListMessageMoveTasks where it has them."""

    Key: str
    TaskHandle: str
    SourceArn: str
    Started: datetime
    ToMove: int
    DestinationArn: str | None = None
    MaxNumberOfMessagesPerSecond: int | None = None
    Status: str = "RUNNING"
    Moved: int = 0


class SqsTables(Tables):
    """SQS's memory in one account and region."""

    service = "sqs"
    queues = table(Queue, key="Name", indexes={"dead letters": lambda queue: queue.dead_letter_queue})
    messages = table(Message, key="Id", indexes={"visible": lambda one: (one.Queue, one.Visible)})
    moves = table(MoveTask, key="Key", indexes={"handle": lambda task: task.TaskHandle})
    twins = table(Twin, key="Key", indexes={"until": lambda twin: twin.Until})


def message_key(queue: str, number: int | None = None) -> str:
    """The key of a queue's message, or without a number what the keys of all its messages begin with."""
    return f"{queue} {number:012d}" if number is not None else f"{queue} "


def redrive_target(policy: str) -> str:
    """The name of the dead-letter queue that a RedrivePolicy tells; empty without a policy."""
    return str(json.loads(policy)["deadLetterTargetArn"]).rpartition(":")[2] if policy else ""
