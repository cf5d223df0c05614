"""boto3's waiters turn the lab's clock where they would sleep on AWS."""

from typing import Any

import pytest
from botocore.exceptions import WaiterError

from labkit import Lab


def begun(client: Any, **settings: Any) -> str:
    made: str = client("ebs").start_snapshot(VolumeSize=1, **settings)["SnapshotId"]
    return made


def test_a_waiter_sees_a_snapshot_completed_on_the_lab_s_time(lab: Lab, client: Any) -> None:
    snapshot, before = begun(client), lab.clock.now()
    client("ebs").complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=0)
    lab.wait(client("ec2").get_waiter("snapshot_completed"), SnapshotIds=[snapshot], progress=False)
    (found,) = client("ec2").describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    assert found["State"] == "completed"
    assert (lab.clock.now() - before).total_seconds() >= 5


def test_a_bar_shows_how_far_it_is(lab: Lab, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = begun(client)
    client("ebs").complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=0)
    lab.wait(client("ec2").get_waiter("snapshot_completed"), SnapshotIds=[snapshot])
    assert "100%" in capsys.readouterr().err


def test_what_never_comes_is_waited_for_as_long_as_on_aws(lab: Lab, client: Any) -> None:
    snapshot, before = begun(client, Timeout=60), lab.clock.now()
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        lab.wait(client("ec2").get_waiter("snapshot_completed"), SnapshotIds=[snapshot], progress=False)
    assert (lab.clock.now() - before).total_seconds() == pytest.approx(600, abs=30)


def test_what_has_failed_is_told_at_once(lab: Lab, client: Any) -> None:
    snapshot = begun(client, Timeout=10)
    lab.clock.advance(minutes=11)
    with pytest.raises(WaiterError, match="terminal failure state"):
        lab.wait(client("ec2").get_waiter("snapshot_completed"), SnapshotIds=[snapshot], progress=False)


def test_an_error_is_raised_as_the_waiter_raises_it(lab: Lab, client: Any) -> None:
    waiter = client("ec2").get_waiter("snapshot_completed")
    with pytest.raises(WaiterError, match=r"InvalidSnapshot\.NotFound"):
        lab.wait(waiter, SnapshotIds=["snap-0123456789abcdef0"], progress=False)
