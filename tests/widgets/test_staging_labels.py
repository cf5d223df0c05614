"""A rotation, step by step, against a real PostgreSQL: labels, passwords, crashes, attempts."""

from typing import Any

import pytest

from labkit import Lab, progress
from labkit.widgets.rotation_steps import STEPS, other
from labkit.widgets.staging_labels import LabelStepper, StagingLabels
from tests.cloud.postgres.needed import needs_postgres
from tests.widgets.databases import FIRST_PASSWORD, Database

pytestmark = needs_postgres


@pytest.fixture(scope="module")
def secrets(client: Any) -> Any:
    return client("secretsmanager")


@pytest.fixture(scope="module")
def server(shared_lab: Lab, secrets: Any) -> Database:
    return Database(shared_lab, secrets)


@pytest.fixture
def one_user(server: Database) -> str:
    return server.user()


@pytest.fixture
def two_users(server: Database) -> str:
    return server.user(alternating=True)


def labels(model: LabelStepper) -> list[tuple[str, ...]]:
    return [one.labels for one in model.versions]


def test_with_one_user_programs_are_refused_between_two_steps(shared_lab: Lab, one_user: str) -> None:
    model = LabelStepper(shared_lab, one_user)
    seen = []
    for _ in STEPS:
        model.forward()
        seen.append((model.application, [one.accepted for one in model.versions]))
    assert seen == [
        ("accepted", [True, False]),
        ("refused", [False, True]),
        ("refused", [False, True]),
        ("accepted", [False, True]),
    ]
    assert labels(model)[0] == ("AWSPREVIOUS",)
    assert "AWSCURRENT" in labels(model)[1]
    assert model.done


def test_with_two_users_programs_are_always_accepted(shared_lab: Lab, two_users: str) -> None:
    model = LabelStepper(shared_lab, two_users)
    names, first = [], model.versions[0].user
    for _ in range(3):
        for _ in STEPS:
            model.forward()
            assert model.application == "accepted"
        names.append(next(one.user for one in model.versions if one.returned))
        model.again()
    assert names == [f"{first}_clone", first, f"{first}_clone"]


@pytest.mark.parametrize("place", range(len(STEPS)))
@pytest.mark.parametrize("alternating", [False, True])
def test_a_crash_after_any_step_is_made_good_by_the_next_attempt(
    shared_lab: Lab, server: Database, place: int, alternating: bool
) -> None:
    model = LabelStepper(shared_lab, server.user(alternating=alternating))
    for _ in range(place):
        model.forward()
    model.forward(crash=True)
    assert (model.crashed, model.next_step) == (True, "")
    model.again()
    for _ in STEPS:
        model.forward()
        assert not model.failed
        assert model.application == "accepted" or not alternating
    assert (model.application, model.attempt, len(model.versions)) == ("accepted", 2, 2)


def test_a_password_that_the_database_never_got_is_found_by_the_test(
    shared_lab: Lab, one_user: str, secrets: Any
) -> None:
    model = LabelStepper(shared_lab, one_user)
    model.forward()
    model.step = 2  # as if setSecret had been forgotten
    model.forward()
    assert "The database refuses the pending password." in model.said
    assert model.application == "accepted"
    with pytest.raises(ValueError, match="new attempt"):
        model.forward()


def test_the_prediction_is_judged_by_a_login(shared_lab: Lab, one_user: str) -> None:
    model = LabelStepper(shared_lab, one_user)
    for expected in ("accepted", "accepted", "refused", None):
        model.forward(expected)
    kept = progress.entries("predictions")["11-staging-labels"]
    assert [one["outcome"] for one in kept] == ["right", "wrong", "right", "skipped"]


def test_users_alternate() -> None:
    assert [other("app"), other(other("app"))] == ["app_clone", "app"]


def test_the_buttons_do_what_the_model_does_and_no_password_is_shown(
    shared_lab: Lab, one_user: str, tell: Any, secrets: Any
) -> None:
    widget = StagingLabels(shared_lab, one_user)
    assert widget.again.disabled
    tell(widget.expected, {"index": 1})
    widget.onward._handle_custom_msg({"event": "click"}, [])
    assert "Predicted: accepted." in widget.answer.value
    widget.crash._handle_custom_msg({"event": "click"}, [])
    assert "Then the function crashes." in widget.answer.value
    assert "is refused" in widget.answer.value
    assert widget.onward.disabled
    widget.again._handle_custom_msg({"event": "click"}, [])
    assert "Attempt 2: 0 of 4 steps done" in widget.picture.value
    for _ in STEPS:
        widget.onward._handle_custom_msg({"event": "click"}, [])
    assert widget.again.description == "Another rotation"
    password = secrets.get_secret_value(SecretId=one_user)["SecretString"]
    assert "password" in password
    assert FIRST_PASSWORD not in widget.picture.value + repr(widget.model.said)


def test_every_control_says_what_it_is_for(shared_lab: Lab, one_user: str) -> None:
    widget = StagingLabels(shared_lab, one_user)
    assert all(one.description for one in (widget.expected, widget.onward, widget.crash, widget.again))
