"""What do we believe now? Twelve questions, asked before the first notebook and after the last.

Each answer comes with how sure one is: a wrong belief held with confidence is the one to work on. No answer
is judged here, so that the same questions can be asked again.
"""

from typing import Any

import ipywidgets
from traitlets import Dict, HasTraits

from labkit import progress
from labkit.widgets.panel import Panel
from labkit.widgets.quiz import Question
from labkit.widgets.view import heading

YES_NO = ("true", "false")
QUESTIONS = (
    Question("A password in base64 is protected from whoever reads it.", YES_NO, 1, "", "M1"),
    Question("What was encrypted with a public key, the public key decrypts.", YES_NO, 1, "", "M2"),
    Question("Large files are best encrypted with RSA, as it is the strongest.", YES_NO, 1, "", "M3"),
    Question("A nonce may be known to everybody, but must not repeat under one key.", YES_NO, 0, "", "M5"),
    Question("What is encrypted cannot be changed unnoticed, whatever the mode.", YES_NO, 1, "", "M6"),
    Question("KMS's Encrypt takes a file of 1 MB.", YES_NO, 1, "", "M7"),
    Question(
        "In an envelope, the data is encrypted under a data key, and that under a KMS key.",
        YES_NO,
        0,
        "",
        "M9",
    ),
    Question("When a key is rotated, KMS encrypts our old data anew.", YES_NO, 1, "", "M12"),
    Question("A disabled key can be used again once it is enabled.", YES_NO, 0, "", "M15"),
    Question("The encryption context is secret.", YES_NO, 1, "", "M17"),
    Question("An IAM policy that allows kms:* opens every key of the account.", YES_NO, 1, "", "M20"),
    Question("What was encrypted in one region, KMS decrypts in every other.", YES_NO, 1, "", "M19"),
)
SURE = (1, 5)


class InventoryModel(HasTraits):
    """The answers: a question's place -> the option chosen and the confidence, 1 (guessing) to 5 (sure)."""

    answers: dict[int, tuple[int, int]] = Dict()  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def answer(self, question: int, option: int, confidence: int) -> None:
        """Answer a question; the last answer counts. ValueError for what can't be chosen."""
        asked = QUESTIONS[question]
        if not 0 <= option < len(asked.options):
            raise ValueError(f"question {question} has no option {option}")
        if not SURE[0] <= confidence <= SURE[1]:
            raise ValueError("confidence goes from 1 (guessing) to 5 (sure)")
        self.answers = {**self.answers, question: (option, confidence)}
        told = self.told(question)
        progress.record("quizzes", f"{self.name}/{asked.misconception}", **told)

    def told(self, question: int) -> dict[str, Any]:
        """One answer, as the progress file keeps it and `viz.confidence` takes it."""
        asked, (option, confidence) = QUESTIONS[question], self.answers[question]
        return {
            "question": asked.text,
            "misconception": asked.misconception,
            "right": option == asked.answer,
            "confidence": confidence,
        }

    @property
    def results(self) -> list[dict[str, Any]]:
        """All answers given, for `viz.confidence`."""
        return [self.told(question) for question in sorted(self.answers)]


class Inventory(Panel):
    """The statements, each with true or false and a slider for the confidence."""

    def __init__(self, name: str = "pre-test") -> None:
        self.model = InventoryModel(name)
        self.options = [self._option() for _ in QUESTIONS]
        self.sliders = [self._slider() for _ in QUESTIONS]
        self.count = ipywidgets.HTML()
        rows: list[Any] = []
        for place, question in enumerate(QUESTIONS):
            for control in (self.options[place], self.sliders[place]):
                control.observe(lambda _, place=place: self._answered(place), "value")
            rows += [
                ipywidgets.HTML(heading(f"{place + 1}. {question.text}")),
                ipywidgets.HBox([self.options[place], self.sliders[place]]),
            ]
        self._draw()
        self.model.observe(self._draw, "answers")
        super().__init__([*rows, self.count])

    def _option(self) -> ipywidgets.Dropdown:
        return ipywidgets.Dropdown(
            options=[("choose", None), *((text, at) for at, text in enumerate(YES_NO))], description="We say"
        )

    def _slider(self) -> ipywidgets.IntSlider:
        return ipywidgets.IntSlider(value=3, min=SURE[0], max=SURE[1], description="how sure")

    def _answered(self, place: int) -> None:
        if self.options[place].value is not None:
            self.model.answer(place, self.options[place].value, self.sliders[place].value)

    def _draw(self, _: object = None) -> None:
        self.count.value = heading(f"{len(self.model.answers)} of {len(QUESTIONS)} answered")
