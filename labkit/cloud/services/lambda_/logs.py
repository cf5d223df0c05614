"""The log of an invocation: what the code printed, between START, END and REPORT.

It is written in the name of the function's role. A role that may not write leaves no log, and nobody is told.
Source: Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs", "Log and monitor Python
Lambda functions".
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from labkit.cloud.core.functions import LogLine, Outcome
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.lambda_.model import Version
from labkit.cloud.services.lambda_.service import LambdaService

# What goes into one PutLogEvents. Source: CloudWatch Logs API Reference, "PutLogEvents".
MOST_EVENTS, MOST_BYTES, BYTES_AN_EVENT = 10_000, 1_048_576, 26
LONGEST = 200_000


class Logs(LambdaService):
    """Writing to CloudWatch Logs."""

    def write_log(
        self, group: str, stream: str, lines: Sequence[LogLine], writer: Principal, *, new: bool
    ) -> None:
        """Put lines into a log stream as `writer`; a `new` stream is made, and its group where it lacks."""
        assert self.cloud.call_within is not None
        ask = partial(self.cloud.call_within, self.call, writer, "logs", region=self.region)
        try:
            if new:
                try:
                    ask(operation="CreateLogStream", logGroupName=group, logStreamName=stream)
                except AwsError as error:
                    if error.code != "ResourceNotFoundException":
                        raise
                    ask(operation="CreateLogGroup", logGroupName=group)
                    ask(operation="CreateLogStream", logGroupName=group, logStreamName=stream)
            for batch in _batches(lines):
                events = [
                    {"timestamp": int(line.time.timestamp() * 1000), "message": line.text[:LONGEST]}
                    for line in batch
                ]
                ask(operation="PutLogEvents", logGroupName=group, logStreamName=stream, logEvents=events)
        except AwsError:
            return  # as on AWS, the invocation has ended well all the same


def lines_of(
    request_id: str, version: Version, outcome: Outcome, began: datetime, ended: datetime
) -> list[LogLine]:
    """The lines of one invocation, Lambda's own included."""
    duration = outcome.duration
    report = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {math.ceil(duration + (outcome.init or 0))} ms",
        f"Memory Size: {version.MemorySize} MB",
        f"Max Memory Used: {outcome.memory} MB",
    ]
    if outcome.init is not None:
        report.append(f"Init Duration: {outcome.init:.2f} ms")
    if outcome.status:
        report.append(f"Status: {outcome.status}")
    if outcome.status == "error":
        report.append(f"Error Type: {outcome.error_type}")
    return [
        LogLine(began, f"START RequestId: {request_id} Version: {version.Version}"),
        *outcome.lines,
        LogLine(ended, f"END RequestId: {request_id}"),
        LogLine(ended, "\t".join(report)),
    ]


def _batches(lines: Sequence[LogLine]) -> Iterator[list[LogLine]]:
    """Lines in order, as many at a time as CloudWatch Logs takes."""
    batch: list[LogLine] = []
    size = 0
    for line in lines:
        length = len(line.text[:LONGEST].encode()) + BYTES_AN_EVENT
        if batch and (size + length > MOST_BYTES or len(batch) == MOST_EVENTS):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += length
    yield batch
