"""A million log events in one group, under a KMS key: what they weigh, and how long a look into them takes.

    python -m tests.benchmarks.bench_logs

Everything is asked through boto3, whose own part is most of what a small answer costs.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import boto3

from labkit import Lab
from labkit.cloud.gateway.gateway import CALLS_REMEMBERED
from tests.cloud.services.logs.conftest import now, policy_for_logs

BATCHES, BATCH, STREAMS = 100, 10_000, 4
GROUP = {"logGroupName": "web"}
STREAM = {**GROUP, "logStreamName": "0"}


def megabytes() -> float:
    """The memory of all objects that are alive."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1e6


def fill(lab: Lab, logs: Any) -> int:
    """Put a million events, a millisecond apart, into streams in turn; return the time of the first one."""
    first = now(lab) - 2 * BATCHES * BATCH
    for batch in range(BATCHES):
        numbers = range(batch * BATCH, (batch + 1) * BATCH)
        events = [
            {
                "timestamp": first + number,
                "message": f"10.0.0.{number % 256} GET /page/{number} 200 {number % 997}",
            }
            for number in numbers
        ]
        stream = str(batch % STREAMS)
        logs.put_log_events(**GROUP, logStreamName=stream, logEvents=events)
    return first


def milliseconds(work: Callable[[], object], repeat: int = 5) -> float:
    """The fastest of several runs."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def main() -> None:
    """Fill a group, and ask it."""
    with Lab() as lab:
        logs = boto3.client("logs", region_name="us-east-1")
        kms = boto3.client("kms", region_name="us-east-1")
        key = kms.create_key(Policy=policy_for_logs())["KeyMetadata"]["Arn"]
        logs.create_log_group(**GROUP, kmsKeyId=key)
        for number in range(STREAMS):
            logs.create_log_stream(**GROUP, logStreamName=str(number))
        tracemalloc.start()
        before = megabytes()
        first = fill(lab, logs)
        for _ in range(2 * CALLS_REMEMBERED):  # else the lens would still hold the last batches
            logs.describe_log_groups()
        print(f"{BATCHES * BATCH:,} events are kept in {megabytes() - before:.0f} MB")
        tracemalloc.stop()
        middle = first + BATCHES * BATCH // 2
        read, search = logs.get_log_events, logs.filter_log_events
        for name, work in {
            "GetLogEvents, the last 100": lambda: read(**STREAM, limit=100),
            "GetLogEvents, 100 from the middle": lambda: read(
                **STREAM, limit=100, startFromHead=True, startTime=middle
            ),
            "GetLogEvents, 10,000": lambda: read(**STREAM),
            "FilterLogEvents, 100 from the middle": lambda: search(**GROUP, limit=100, startTime=middle),
            "FilterLogEvents, the last 100": lambda: search(**GROUP, limit=100, startFromHead=False),
            "FilterLogEvents, 100,000 without a hit": lambda: search(**GROUP, filterPattern='"/page/x"'),
            "DescribeLogStreams": lambda: logs.describe_log_streams(**GROUP),
        }.items():
            print(f"{name:40} {milliseconds(work):8.1f} ms")


if __name__ == "__main__":
    main()
