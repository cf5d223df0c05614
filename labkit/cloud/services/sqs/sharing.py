"""AddPermission and RemovePermission: statements of a queue's policy, by their labels.

Source: SQS API Reference, "AddPermission", "RemovePermission".
"""

import json
from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.sqs.faults import invalid_parameter
from labkit.cloud.services.sqs.model import Queue
from labkit.cloud.services.sqs.service import SqsService
from labkit.cloud.state.arns import partition_of
from labkit.records import replace


class Sharing(SqsService):
    """Let other accounts in."""

    def add_permission(
        self, QueueUrl: str, Label: str, AWSAccountIds: Sequence[str], Actions: Sequence[str]
    ) -> None:
        """Let these accounts do these actions ("SendMessage", "*").

        Raises:
            QueueDoesNotExist. InvalidParameterValue: the label is taken.
        """
        queue = self.find(QueueUrl)
        statements = self._statements(queue)
        if any(one.get("Sid") == Label for one in statements):
            raise invalid_parameter(f"Value {Label} for parameter Label is invalid. Reason: Already exists.")
        partition = partition_of(self.region)
        added = {
            "Sid": Label,
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:{partition}:iam::{account}:root" for account in AWSAccountIds]},
            "Action": [f"SQS:{action}" for action in Actions],
            "Resource": queue.Arn,
        }
        self._put_statements(queue, [*statements, added])

    def remove_permission(self, QueueUrl: str, Label: str) -> None:
        """Take a statement out of the policy. QueueDoesNotExist, InvalidParameterValue."""
        queue = self.find(QueueUrl)
        statements = self._statements(queue)
        kept = [one for one in statements if one.get("Sid") != Label]
        if len(kept) == len(statements):
            raise invalid_parameter(
                f"Value {Label} for parameter Label is invalid. Reason: can't find label."
            )
        self._put_statements(queue, kept)

    def _statements(self, queue: Queue) -> list[dict[str, Any]]:
        found: Any = json.loads(queue.Attributes.get("Policy") or "{}").get("Statement", [])
        return found if isinstance(found, list) else [found]

    def _put_statements(self, queue: Queue, statements: Sequence[dict[str, Any]]) -> None:
        policy = {
            "Version": "2012-10-17",
            "Id": f"{queue.Arn}/SQSDefaultPolicy",
            "Statement": statements,
        }
        told = {name: value for name, value in queue.Attributes.items() if name != "Policy"}
        attributes = told | ({"Policy": json.dumps(policy)} if statements else {})
        self.tables.queues.put(replace(queue, Attributes=attributes, Modified=self.now))
