"""A parameter's life along the lab's clock: versions that stay, labels that move, and a date when all ends.

Every button calls the lab's Parameter Store. What has been deleted is remembered here, so that the end can be
seen. Source: Systems Manager User Guide, "Working with parameter versions", "Assigning parameter policies".
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import ipywidgets
import pandas as pd
from botocore.exceptions import ClientError
from traitlets import Bool, HasTraits, Int, Unicode

from labkit import progress
from labkit.cloud.services.ssm.policies import BEFORE_EXPIRATION, EXPIRATION, moment_of, span_of
from labkit.lab import Lab
from labkit.widgets.panel import Panel
from labkit.widgets.parameter_bars import Due, Seen, svg
from labkit.widgets.predict import OPEN, RIGHT, SKIPPED, WRONG
from labkit.widgets.view import Kind, frame, heading, told, twin

NOTHING = "an error"
NEWEST = "the name alone"


class ParameterLife(HasTraits):
    """One parameter over time. `said` is what came of the last thing done; `changes` counts them.

    `versions` are those that there are, or, where the parameter has `ended`, those that there were.
    """

    said = Unicode("")
    refused = Bool(False)
    changes = Int(0)

    def __init__(self, lab: Lab, name: str, exercise: str = "10-version-timeline") -> None:
        super().__init__()
        self.lab, self.name, self.exercise = lab, name, exercise
        self._ssm = boto3.client("ssm")
        self.versions: list[Seen] = []
        self.dues: list[Due] = []
        self.ended: datetime | None = None
        self.outcome = OPEN
        self._look()
        if not self.versions:
            raise ValueError(f"there is no parameter {name} yet")

    def write(self) -> None:
        """Overwrite the parameter, or make it anew where it has ended."""
        if self.ended:
            self._do("a new parameter", lambda: self._put(Type="String"))
        else:
            self._do("a new version", lambda: self._put(Overwrite=True))

    def expire(self, days: int) -> None:
        """Write a version of the Advanced tier that ends after so many days, with two reminders before."""
        end = (self.lab.clock.now() + timedelta(days=days)).isoformat()
        reminder = {"Unit": "Days"}
        policies = [
            {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": end}},
            {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "5", **reminder}},
            {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "10", **reminder}},
        ]
        advanced: dict[str, Any] = {"Tier": "Advanced", "Policies": json.dumps(policies)}
        advanced |= {"Type": "String"} if self.ended else {"Overwrite": True}
        self._do(f"a new version, with an end in {days} days", lambda: self._put(**advanced))

    def label(self, label: str, version: int) -> None:
        """Put a label on a version; it leaves the one that it was on."""
        self._do(
            f"label {label} on version {version}",
            lambda: self._ssm.label_parameter_version(
                Name=self.name, ParameterVersion=version, Labels=[label]
            ),
        )

    def advance(self, days: float) -> None:
        """Let days pass. ValueError for a negative number: time does not run backwards."""
        self.lab.clock.advance(days=days)
        self._tell(f"{days:g} days later.")

    def read(self, selector: str, expected: str | None = None) -> str:
        """Read the parameter; `selector` is "", or such as ":2" or ":live". Returns what came.

        `expected` is our prediction: "version 2", or "an error".
        """
        try:
            found = self._ssm.get_parameter(Name=self.name + selector)["Parameter"]
        except ClientError as error:
            came, text = NOTHING, str(error)
        else:
            came, text = f"version {found['Version']}", f"{self.name}{selector} is {found['Value']!r}"
        self.outcome = SKIPPED if expected is None else RIGHT if expected == came else WRONG
        progress.record("predictions", self.exercise, predicted=expected, outcome=self.outcome)
        before = f"Predicted: {expected}. " if expected else ""
        self._tell(f"{before}What came: {came}. {text}", refused=self.outcome == WRONG, outcome=self.outcome)
        return came

    @property
    def selectors(self) -> dict[str, str]:
        """How one may ask: in words -> what is put behind the name."""
        numbers = {f"version {one.number}": f":{one.number}" for one in self.versions}
        labels = {label: f":{label}" for one in self.versions for label in one.labels.split(", ") if label}
        return {NEWEST: "", **numbers, **{f"label {label}": text for label, text in sorted(labels.items())}}

    @property
    def table(self) -> pd.DataFrame:
        """A row a version, and one for each thing that a policy has planned."""
        now = self.lab.clock.now()
        rows: list[tuple[str, datetime, str, str]] = [
            (f"version {one.number}", one.made, one.labels, "deleted" if self.ended else "kept")
            for one in self.versions
        ]
        rows += [(one.kind, one.moment, "", "past" if one.moment <= now else "planned") for one in self.dues]
        return pd.DataFrame(rows, columns=["What", "When", "Labels", "State"])

    def _put(self, **how: Any) -> None:
        value = f"value {1 if self.ended else self.versions[-1].number + 1}"
        self._ssm.put_parameter(Name=self.name, Value=value, **how)

    def _do(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except ClientError as error:
            self._tell(str(error), refused=True)
        else:
            self._tell(f"Done: {what}.")

    def _tell(self, text: str, *, refused: bool = False, outcome: str = OPEN) -> None:
        had_ended = self.ended
        self._look()
        if self.ended and not had_ended:
            text += f" On {self.ended:%Y-%m-%d} the parameter has deleted itself, with all its versions."
        self.said, self.refused, self.outcome = text, refused, outcome
        self.changes += 1

    def _look(self) -> None:
        stored = self.lab.parameters()
        here = (stored["Name"] == self.name) & (stored["region"] == self._ssm.meta.region_name)
        rows = stored[here].sort_values("Version").to_dict("records")
        if not rows:
            ends = [one.moment for one in self.dues if one.kind == EXPIRATION]
            self.ended = self.ended or min([*ends, self.lab.clock.now()])
            return
        self.ended = None
        self.versions = [
            Seen(row["Version"], row["LastModifiedDate"].to_pydatetime(), row["Labels"]) for row in rows
        ]
        self.dues = dues(rows[-1]["Policies"], self.versions[-1].made)


def dues(policies: object, made: datetime) -> list[Due]:
    """What the policies of a version, as JSON text, have planned; `made` is when the version was made."""
    listed = json.loads(policies) if isinstance(policies, str) else []
    ends = [moment_of(policy) for policy in listed if policy["Type"] == EXPIRATION]
    planned = [Due(EXPIRATION, end) for end in ends]
    for policy in listed:
        if policy["Type"] == BEFORE_EXPIRATION:
            planned += [Due(policy["Type"], end - span_of(policy)) for end in ends]
        elif policy["Type"] != EXPIRATION:
            planned.append(Due(policy["Type"], made + span_of(policy)))
    return planned


class ParameterTimeline(Panel):
    """The bars of the versions, and controls to write, label, read, plan an end, and let time pass."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.model = ParameterLife(lab, name)
        self.write = self._button("Write a version", self.model.write)
        self.expire = self._button("Write one that ends in 30 days", lambda: self.model.expire(30))
        self.version = ipywidgets.Dropdown(options=[1], description="Version")
        self.label = self._button(
            'Label it "live"', lambda: self.model.label("live", int(self.version.value or 1))
        )
        self.selector = ipywidgets.Dropdown(options=[(NEWEST, "")], description="We ask for")
        self.expected = ipywidgets.Dropdown(options=[("(no idea)", "")], description="We expect")
        self.read = self._button(
            "Read", lambda: self.model.read(self.selector.value, self.expected.value or None)
        )
        self.days = ipywidgets.IntSlider(
            value=10, min=1, max=60, description="Days", tooltip="how far the clock is moved forward"
        )
        self.later = self._button("Let them pass", lambda: self.model.advance(self.days.value))
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        self.model.observe(self._draw, "changes")
        self._draw()
        super().__init__(
            [
                self.picture,
                ipywidgets.HBox([self.write, self.expire]),
                ipywidgets.HBox([self.version, self.label]),
                ipywidgets.HBox([self.selector, self.expected, self.read]),
                ipywidgets.HBox([self.days, self.later]),
                self.answer,
            ]
        )

    def _button(self, text: str, work: Callable[[], object]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="auto"))
        button.on_click(lambda _: work())
        return button

    def _draw(self, _: object = None) -> None:
        model = self.model
        numbers = [one.number for one in model.versions]
        _offer(self.version, [(str(number), number) for number in numbers], numbers[-1])
        _offer(self.selector, list(model.selectors.items()), self.selector.value)
        expected = [f"version {number}" for number in numbers] + [NOTHING]
        _offer(self.expected, [("(no idea)", ""), *((one, one) for one in expected)], "")
        now, table = model.lab.clock.now(), model.table
        words = "; ".join(
            f"{row['What']} {row['When']:%Y-%m-%d} {row['Labels']} {row['State']}"
            for row in table.to_dict("records")
        )
        state = f"deleted on {model.ended:%Y-%m-%d}" if model.ended else _count(len(numbers))
        self.picture.value = (
            heading(f"{model.name}: {state}", f"now: {now:%Y-%m-%d}")
            + frame(svg(model.versions, model.dues, model.ended, now), words)
            + twin(table)
        )
        if model.said:
            kind: Kind = "wrong" if model.refused else "right" if model.outcome == RIGHT else "told"
            self.answer.value = told(kind, model.said)


def _count(versions: int) -> str:
    return "1 version" if versions == 1 else f"{versions} versions"


def _offer(control: ipywidgets.Dropdown, options: list[tuple[str, Any]], value: Any) -> None:
    """Let the control offer these options, with `value` chosen if it is among them."""
    control.options = options
    control.value = value if value in [one for _, one in options] else options[0][1]
