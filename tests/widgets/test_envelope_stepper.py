"""Envelope encryption step by step: real keys, real bytes, and few of them to KMS."""

from typing import Any

import pytest

from labkit import Lab
from labkit.widgets.envelope_stepper import HERE, KMS, STEPS, STORED, Envelope, EnvelopeStepper

DATA = b"The key to the cellar hangs behind the clock. " * 30_000


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def test_all_steps_lead_back_to_the_data(lab: Lab, key: str) -> None:
    model = Envelope(lab, key, DATA)
    places = []
    while model.step < len(STEPS) - 1:
        model.forward()
        places.append({place: set(things) for place, things in model.holdings.items()})
    assert places[3] == {
        HERE: {"data", "encrypted data", "encrypted data key"},
        STORED: set(),
        KMS: {"KMS key"},
    }
    assert places[4] == {HERE: set(), STORED: {"encrypted data", "encrypted data key"}, KMS: {"KMS key"}}
    assert model.holdings[HERE]["data"] == DATA
    assert model.sent_to_kms < 1000 < len(DATA)
    assert lab.audit()["EventName"].to_list() == ["CreateKey", "GenerateDataKey", "Decrypt"]


def test_whoever_keeps_the_data_key_is_robbed_with_it(lab: Lab, key: str) -> None:
    for keep, exposed in ((False, False), (True, True)):
        model = Envelope(lab, key, DATA)
        model.keep_key = keep
        for _ in range(5):
            model.forward()
        assert model.exposed is exposed


def test_a_step_back_holds_what_was_held_and_calls_nobody(lab: Lab, key: str) -> None:
    model = Envelope(lab, key, DATA)
    for _ in range(4):
        model.forward()
    calls = len(lab.audit())
    assert model.back() == STEPS[3]
    assert "data key" in model.holdings[HERE]
    assert len(lab.audit()) == calls
    for _ in range(9):
        model.back()
    assert (model.step, dict(model.holdings[HERE])) == (0, {"data": DATA})


def test_the_buttons_do_what_the_model_does(lab: Lab, key: str, tell: Any) -> None:
    stepper = EnvelopeStepper(lab, key, DATA)
    assert stepper.backward.disabled
    for _ in range(5):
        stepper.onward._handle_custom_msg({"event": "click"}, [])
    assert f"Step 5 of 7. {STEPS[5]}" in stepper.picture.value
    assert "stored holds encrypted data, encrypted data key" in stepper.picture.value
    stepper.backward._handle_custom_msg({"event": "click"}, [])
    tell(stepper.keep, {"value": True})
    assert (stepper.model.step, stepper.model.keep_key) == (4, True)


def test_the_kms_key_s_bytes_are_nowhere(lab: Lab, key: str) -> None:
    stepper = EnvelopeStepper(lab, key, b"x")
    assert "never leaves KMS" in stepper.picture.value
    assert stepper.model.holdings[KMS]["KMS key"] == b""


def test_what_kms_refuses_is_shown_and_the_step_is_not_taken(lab: Lab, key: str, kms: Any) -> None:
    widget = EnvelopeStepper(lab, key, b"data")
    kms.disable_key(KeyId=key)
    widget.onward.click()
    assert "DisabledException" in widget.refusal.value
    assert widget.model.step == 0
    kms.enable_key(KeyId=key)
    widget.onward.click()
    assert (widget.refusal.value, widget.model.step) == ("", 1)
