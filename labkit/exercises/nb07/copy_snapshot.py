"""Exercise 07-copy-snapshot: a backup in another region, for the day when the first one's key is gone.

Source: Amazon EBS User Guide, "Copy an Amazon EBS snapshot".
"""

import base64
import hashlib
from functools import partial
from typing import Any

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

HERE, THERE = "us-east-1", "eu-west-1"
BLOCK = 512 * 1024

PROMPT = """Finish `copy_snapshot`: it copies a snapshot of region A into region B, encrypted under the key
`key_b` of region B, and returns the id of the copy. It does not wait until the copy is complete.

`ec2_b` is the EC2 client of region B. The check disables the key of region A afterwards, makes a volume of
the copy, and compares every byte.
"""

CELL = '''def copy_snapshot(ec2_b, source_region, snapshot_id, key_b):
    """Copy a snapshot from source_region into the region of ec2_b, and return the copy's id."""
    ### BEGIN SOLUTION
    copy = ec2_b.copy_snapshot(
        SourceRegion=source_region, SourceSnapshotId=snapshot_id, Encrypted=True, KmsKeyId=key_b
    )
    return copy["SnapshotId"]
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """Two blocks under a customer managed key."""
    _try(trial, blocks=2)


def hidden(trial: Trial) -> None:
    """More of them, and an unencrypted snapshot, whose copy shall be encrypted all the same."""
    _try(trial, blocks=trial.integer(3, 5))
    _try(trial, blocks=1, encrypted=False)


def _try(trial: Trial, blocks: int, *, encrypted: bool = True) -> None:
    kms_a, kms_b = trial.client("kms", HERE), trial.client("kms", THERE)
    key_a = kms_a.create_key()["KeyMetadata"]["Arn"]
    key_b = kms_b.create_key()["KeyMetadata"]["Arn"]
    content = {index * 7: trial.random_bytes(32) * (BLOCK // 32) for index in range(blocks)}
    source = _written(trial, content, {"Encrypted": True, "KmsKeyArn": key_a} if encrypted else {})
    copy = trial.call("copy_snapshot", trial.student("ec2", THERE), HERE, source, key_b)
    ec2 = trial.client("ec2", THERE)
    there = {one["SnapshotId"] for one in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]}
    trial.expect(isinstance(copy, str) and copy in there, "the id of a snapshot in region B", copy)
    trial.lab.clock.advance(minutes=1)
    kms_a.disable_key(KeyId=key_a)
    (described,) = ec2.describe_snapshots(SnapshotIds=[copy])["Snapshots"]
    state = described["State"]
    trial.expect(
        state == "completed",
        "a copy that is completed",
        f"{state}: {described.get('StateMessage', '')}",
        "M19",
    )
    key = described.get("KmsKeyId", "no key at all")
    trial.expect(key == key_b, f"a copy under {key_b}", f"one under {key}")
    trial.expect(_read(trial, copy) == content, "every byte as it was", "other bytes")
    volume = ec2.create_volume(AvailabilityZone=f"{THERE}a", SnapshotId=copy)["VolumeId"]
    found = ec2.describe_volumes(Filters=[{"Name": "volume-id", "Values": [volume]}])["Volumes"]
    made = [one["State"] for one in found]
    trial.expect(made == ["available"], "a volume of the copy, with region A's key disabled", made, "M19")


def _written(trial: Trial, content: dict[int, bytes], settings: dict[str, Any]) -> str:
    ebs = trial.client("ebs", HERE)
    snapshot: str = ebs.start_snapshot(VolumeSize=1, **settings)["SnapshotId"]
    for index, block in content.items():
        checksum = base64.b64encode(hashlib.sha256(block).digest()).decode()
        ebs.put_snapshot_block(
            SnapshotId=snapshot,
            BlockIndex=index,
            BlockData=block,
            DataLength=BLOCK,
            Checksum=checksum,
            ChecksumAlgorithm="SHA256",
        )
    ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=len(content))
    trial.lab.clock.advance(minutes=1)
    return snapshot


def _read(trial: Trial, snapshot: str) -> dict[int, bytes]:
    ebs = trial.client("ebs", THERE)
    listed = ebs.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]
    return {
        one["BlockIndex"]: ebs.get_snapshot_block(SnapshotId=snapshot, **one)["BlockData"].read()
        for one in listed
    }


_instead = partial(instead, CELL)
WRONG = (
    (_instead("KmsKeyId=key_b", 'KmsKeyId=key_b.replace("eu-west-1", "us-east-1")'), "M19"),
    (_instead(", KmsKeyId=key_b", ""), ""),
    (_instead("Encrypted=True, ", ""), ""),
    (_instead('    return copy["SnapshotId"]', "    return snapshot_id"), ""),
)

EXERCISE = Exercise(
    "07-copy-snapshot",
    title="A backup elsewhere",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M19",),
    wrong=WRONG,
)
