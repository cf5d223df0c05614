"""Objects of 64 KB and 64 MB through boto3: labkit beside moto in one run; and a gigabyte over HTTPS.

    python -m tests.benchmarks.bench_s3

labkit seals what it keeps and checks what it opens; moto keeps it as it is. The gigabyte goes to a lab in a
process of its own, whose memory is read before and after.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws as moto_mock_aws

from labkit import Lab

BUCKET = "a-bucket"
KB, MB, GB = 1024, 1024**2, 1024**3
SIZES = {"64 KB": (64 * KB, 20, 7), "64 MB": (64 * MB, 1, 5)}
LAB = """
import sys
from labkit import Lab
with Lab() as lab:
    doors = lab.serve()
    print(doors.tls_url, doors.ca_bundle, flush=True)
    sys.stdin.read()
"""


def client(**more: Any) -> Any:
    """An S3 client of its own session."""
    session: Any = boto3.Session("AKIALABKITEXAMPLE000", "labkit", region_name="us-east-1")
    return session.client("s3", **more)


def seconds(work: Callable[[], object], calls: int) -> float:
    """The mean time of one call."""
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def laps(s3: Any, size: int, calls: int, rounds: int) -> tuple[float, float]:
    """The median times of PutObject and GetObject."""
    body = os.urandom(size)
    puts = [seconds(lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=body), calls) for _ in range(rounds)]
    gets = [
        seconds(lambda: s3.get_object(Bucket=BUCKET, Key="k")["Body"].read(), calls) for _ in range(rounds)
    ]
    return statistics.median(puts), statistics.median(gets)


def compare() -> None:
    """Print time and throughput of both, for both sizes."""
    for name, (size, calls, rounds) in SIZES.items():
        for who, opened in (("labkit", Lab), ("moto", moto_mock_aws)):
            with opened():
                s3 = client()
                s3.create_bucket(Bucket=BUCKET)
                for verb, taken in zip(("put", "get"), laps(s3, size, calls, rounds), strict=True):
                    print(f"{name} {verb}  {who:7} {taken * 1000:9.2f} ms  {size / taken / 1e6:8.0f} MB/s")


def memory(pid: int) -> dict[str, int]:
    """A process's memory now and at its peak, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return {name: int(value) // 1024 for name, value in found.items()}


def gigabyte() -> None:
    """Put and get a gigabyte over HTTPS, and print what the lab's memory did."""
    with subprocess.Popen(
        [sys.executable, "-c", LAB], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as lab:
        assert lab.stdout is not None
        assert lab.stdin is not None
        url, ca_bundle = lab.stdout.readline().split()
        s3 = client(endpoint_url=url, verify=ca_bundle, config=Config(s3={"payload_signing_enabled": False}))
        s3.create_bucket(Bucket=BUCKET)
        print("1 GB, before", memory(lab.pid))
        path = Path("/tmp/labkit-gigabyte")
        with path.open("wb") as file:
            file.truncate(GB)
        with path.open("rb") as body:
            start = time.perf_counter()
            s3.put_object(Bucket=BUCKET, Key="k", Body=body)
        print(f"1 GB put {GB / (time.perf_counter() - start) / 1e6:.0f} MB/s", memory(lab.pid))
        start, size = time.perf_counter(), 0
        for piece in s3.get_object(Bucket=BUCKET, Key="k")["Body"].iter_chunks(MB):
            size += len(piece)
        assert size == GB
        print(f"1 GB get {GB / (time.perf_counter() - start) / 1e6:.0f} MB/s", memory(lab.pid))
        path.unlink()
        lab.stdin.close()


if __name__ == "__main__":
    compare()
    gigabyte()
