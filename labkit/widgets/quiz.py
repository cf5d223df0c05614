"""Questions from earlier notebooks, answered one by one, each with its verdict and its reason at once.

Being asked makes one remember longer than reading again does.
Source: Roediger and Karpicke, "Test-Enhanced Learning" (2006).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
from traitlets import Dict, HasTraits

from labkit import progress
from labkit.widgets.panel import Panel
from labkit.widgets.view import heading, told


@dataclass(frozen=True)
class Question:
    """One question: `answer` is the place of the right one among `options`, counted from 0."""

    text: str
    options: Sequence[str]
    answer: int
    why: str
    misconception: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.answer < len(self.options):
            raise ValueError(f"{self.text!r} has no option {self.answer}")


class QuizModel(HasTraits):
    """The questions, and what was answered first: `answers` maps a question's place to an option's."""

    answers: dict[int, int] = Dict()  # type: ignore[assignment]

    def __init__(self, name: str, questions: Sequence[Question]) -> None:
        super().__init__()
        self.name, self.questions = name, tuple(questions)

    def choose(self, question: int, option: int) -> bool:
        """Answer a question, both counted from 0; returns whether it is right. IndexError for no such one.

        The first answer counts; another one is judged all the same.
        """
        asked = self.questions[question]
        if not 0 <= option < len(asked.options):
            raise IndexError(f"question {question} has no option {option}")
        right = option == asked.answer
        if question not in self.answers:
            self.answers = {**self.answers, question: option}
            progress.record(
                "quizzes",
                f"{self.name}/{question + 1}",
                question=asked.text,
                misconception=asked.misconception,
                right=right,
            )
        return right

    @property
    def score(self) -> int:
        """How many were right at the first attempt."""
        return sum(self.questions[place].answer == option for place, option in self.answers.items())

    def __repr__(self) -> str:
        return f"<Quiz {self.name}: {self.score} right of {len(self.answers)} answered>"


class Quiz(Panel):
    """The questions one below the other, each with its options and room for the verdict."""

    def __init__(self, name: str, questions: Sequence[Question]) -> None:
        self.model = QuizModel(name, questions)
        self.controls = [self._control(place) for place in range(len(self.model.questions))]
        self.verdicts = [ipywidgets.HTML() for _ in self.model.questions]
        rows: list[Any] = []
        for place, question in enumerate(self.model.questions):
            rows += [
                ipywidgets.HTML(heading(f"{place + 1}. {question.text}")),
                self.controls[place],
                self.verdicts[place],
            ]
        super().__init__(rows)

    def _control(self, place: int) -> Any:
        question = self.model.questions[place]
        control = ipywidgets.RadioButtons(
            options=[(text, at) for at, text in enumerate(question.options)],
            value=None,
            description="We answer",
            layout=ipywidgets.Layout(width="auto", max_width="60em"),
        )
        control.observe(lambda change: self._answered(place, change["new"]), "value")
        return control

    def _answered(self, place: int, option: int | None) -> None:
        if option is None:
            return
        question = self.model.questions[place]
        if self.model.choose(place, option):
            self.verdicts[place].value = told("right", "Right.", question.why)
        else:
            smells = f"This is misconception {question.misconception}." if question.misconception else ""
            self.verdicts[place].value = told("wrong", "Not so.", question.why, smells)
