"""The state machine follows the real key, and AWS's words come back for what its state forbids."""

from typing import Any

import pytest

from labkit import Lab
from labkit.widgets.key_state_machine import KeyLife, KeyStateMachine


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def test_a_key_goes_through_its_life(lab: Lab, key: str) -> None:
    model = KeyLife(lab, key)
    states = [model.state]
    for operation in (
        "DisableKey",
        "EnableKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "ScheduleKeyDeletion",
    ):
        assert model.attempt(operation) == f"{operation}: done."
        states.append(model.state)
    assert states == ["Enabled", "Disabled", "Enabled", "PendingDeletion", "Disabled", "PendingDeletion"]
    assert model.wait(7) == "(gone)"
    assert model.leads_to == {}


def test_what_the_state_forbids_is_refused_in_aws_s_words(lab: Lab, key: str) -> None:
    model = KeyLife(lab, key)
    assert model.attempt("Encrypt") == "Encrypt: done."
    model.attempt("DisableKey")
    assert "DisabledException" in model.attempt("Encrypt")
    assert model.refused
    assert model.attempt("DescribeKey") == "DescribeKey: done."
    assert model.attempt("CreateAlias") == "CreateAlias: done."


def test_it_says_where_one_can_go_from_here(lab: Lab, key: str) -> None:
    model = KeyLife(lab, key)
    assert model.leads_to["DisableKey"] == "Disabled"
    model.attempt("ScheduleKeyDeletion")
    assert set(model.leads_to) == {"CancelKeyDeletion", "(waiting period ends)"}


def test_the_buttons_do_what_the_model_does(lab: Lab, key: str, tell: Any) -> None:
    machine = KeyStateMachine(lab, key)
    machine.buttons["DisableKey"]._handle_custom_msg({"event": "click"}, [])
    assert "▶ Disabled" in machine.picture.value
    tell(machine.choice, {"index": 0})
    machine.trying._handle_custom_msg({"event": "click"}, [])
    assert "DisabledException" in machine.answer.value
    machine.buttons["ScheduleKeyDeletion"].click()
    machine.later.click()
    assert "▶ (gone)" in machine.picture.value
    assert "The key is (gone). From here nothing leads on." in machine.picture.value


def test_every_control_says_what_it_is_for(lab: Lab, key: str) -> None:
    machine = KeyStateMachine(lab, key)
    assert all(
        one.description for one in (*machine.buttons.values(), machine.later, machine.choice, machine.trying)
    )
