"""The lab's time runs with the wall clock until somebody moves it forward."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from labkit import Lab
from labkit.cloud.clock.clock import Clock

START = datetime(2026, 3, 29, 12, tzinfo=UTC)


def test_the_clock_follows_the_wall_and_can_be_moved_ahead() -> None:
    wall = [START]
    clock = Clock(lambda: wall[0])
    assert clock.now() == START
    clock.move_to(START + timedelta(days=90))
    wall[0] += timedelta(seconds=5)
    assert clock.now() == START + timedelta(days=90, seconds=5)


def test_time_does_not_run_backwards() -> None:
    clock = Clock(lambda: START)
    with pytest.raises(ValueError, match="it can't go back"):
        clock.move_to(START - timedelta(seconds=1))
    assert clock.now() == START


def test_a_pinned_clock_stands_still_and_then_goes_on() -> None:
    clock = Clock(lambda: START)
    with clock.pinned(START + timedelta(days=1)):
        assert clock.now() == START + timedelta(days=1)
    assert clock.now() == START


def test_what_is_planned_happens_in_order_each_at_its_own_moment() -> None:
    with Lab() as lab:
        kms = boto3.client("kms")
        often, seldom = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        began = lab.clock.now()
        kms.enable_key_rotation(KeyId=often, RotationPeriodInDays=90)
        kms.enable_key_rotation(KeyId=seldom, RotationPeriodInDays=200)
        lab.clock.advance(days=300)
        rotations = [
            rotation for key in (often, seldom) for rotation in kms.list_key_rotations(KeyId=key)["Rotations"]
        ]
        rotations.sort(key=lambda rotation: rotation["RotationDate"])
        days = [(rotation["RotationDate"] - began).days for rotation in rotations]
        turned = [rotation["KeyId"][-36:] for rotation in rotations]
    assert days == [90, 180, 200, 270]
    assert turned == [often, often, seldom, often]


def test_the_agenda_tells_what_is_planned_soonest_first() -> None:
    with Lab() as lab:
        kms = boto3.client("kms")
        rotating, doomed = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        kms.enable_key_rotation(KeyId=rotating)
        kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
        assert [entry.Method for entry in lab.clock.agenda()] == ["delete_key", "rotate_key"]
        kms.cancel_key_deletion(KeyId=doomed)
        assert [entry.Method for entry in lab.clock.agenda()] == ["rotate_key"]


def test_a_negative_duration_changes_nothing() -> None:
    with Lab() as lab:
        before = lab.clock.now()
        with pytest.raises(ValueError, match="can't go back"):
            lab.clock.advance(days=-1)
        assert lab.clock.now() - before < timedelta(seconds=5)
