"""Many secrets, many parameters: what one costs in memory, and pages at the start and the end of a list.

    python -m tests.benchmarks.bench_secrets [secrets] [parameters]

labkit and moto come one after the other, each in a process of its own, so that the memory is theirs. Times
are the processor's, as this takes minutes, and others may be at work meanwhile.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws as moto_mock_aws

from labkit import mock_aws

SECRETS, PARAMETERS, VERSIONS = 10_000, 100_000, 95
WORLDS: dict[str, Callable[[], AbstractContextManager[Any]]] = {"labkit": mock_aws, "moto": moto_mock_aws}


def megabytes() -> float:
    """The memory that this process has now, in MB; on Linux."""
    gc.collect()
    pages_in_use = int(Path("/proc/self/statm").read_text().split()[1])
    return pages_in_use * os.sysconf("SC_PAGE_SIZE") / 2**20


def tell(what: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f"  {what:<44}{value:10.1f} {unit}")


def client(service: str) -> Any:
    """A client of its own session."""
    session: Any = boto3.Session("AKIALABKITEXAMPLE000", "secret", region_name="us-east-1")
    return session.client(service)


def microseconds(work: Callable[[], object], calls: int) -> float:
    """The mean time of one call, over `calls` of them."""
    start = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - start) / calls * 1e6


def milliseconds(call: Callable[..., object], asked: dict[str, Any]) -> float:
    """The time of a call, the best of five."""
    return min(microseconds(lambda: call(**asked), 1) for _ in range(5)) / 1e3


def pages(call: Callable[..., dict[str, Any]], **first: Any) -> tuple[float, float, int]:
    """The times of the first page and of the last, and how many there are."""
    asked, number = first, 1
    while (token := call(**asked).get("NextToken")) is not None:
        asked, number = {**first, "NextToken": token}, number + 1
    return milliseconds(call, first), milliseconds(call, asked), number


def secrets(count: int) -> None:
    """Make secrets, list them, and put values into one of them."""
    sm = client("secretsmanager")
    sm.create_secret(Name="first", SecretString="x")
    before, start = megabytes(), time.process_time()
    for number in range(count - 1):  # one is there, so that the last page is a full one, too
        sm.create_secret(Name=f"app/{number % 100:02}/secret-{number:06}", SecretString="x" * 32)
    tell(f"CreateSecret, each of {count}", (time.process_time() - start) / count * 1e6, "us")
    tell("memory a secret", (megabytes() - before) * 1024 / count, "KB")
    for order in ("created-date", "name"):
        first, last, number = pages(sm.list_secrets, MaxResults=100, SortBy=order)
        tell(f"ListSecrets by {order}, first of {number} pages", first, "ms")
        tell(f"ListSecrets by {order}, last page", last, "ms")
    name = {"Filters": [{"Key": "name", "Values": ["app/42/secret-000042"]}]}
    tell("ListSecrets, a name as a filter", milliseconds(sm.list_secrets, name), "ms")
    tell("GetSecretValue", microseconds(lambda: sm.get_secret_value(SecretId="first"), 200), "us")

    def put() -> None:
        sm.put_secret_value(SecretId="first", SecretString="y" * 32)

    tell("PutSecretValue, the first ten", microseconds(put, 10), "us")
    microseconds(put, VERSIONS - 20)
    tell(f"PutSecretValue, with {VERSIONS - 10} versions", microseconds(put, 10), "us")


def parameters(count: int) -> None:
    """Make parameters in folders of a hundred, and walk one and all of them."""
    ssm = client("ssm")
    before, start = megabytes(), time.process_time()
    for number in range(count):
        name = f"/app/{number // 100:04}/p{number % 100:02}"
        ssm.put_parameter(Name=name, Value="x" * 32, Type="String", Tier="Advanced")
    tell(f"PutParameter, each of {count}", (time.process_time() - start) / count * 1e6, "us")
    tell("memory a parameter", (megabytes() - before) * 1024 / count, "KB")
    for path in ("/app/0000", f"/app/{count // 100 - 1:04}"):
        first, last, number = pages(ssm.get_parameters_by_path, Path=path, MaxResults=10)
        tell(f"GetParametersByPath {path}, first of {number} pages", first, "ms")
        tell(f"GetParametersByPath {path}, last page", last, "ms")
    everything = {"Path": "/app", "Recursive": True}
    tell(
        "GetParametersByPath of everything, a page",
        milliseconds(ssm.get_parameters_by_path, everything),
        "ms",
    )
    tell("DescribeParameters, a page", milliseconds(ssm.describe_parameters, {"MaxResults": 50}), "ms")
    tell("GetParameter", microseconds(lambda: ssm.get_parameter(Name="/app/0000/p00"), 200), "us")


def measure(counts: list[int]) -> None:
    """Run each part for each contender, in processes of their own."""
    for part, count in zip(("secrets", "parameters"), counts, strict=True):
        for name in WORLDS:
            print(f"{part}: {name}", flush=True)
            command = [sys.executable, "-m", "tests.benchmarks.bench_secrets", name, part, str(count)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words and words[0] in WORLDS:
        with WORLDS[words[0]]():
            {"secrets": secrets, "parameters": parameters}[words[1]](int(words[2]))
    else:
        measure([int(word) for word in words] or [SECRETS, PARAMETERS])
