"""S3 through real sockets and by programs of others: curl, the AWS CLI, and a gigabyte."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from labkit import Lab

resource = pytest.importorskip("resource")  # not on Windows

BUCKET = "a-bucket"
CURL = ["curl", "-s", "-o", "-", "-w", "\n%{http_code}"]


def policy(effect: str, secure: str, action: str = "s3:GetObject") -> str:
    statement = {
        "Effect": effect,
        "Principal": "*",
        "Action": action,
        "Resource": [f"arn:aws:s3:::{BUCKET}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": secure}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def served() -> Iterator[tuple[Lab, Any]]:
    with Lab() as lab:
        lab.serve()
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"hello")
        yield lab, s3


def curl(lab: Lab, scheme: str) -> tuple[int, str]:
    doors = lab.serve()
    url = doors.url if scheme == "http" else doors.tls_url
    ran = subprocess.run(
        [*CURL, "--cacert", doors.ca_bundle, f"{url}/{BUCKET}/k"], capture_output=True, text=True, check=True
    )
    body, _, status = ran.stdout.rpartition("\n")
    return int(status), body


def test_curl_and_the_two_policies(served: tuple[Lab, Any]) -> None:
    lab, s3 = served
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("Deny", "false", "s3:*"))
    assert [curl(lab, scheme)[0] for scheme in ("http", "https")] == [403, 403]
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("Allow", "true"))
    assert "<Code>AccessDenied</Code>" in curl(lab, "http")[1]
    assert curl(lab, "https") == (200, "hello")


def aws(*words: str) -> str:
    command = [sys.executable, "-P", "-m", "awscli", *words]
    ran = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_aws_command_copies_files_in_parts(served: tuple[Lab, Any], tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(os.urandom(9 * 1024 * 1024))
    aws("s3", "cp", str(there), f"s3://{BUCKET}/big", "--sse", "aws:kms", "--no-progress")
    aws("s3", "cp", f"s3://{BUCKET}/big", str(back), "--no-progress")
    assert back.read_bytes() == there.read_bytes()
    head = json.loads(aws("s3api", "head-object", "--bucket", BUCKET, "--key", "big", "--output", "json"))
    assert (head["ContentLength"], head["ServerSideEncryption"]) == (9 * 1024 * 1024, "aws:kms")
    assert aws("s3", "ls", f"s3://{BUCKET}").split()[-1] == "k"


def test_a_long_object_is_not_held_in_memory(served: tuple[Lab, Any], tmp_path: Path) -> None:
    _, s3 = served
    size = 256 * 1024 * 1024
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with path.open("rb") as file:
        s3.put_object(Bucket=BUCKET, Key="long", Body=file)
    body = s3.get_object(Bucket=BUCKET, Key="long")["Body"]
    assert sum(len(piece) for piece in body.iter_chunks(1024 * 1024)) == size
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 64 * 1024 * 1024
