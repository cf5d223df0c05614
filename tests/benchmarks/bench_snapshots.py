"""A snapshot of a gigabyte, copied to another region, beside raw AES-GCM: what must be done at least.

python -m tests.benchmarks.bench_snapshots
"""

import base64
import hashlib
import resource
import time
from typing import Any

import boto3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit import Lab

BLOCKS, BLOCK = 2048, 512 * 1024
HERE, THERE = "us-east-1", "eu-west-1"


def raw() -> float:
    """MB a second of decrypting and encrypting 64 KiB pieces with AES-256-GCM, one after the other."""
    cipher, other = AESGCM(bytes(32)), AESGCM(bytes([1]) * 32)
    sealed = cipher.encrypt(bytes(12), bytes(64 * 1024), None)
    start = time.perf_counter()
    for _ in range(2048):
        other.encrypt(bytes(12), cipher.decrypt(bytes(12), sealed, None), None)
    return 2048 * 64 / 1024 / (time.perf_counter() - start)


def written(ebs: Any, key: str) -> str:
    """A complete snapshot of a gigabyte."""
    made: str = ebs.start_snapshot(VolumeSize=1, Encrypted=True, KmsKeyArn=key)["SnapshotId"]
    start = time.perf_counter()
    for index in range(BLOCKS):
        content = index.to_bytes(4, "big") * (BLOCK // 4)
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        ebs.put_snapshot_block(
            SnapshotId=made,
            BlockIndex=index,
            BlockData=content,
            DataLength=BLOCK,
            Checksum=checksum,
            ChecksumAlgorithm="SHA256",
        )
    print(f"PutSnapshotBlock: {BLOCKS / 2 / (time.perf_counter() - start):.0f} MB a second")
    ebs.complete_snapshot(SnapshotId=made, ChangedBlocksCount=BLOCKS)
    return made


def memory() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def copying() -> None:
    """Copy it, and print how fast that was."""
    with Lab() as lab:
        keys = {region: boto3.client("kms", region_name=region).create_key() for region in (HERE, THERE)}
        arns = {region: key["KeyMetadata"]["Arn"] for region, key in keys.items()}
        source = written(boto3.client("ebs", region_name=HERE), arns[HERE])
        lab.clock.advance(minutes=1)
        before = memory()
        there = boto3.client("ec2", region_name=THERE)
        copy = there.copy_snapshot(SourceRegion=HERE, SourceSnapshotId=source, KmsKeyId=arns[THERE])
        start = time.perf_counter()
        lab.clock.advance(minutes=10)
        speed = BLOCKS / 2 / (time.perf_counter() - start)
        (done,) = there.describe_snapshots(SnapshotIds=[copy["SnapshotId"]])["Snapshots"]
        assert done["State"] == "completed"
        at_least = raw()
        print(
            f"CopySnapshot of 1 GB: {speed:.0f} MB a second; opening and sealing alone {at_least:.0f} "
            f"({at_least / speed:.2f} x); {memory() - before:.0f} MB more memory than before"
        )


if __name__ == "__main__":
    copying()
