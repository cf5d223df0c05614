"""A prediction is recorded, then the experiment runs, and both are seen side by side."""

from typing import Any

import pytest

from labkit import progress
from labkit.widgets.predict import Predict, Prediction

QUESTION = "How large is it?"
SIZES = ["smaller", "larger"]


def test_a_prediction_that_comes_true() -> None:
    model = Prediction("04-size", QUESTION, SIZES, lambda: "larger")
    assert (model.outcome, model.observed) == ("open", None)
    assert model.choose("larger") == "right"
    assert model.observed == "larger"
    (attempt,) = progress.entries("predictions")["04-size"]
    assert (attempt["predicted"], attempt["outcome"]) == ("larger", "right")


def test_the_experiment_runs_once_for_each_prediction_and_never_before() -> None:
    runs: list[int] = []

    def experiment() -> str:
        runs.append(1)
        return "larger"

    model = Prediction("04-size", QUESTION, SIZES, experiment)
    assert runs == []
    assert [model.choose("smaller"), model.choose("larger")] == ["wrong", "right"]
    assert len(runs) == 2


def test_whoever_skips_sees_the_observation_too() -> None:
    model = Prediction("04-size", QUESTION, SIZES, lambda: "larger")
    assert model.skip() == "skipped"
    assert model.observed == "larger"
    assert progress.entries("predictions")["04-size"][0]["predicted"] is None


def test_an_error_is_an_observation() -> None:
    def refuse() -> str:
        raise PermissionError("no such luck")

    model = Prediction(
        "03-may", "May we?", ["yes", "no"], refuse, right=lambda seen: "no" if "luck" in seen else "yes"
    )
    assert model.choose("no") == "right"
    assert (model.observed, model.failed) == ("no such luck", True)


@pytest.mark.parametrize(("guess", "outcome"), [(7, "right"), (3, "wrong")])
def test_a_number_is_predicted_with_a_slider(guess: int, outcome: str) -> None:
    model = Prediction("01-blocks", "How many?", (0, 10, 1), lambda: 7)
    assert model.choose(guess) == outcome


def test_what_cannot_be_chosen_runs_nothing() -> None:
    def never() -> Any:
        raise AssertionError

    with pytest.raises(ValueError, match="none of the options"):
        Prediction("x", QUESTION, SIZES, never).choose("equal")
    with pytest.raises(ValueError, match="between 0 and 10"):
        Prediction("x", QUESTION, (0, 10, 1), never).choose(11)
    with pytest.raises(ValueError, match="none of the options of x"):
        Prediction("x", QUESTION, SIZES, never, right="equal")
    assert progress.entries("predictions") == {}


def test_the_browser_s_messages_do_what_the_model_does(tell: Any) -> None:
    predict = Predict("04-size", QUESTION, SIZES, lambda: "larger", why="A blob has a <header>.")
    assert predict.go.disabled
    tell(predict.control, {"index": 0})
    assert not predict.go.disabled
    predict.go._handle_custom_msg({"event": "click"}, [])
    assert predict.model.outcome == "wrong"
    assert "Predicted: smaller. Observed: larger" in predict.answer.value
    assert "A blob has a &lt;header&gt;." in predict.answer.value
    tell(predict.control, {"index": 1})
    predict.go._handle_custom_msg({"event": "click"}, [])
    assert "Predicted: larger" in predict.answer.value


def test_a_second_attempt_with_the_same_outcome_is_drawn(tell: Any) -> None:
    predict = Predict("x", "Which?", ["a", "b", "c"], lambda: "c")
    for index, option in enumerate("ab"):
        tell(predict.control, {"index": index})
        predict.go.click()
        assert f"Predicted: {option}." in predict.answer.value


def test_a_slider_s_view_runs_with_what_it_shows(tell: Any) -> None:
    predict = Predict("x", "How many?", (0, 10, 1), lambda: 4)
    tell(predict.control, {"value": 4})
    predict.go.click()
    assert predict.model.outcome == "right"
    predict.leave.click()
    assert predict.model.outcome == "skipped"


def test_every_control_says_what_it_is_for() -> None:
    predict = Predict("x", QUESTION, SIZES, lambda: "larger")
    assert all(control.description for control in (predict.control, predict.go, predict.leave))
