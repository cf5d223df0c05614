"""Message move tasks: dead letters go back to where they came from, or to another queue, so many a second.

A message that is moved counts as new: it has a new id, and its time in the queue begins anew.
Source: SQS API Reference, "StartMessageMoveTask"; Developer Guide, "Configuring a dead-letter queue redrive".
"""

from datetime import timedelta
from typing import Any

from labkit.cloud.services.sqs.faults import faults, invalid_parameter
from labkit.cloud.services.sqs.model import Message, MoveTask, Queue, message_key
from labkit.cloud.services.sqs.receiving import Receiving
from labkit.cloud.state.arns import Arn
from labkit.crypto.randomness import public_uuid
from labkit.records import replace

FASTEST = 500
MOST_LISTED = 10
RUNNING, COMPLETED, CANCELLED = "RUNNING", "COMPLETED", "CANCELLED"
ONE_SECOND = timedelta(seconds=1)


class Moving(Receiving):
    """Move dead letters."""

    def start_message_move_task(
        self,
        SourceArn: str,
        DestinationArn: str | None = None,
        MaxNumberOfMessagesPerSecond: int | None = None,
    ) -> dict[str, Any]:
        """Begin to move the messages of a dead-letter queue, 500 a second unless fewer are asked for.

        Raises:
            ResourceNotFoundException: there is no such queue.
            InvalidParameterValue: no queue sends its dead letters there, or the rate is none.
            UnsupportedOperation: a task is at it already.
        """
        source = self._queue(SourceArn, "SourceArn")
        if DestinationArn is not None:
            self._queue(DestinationArn, "DestinationArn", "sqs:SendMessage")
        if not self.tables.queues.having("dead letters", source.Name):
            raise invalid_parameter("Source queue must be configured as a Dead Letter Queue.")
        rate = MaxNumberOfMessagesPerSecond
        if rate is not None and not 1 <= rate <= FASTEST:
            raise invalid_parameter(
                f"Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be "
                f"between 1 and {FASTEST}, if provided."
            )
        tasks = self._tasks(source)
        if any(task.Status == RUNNING for task in tasks):
            raise faults.UnsupportedOperation(
                "There is already a task running. Only one active task is allowed for a source queue arn at "
                "a given time."
            )
        task = MoveTask(
            message_key(source.Name, int(tasks[-1].Key.rpartition(" ")[2]) + 1 if tasks else 1),
            public_uuid(),
            source.Arn,
            self.now,
            sum(1 for _ in self._in_sight(source)),
            DestinationArn,
            rate,
        )
        self.tables.moves.put(task)
        for old in tasks[: 1 - MOST_LISTED]:
            self.tables.moves.delete(old.Key)
        self.plan(_plan(task), self.now, "_move", {"Task": task.Key})
        return {"TaskHandle": task.TaskHandle}

    def cancel_message_move_task(self, TaskHandle: str) -> dict[str, Any]:
        """Stop a task; what it has moved stays moved. ResourceNotFoundException: no such task is running."""
        task = next(iter(self.tables.moves.having("handle", TaskHandle)), None)
        self.allow(task.SourceArn if task else self.arn("*"))
        if task is None or task.Status != RUNNING:
            raise faults.ResourceNotFoundException("Task does not exist.")
        self.cancel(_plan(task))
        self.tables.moves.put(replace(task, Status=CANCELLED))
        return {"ApproximateNumberOfMessagesMoved": task.Moved}

    def list_message_move_tasks(self, SourceArn: str, MaxResults: int = 1) -> dict[str, Any]:
        """The last tasks of a queue, the newest first. ResourceNotFoundException: there is no such queue."""
        tasks = self._tasks(self._queue(SourceArn, "SourceArn"))
        if not 1 <= MaxResults <= MOST_LISTED:
            raise invalid_parameter(
                f"Value {MaxResults} for parameter MaxResults is invalid. Reason: Must be between 1 and "
                f"{MOST_LISTED}, if provided."
            )
        return {"Results": [_shown(task) for task in reversed(tasks[-MaxResults:])]}

    def _move(self, Task: str) -> None:
        """Move as many as a second allows, and come again in a second if more are there."""
        task = self.tables.moves.get(Task)
        source = self.tables.queues.get(task.SourceArn.rpartition(":")[2]) if task else None
        if task is None or source is None:
            return
        rate = task.MaxNumberOfMessagesPerSecond or FASTEST
        waiting = [message for message in self._in_sight(source) if self._destination(task, message)]
        for message in waiting[:rate]:
            target = self._destination(task, message)
            assert target is not None
            self._pass_on(message, target)
        moved = replace(task, Moved=task.Moved + len(waiting[:rate]))
        if len(waiting) > rate:
            self.plan(_plan(task), self.now + ONE_SECOND, "_move", {"Task": task.Key})
        else:
            moved = replace(moved, Status=COMPLETED)
        self.tables.moves.put(moved)

    def _pass_on(self, message: Message, target: Queue) -> None:
        self.tables.messages.delete(message.Id)
        fresh = replace(
            message,
            Id=message_key(target.Name, self.next_number(target)),
            Queue=target.Name,
            MessageId=public_uuid(),
            Sent=self.now,
            Visible=self.now,
            Receives=0,
            FirstReceived=None,
            Receipt="",
            Source="",
        )
        self.tables.messages.put(fresh)

    def _destination(self, task: MoveTask, message: Message) -> Queue | None:
        """Where a message goes; None if it came from nowhere that there is."""
        return self.tables.queues.get((task.DestinationArn or message.Source).rpartition(":")[2])

    def _queue(self, arn: str, parameter: str, action: str = "") -> Queue:
        parsed = Arn.parse(arn)
        name = parsed.resource if parsed and (parsed.account, parsed.region) == self._place else ""
        self.allow(arn, action)
        found = self.tables.queues.get(name)
        if found is None:
            raise faults.ResourceNotFoundException(
                f"The resource that you specified for the {parameter} parameter doesn't exist."
            )
        return found

    @property
    def _place(self) -> tuple[str, str]:
        return self.account, self.region

    def _tasks(self, queue: Queue) -> list[MoveTask]:
        """The last tasks of a queue, the oldest first."""
        return list(self.tables.moves.beginning(message_key(queue.Name)))


def _plan(task: MoveTask) -> str:
    return f"sqs: move {task.TaskHandle}"


def _shown(task: MoveTask) -> dict[str, Any]:
    return {
        "TaskHandle": task.TaskHandle if task.Status == RUNNING else None,
        "Status": task.Status,
        "SourceArn": task.SourceArn,
        "DestinationArn": task.DestinationArn,
        "MaxNumberOfMessagesPerSecond": task.MaxNumberOfMessagesPerSecond,
        "ApproximateNumberOfMessagesMoved": task.Moved,
        "ApproximateNumberOfMessagesToMove": task.ToMove,
        "StartedTimestamp": int(task.Started.timestamp() * 1000),
    }
