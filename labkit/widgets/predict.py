"""Predict first: say what you expect, then run the experiment, and see both side by side.

A demonstration that is only watched teaches no better than none; one that was predicted does.
Source: Crouch, Fagen, Callan, Mazur, "Classroom demonstrations: Learning tools or entertainment?" (2004).
"""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, Int, Unicode

from labkit import progress
from labkit.widgets.panel import Panel
from labkit.widgets.view import heading, told

OPEN, RIGHT, WRONG, SKIPPED = "open", "right", "wrong", "skipped"

Experiment = Callable[[], Any]
Meaning = str | Callable[[Any], Any] | None


class Prediction(HasTraits):
    """A question, what was predicted, and what was observed.

    `options` are texts to choose from, or three numbers (low, high, step). `outcome` is "open" until
    `choose(option)` or `skip()` has run the experiment, and then "right", "wrong" or "skipped".
    """

    outcome = Unicode(OPEN)
    predicted = AnyTrait(None)
    observed = AnyTrait(None)
    runs = Int(0, help="how often the experiment was run")
    failed = Bool(False, help="whether the experiment ended with an error, which is an observation, too")

    def __init__(
        self,
        name: str,
        question: str,
        options: Sequence[str] | tuple[float, float, float],
        experiment: Experiment,
        right: Meaning = None,
        why: str = "",
    ) -> None:
        super().__init__()
        self.name, self.question, self.options, self.why = name, question, options, why
        self._experiment = experiment
        self._right = right
        if not self.numeric and isinstance(right, str) and right not in options:
            raise ValueError(f"{right!r} is none of the options of {name}")

    @property
    def numeric(self) -> bool:
        """Whether a number is predicted rather than one of several answers."""
        return not isinstance(self.options[0], str)

    def choose(self, option: Any) -> str:
        """Predict `option` and run the experiment; returns the outcome. ValueError if it can't be chosen."""
        if self.numeric:
            low, high, _ = self.options
            if not float(low) <= float(option) <= float(high):
                raise ValueError(f"{option} is not between {low} and {high}")
        elif option not in self.options:
            raise ValueError(f"{option!r} is none of the options")
        return self._run(option)

    def skip(self) -> str:
        """Run the experiment without a prediction; returns the outcome."""
        return self._run(None)

    @property
    def meant(self) -> Any:
        """The option that the observation agrees with."""
        if callable(self._right):
            return self._right(self.observed)
        if self._right is not None:
            return self._right
        return self.observed if self.numeric else str(self.observed)

    def __repr__(self) -> str:
        return f"<Prediction {self.name}: {self.outcome}>"

    def _run(self, option: Any) -> str:
        try:
            self.observed, self.failed = self._experiment(), False
        except Exception as error:  # noqa: BLE001 - what AWS refuses is what we wanted to see
            self.observed, self.failed = str(error), True
        self.predicted = option
        self.outcome = SKIPPED if option is None else (RIGHT if option == self.meant else WRONG)
        progress.record("predictions", self.name, predicted=option, outcome=self.outcome)
        self.runs += 1
        return self.outcome


class Predict(Panel):
    """The question with its options; two buttons: predict and run, or run without a prediction."""

    def __init__(
        self,
        name: str,
        question: str,
        options: Sequence[str] | tuple[float, float, float],
        experiment: Experiment,
        right: Meaning = None,
        why: str = "",
    ) -> None:
        self.model = Prediction(name, question, options, experiment, right, why)
        self.control = self._control()
        self.go = ipywidgets.Button(description="Predict and run", icon="play", button_style="primary")
        self.leave = ipywidgets.Button(description="Just run it", tooltip="Run without a prediction")
        self.answer = ipywidgets.HTML()
        self.go.disabled = not self.model.numeric
        self.control.observe(self._chosen, "value")
        self.go.on_click(lambda _: self.model.choose(self.control.value))
        self.leave.on_click(lambda _: self.model.skip())
        self.model.observe(self._draw, "runs")
        super().__init__(
            [
                ipywidgets.HTML(heading(f"Predict: {question}")),
                self.control,
                ipywidgets.HBox([self.go, self.leave]),
                self.answer,
            ]
        )

    def _control(self) -> Any:
        wide = ipywidgets.Layout(width="auto", max_width="60em")
        if self.model.numeric:
            low, high, step = self.model.options
            number = (
                ipywidgets.IntSlider
                if all(isinstance(one, int) for one in (low, high, step))
                else (ipywidgets.FloatSlider)
            )
            return number(min=low, max=high, step=step, value=low, description="We expect", layout=wide)
        return ipywidgets.RadioButtons(
            options=list(self.model.options), value=None, description="We expect", layout=wide
        )

    def _chosen(self, _: object) -> None:
        self.go.disabled = self.control.value is None

    def _draw(self, _: object = None) -> None:
        model = self.model
        seen = f"Observed: {model.observed}"
        if model.outcome == SKIPPED:
            self.answer.value = told("told", seen, model.why)
        elif model.outcome == RIGHT:
            self.answer.value = told("right", f"Predicted: {model.predicted}. {seen}", model.why)
        elif model.outcome == WRONG:
            means = "" if model.numeric or model.meant == str(model.observed) else f"That is: {model.meant}"
            self.answer.value = told("wrong", f"Predicted: {model.predicted}. {seen}", means, model.why)
