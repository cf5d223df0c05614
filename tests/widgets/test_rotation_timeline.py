"""Rotation over time: new backing keys, old ciphertexts that still open, one ARN."""

from typing import Any

import pytest

from labkit import Lab
from labkit.widgets.rotation_timeline import Rotation, RotationTimeline


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def test_a_year_brings_a_new_backing_key_and_the_old_ciphertext_still_opens(lab: Lab, key: str) -> None:
    model = Rotation(lab, key)
    arn = model.arn
    model.encrypt()
    model.rotate_yearly()
    model.advance(366)
    model.encrypt()
    assert model.table["Ciphertexts"].to_list() == [1, 1]
    assert model.table["Current"].to_list() == [False, True]
    assert model.open_all() == 2
    assert model.arn == arn


def test_without_rotation_time_changes_nothing(lab: Lab, key: str) -> None:
    model = Rotation(lab, key)
    model.rotate_yearly()
    model.stop_rotating()
    model.advance(800)
    assert len(model.table) == 1


def test_the_clock_does_not_go_back(lab: Lab, key: str) -> None:
    model = Rotation(lab, key)
    with pytest.raises(ValueError, match=r"negative|back"):
        model.advance(-1)


def test_what_kms_refuses_is_told_in_its_words(lab: Lab, kms: Any) -> None:
    rsa = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    timeline = RotationTimeline(lab, rsa)
    timeline.yearly._handle_custom_msg({"event": "click"}, [])
    assert "UnsupportedOperationException" in timeline.answer.value


def test_the_buttons_do_what_the_model_does(lab: Lab, key: str, tell: Any) -> None:
    timeline = RotationTimeline(lab, key)
    for button in (timeline.encrypt, timeline.now, timeline.encrypt, timeline.try_all):
        button._handle_custom_msg({"event": "click"}, [])
    assert "2 of 2 ciphertexts open." in timeline.answer.value
    assert timeline.picture.value.count("<circle") == 2
    assert timeline.picture.value.count("<rect") == 2
    tell(timeline.days, {"value": 100})
    before = lab.clock.now()
    timeline.later._handle_custom_msg({"event": "click"}, [])
    assert (lab.clock.now() - before).days == 100


def test_every_control_says_what_it_is_for(lab: Lab, key: str) -> None:
    timeline = RotationTimeline(lab, key)
    controls = (
        timeline.days,
        timeline.later,
        timeline.encrypt,
        timeline.now,
        timeline.yearly,
        timeline.off,
        timeline.try_all,
    )
    assert all(control.description for control in controls)


def test_a_disabled_key_makes_no_ciphertext_and_says_so(lab: Lab, key: str, kms: Any) -> None:
    widget = RotationTimeline(lab, key)
    kms.disable_key(KeyId=key)
    widget.encrypt.click()
    assert "DisabledException" in widget.answer.value
    assert widget.model.ciphertexts == []
