"""Log events along the lab's clock: each arrives on the line of the key that its group has at that moment.

The line never changes afterwards; whether CloudWatch Logs can read the event does. Every button is a call to
the lab. Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import boto3
import ipywidgets
import pandas as pd
from botocore.exceptions import ClientError
from traitlets import Bool, HasTraits, Int, Unicode

from labkit import progress
from labkit.lab import Lab
from labkit.widgets.ingest_lines import OWN_KEY, Arrived, Line, svg
from labkit.widgets.panel import Panel
from labkit.widgets.predict import OPEN, RIGHT, SKIPPED, WRONG
from labkit.widgets.view import Kind, frame, heading, told, twin

STREAM = "ingest-timeline"
NO_IDEA = -1


class Ingest(HasTraits):
    """A log group and the keys that it may get, as ARNs. `said` is what came of the last thing done;
    `changes` counts them.
    """

    said = Unicode("")
    refused = Bool(False)
    changes = Int(0)

    def __init__(
        self, lab: Lab, group: str, keys: Sequence[str], exercise: str = "12-ingest-timeline"
    ) -> None:
        super().__init__()
        self.lab, self.group, self.keys, self.exercise = lab, group, tuple(keys), exercise
        self._logs, self._kms = boto3.client("logs"), boto3.client("kms")
        self._logs.create_log_stream(logGroupName=group, logStreamName=STREAM)
        self.arrived: list[Arrived] = []
        self.outcome = OPEN

    @property
    def key(self) -> str:
        """The ARN of the key that the group has now, "" for none."""
        listed = self._logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        return str(next(one for one in listed if one["logGroupName"] == self.group).get("kmsKeyId", ""))

    def write(self) -> None:
        """Have one more event arrive, an hour after the one before."""
        self.lab.clock.advance(hours=1)
        number, now = len(self.arrived) + 1, self.lab.clock.now()
        one = Arrived(number, now, int(now.timestamp() * 1000), self.key)
        event = {"timestamp": one.time, "message": f"event {number}"}
        if self._do(
            f"event {number} has arrived",
            lambda: self._logs.put_log_events(
                logGroupName=self.group, logStreamName=STREAM, logEvents=[event]
            ),
        ):
            self.arrived.append(one)
            self.changes += 1

    def associate(self, key: str) -> None:
        """Have what arrives from now on encrypted under this key, "" for the service's own."""
        if key:
            self._do(
                f"associate-kms-key, {name_of(key)}",
                lambda: self._logs.associate_kms_key(logGroupName=self.group, kmsKeyId=key),
            )
        else:
            self._do(
                "disassociate-kms-key",
                lambda: self._logs.disassociate_kms_key(logGroupName=self.group),
            )

    def disable(self, key: str) -> None:
        """Disable a key."""
        self._do(f"disable-key, {name_of(key)}", lambda: self._kms.disable_key(KeyId=key))

    def enable(self, key: str) -> None:
        """Enable a key again."""
        self._do(f"enable-key, {name_of(key)}", lambda: self._kms.enable_key(KeyId=key))

    def read(self, expected: int = NO_IDEA) -> int:
        """Read every event by itself; returns how many can be read. `expected` is our prediction."""
        self.arrived = [one._replace(readable=self._is_readable(one)) for one in self.arrived]
        count = sum(one.readable is True for one in self.arrived)
        self.outcome = SKIPPED if expected == NO_IDEA else RIGHT if expected == count else WRONG
        progress.record("predictions", self.exercise, predicted=expected, outcome=self.outcome)
        before = "" if expected == NO_IDEA else f"Predicted: {expected}. "
        self.said = f"{before}{count} of {len(self.arrived)} events can be read."
        self.refused = self.outcome == WRONG
        self.changes += 1
        return count

    @property
    def lines(self) -> list[Line]:
        """One line a key, the service's own first."""
        now = self.key
        own = Line("", OWN_KEY, "", now == "")
        states = {key: str(self._kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]) for key in self.keys}
        return [own, *(Line(key, name_of(key), states[key], now == key) for key in self.keys)]

    @property
    def table(self) -> pd.DataFrame:
        """A row an event: when it arrived, under which key it lies, and what came of the last reading."""
        words = {True: "yes", False: "no", None: "not tried"}
        rows = [
            (one.number, one.when, name_of(one.key) if one.key else OWN_KEY, words[one.readable])
            for one in self.arrived
        ]
        return pd.DataFrame(rows, columns=["event", "arrived", "key", "readable"])

    def _is_readable(self, one: Arrived) -> bool:
        try:
            found = self._logs.get_log_events(
                logGroupName=self.group, logStreamName=STREAM, startTime=one.time, endTime=one.time + 1
            )
        except ClientError:
            return False
        return bool(found["events"])

    def _do(self, what: str, work: Callable[[], object]) -> bool:
        """Do something; what was read before says nothing about afterwards. Returns whether it succeeded."""
        self.outcome = OPEN
        try:
            work()
        except ClientError as error:
            self.said, self.refused = str(error), True
        else:
            self.said, self.refused = f"Done: {what}.", False
            self.arrived = [one._replace(readable=None) for one in self.arrived]
        self.changes += 1
        return not self.refused


class Named(NamedTuple):
    """A key as a control offers it."""

    name: str
    arn: str


class IngestTimeline(Panel):
    """The lines of the keys, and controls to write, to change the key, to switch keys off and on, to read."""

    def __init__(self, lab: Lab, group: str, keys: Sequence[str]) -> None:
        self.model = Ingest(lab, group, keys)
        named = [Named(name_of(key), key) for key in keys]
        self.write = self._button("Write an event", self.model.write)
        self.chosen = ipywidgets.Dropdown(options=[*named, Named(OWN_KEY, "")], description="Key")
        self.associate = self._button("Use it from now on", lambda: self.model.associate(self.chosen.value))
        self.disable = self._button("Disable it", lambda: self.model.disable(self.chosen.value))
        self.enable = self._button("Enable it", lambda: self.model.enable(self.chosen.value))
        self.expected = ipywidgets.Dropdown(options=[("(no idea)", NO_IDEA)], description="We expect")
        self.read = self._button("Read every event", lambda: self.model.read(self.expected.value))
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        self.model.observe(self._draw, "changes")
        self.chosen.observe(self._switch, "value")
        self._draw()
        super().__init__(
            [
                self.picture,
                ipywidgets.HBox([self.write]),
                ipywidgets.HBox([self.chosen, self.associate, self.disable, self.enable]),
                ipywidgets.HBox([self.expected, self.read]),
                self.answer,
            ]
        )

    def _button(self, text: str, work: Callable[[], object]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="auto"))
        button.on_click(lambda _: work())
        return button

    def _switch(self, _: object = None) -> None:
        """The service's own key is not ours to disable."""
        self.disable.disabled = self.enable.disabled = not self.chosen.value

    def _draw(self, _: object = None) -> None:
        model = self.model
        count = len(model.arrived)
        if len(self.expected.options) != count + 2:
            self.expected.options = [("(no idea)", NO_IDEA), *((str(one), one) for one in range(count + 1))]
            self.expected.value = NO_IDEA
        now, table = model.lab.clock.now(), model.table
        words = "; ".join(
            f"event {row['event']} under {row['key']}, readable: {row['readable']}"
            for row in table.to_dict("records")
        )
        self.picture.value = (
            heading(f"Events of {model.group}", f"now: {now:%Y-%m-%d %H:%M}")
            + frame(svg(model.lines, model.arrived), words or "no events yet")
            + twin(table)
        )
        if model.said:
            kind: Kind = "wrong" if model.refused else "right" if model.outcome == RIGHT else "told"
            self.answer.value = told(kind, model.said)


def name_of(key: str) -> str:
    """A key's ARN in short."""
    return f"key {key.rpartition('/')[2][:8]}…"
