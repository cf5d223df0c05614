"""What is planned is carried out, and a plan that fails does not take the lab with it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from labkit import Lab
from labkit.cloud.core.outside import Outside
from labkit.cloud.services.kms import Kms

SECRET = "what no log may hold"


def test_a_plan_that_fails_is_dropped_and_logged_and_the_lab_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def rotate_key(self: Kms, KeyId: str) -> Any:
        self.tables.keys.delete(KeyId)
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(Kms, "rotate_key", rotate_key)
    with Lab() as lab:
        kms = boto3.client("kms")
        failing, fine = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        kms.enable_key_rotation(KeyId=failing, RotationPeriodInDays=90)
        kms.schedule_key_deletion(KeyId=fine, PendingWindowInDays=30)
        lab.clock.advance(days=100)
        assert [key["KeyId"] for key in kms.list_keys()["Keys"]] == [failing]
        assert lab.clock.agenda() == []
    assert "ZeroDivisionError while carrying out the plan to rotate arn:aws:kms:" in caplog.text
    assert SECRET not in caplog.text


def test_a_plan_that_fails_after_its_work_outside_is_dropped_as_well(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def rotate_key(self: Kms, KeyId: str) -> Any:
        yield Outside(lambda: None)
        raise ZeroDivisionError

    monkeypatch.setattr(Kms, "rotate_key", rotate_key)
    with Lab() as lab:
        kms = boto3.client("kms")
        kms.enable_key_rotation(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], RotationPeriodInDays=90)
        lab.clock.advance(days=100)
        assert lab.clock.agenda() == []
    assert "ZeroDivisionError while carrying out the plan to rotate arn:aws:kms:" in caplog.text


def test_time_that_is_interrupted_stands_where_it_was_and_not_before_what_happened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    def rotate_key(self: Kms, KeyId: str) -> Any:
        yield Outside(stop)

    with Lab(tmp_path / "class.lab") as lab:
        kms, began = boto3.client("kms"), lab.clock.now()
        first, second = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        kms.enable_key_rotation(KeyId=first, RotationPeriodInDays=90)
        kms.enable_key_rotation(KeyId=second, RotationPeriodInDays=100)
        lab.clock.advance(days=95)
        monkeypatch.setattr(Kms, "rotate_key", rotate_key)
        with pytest.raises(KeyboardInterrupt):
            lab.clock.advance(days=300)
        assert timedelta(days=100) <= lab.clock.now() - began < timedelta(days=101)
        assert kms.describe_key(KeyId=second)["KeyMetadata"]["KeyState"] == "Enabled"
    with Lab(tmp_path / "class.lab") as lab:
        assert lab.clock.now() - began >= timedelta(days=100)
