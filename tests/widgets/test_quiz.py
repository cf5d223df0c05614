"""A quiz gives its verdict with the reason, one question at a time; the first answer is what counts."""

from typing import Any

import pytest

from labkit import progress
from labkit.widgets.quiz import Question, Quiz, QuizModel

QUESTIONS = [
    Question("Is base64 encryption?", ["yes", "no"], 1, "It has no key.", "M1"),
    Question("Who answers?", ["Amazon", "the lab", "nobody"], 1, "A program on this computer."),
]


def test_the_first_answer_counts_and_is_recorded() -> None:
    model = QuizModel("04-start", QUESTIONS)
    assert [model.choose(0, 0), model.choose(0, 1), model.choose(1, 1)] == [False, True, True]
    assert (model.score, model.answers) == (1, {0: 0, 1: 1})
    recorded = progress.entries("quizzes")
    assert {name: [one["right"] for one in each] for name, each in recorded.items()} == {
        "04-start/1": [False],
        "04-start/2": [True],
    }
    assert recorded["04-start/1"][0]["misconception"] == "M1"


def test_an_answer_that_does_not_exist_is_no_answer() -> None:
    model = QuizModel("04-start", QUESTIONS)
    with pytest.raises(IndexError, match="question 0 has no option 2"):
        model.choose(0, 2)
    with pytest.raises(IndexError):
        model.choose(2, 0)
    assert model.answers == {}
    with pytest.raises(ValueError, match="has no option 3"):
        Question("Which?", ["a", "b", "c"], 3, "")


def test_the_browser_s_messages_bring_the_verdict_with_its_reason(tell: Any) -> None:
    quiz = Quiz("04-start", QUESTIONS)
    tell(quiz.controls[0], {"index": 0})
    assert "Not so." in quiz.verdicts[0].value
    assert "It has no key." in quiz.verdicts[0].value
    assert "M1" in quiz.verdicts[0].value
    tell(quiz.controls[0], {"index": 1})
    assert "Right." in quiz.verdicts[0].value
    assert quiz.verdicts[1].value == ""
    assert quiz.model.score == 0


def test_nothing_is_answered_before_somebody_does() -> None:
    quiz = Quiz("04-start", QUESTIONS)
    assert [control.value for control in quiz.controls] == [None, None]
    assert all(control.description for control in quiz.controls)
    assert repr(quiz.model) == "<Quiz 04-start: 0 right of 0 answered>"
