"""A rotation step by step: who has which label, what GetSecretValue returns, what the database accepts.

The steps are real: Secrets Manager is the lab's, the logins are logins to a PostgreSQL server. A crash comes
at the worst moment, when a step has done its work and has not said so. The next attempt begins with the first
step, as Secrets Manager has it. Source: Secrets Manager User Guide, "Rotation by Lambda function".
"""

from html import escape
from typing import Any, NamedTuple

import boto3
import ipywidgets
import pandas as pd
from botocore.exceptions import ClientError
from traitlets import Bool, HasTraits, Int

from labkit import progress
from labkit.lab import Lab
from labkit.palette import ALLOW, BLUE, DENY, rgba
from labkit.widgets.logins import accepted
from labkit.widgets.panel import Panel
from labkit.widgets.predict import OPEN, RIGHT, SKIPPED, WRONG
from labkit.widgets.rotation_steps import STEPS, RotationSteps, StepError
from labkit.widgets.view import Kind, frame, heading, told, twin

ACCEPTED, REFUSED = "accepted", "refused"


class Version(NamedTuple):
    """One version as it stands: its labels, whether GetSecretValue returns it, and who it lets in."""

    version_id: str
    labels: tuple[str, ...]
    returned: bool
    user: str
    accepted: bool


class LabelStepper(HasTraits):
    """One rotation. `step` of four are taken in this `attempt`; `changes` counts what was done.

    Where the secret names a master's secret as "masterarn", two users alternate.
    """

    step = Int(0)
    attempt = Int(1)
    crashed = Bool(False)
    changes = Int(0)

    def __init__(self, lab: Lab, secret_id: str, name: str = "11-staging-labels") -> None:
        super().__init__()
        self.lab, self.name = lab, name
        self._client = boto3.client("secretsmanager")
        self.rotation = RotationSteps(self._client, secret_id)
        self.said, self.outcome, self.failed = "", OPEN, False
        self._first = self._version_ids()
        self.versions = self._look()

    @property
    def done(self) -> bool:
        """Whether the rotation has come to its end."""
        return self.step == len(STEPS) and not self.crashed

    @property
    def next_step(self) -> str:
        """What is to be done next: one of `STEPS`, or "" at the end or after a crash."""
        return "" if self.crashed or self.done else STEPS[self.step]

    @property
    def application(self) -> str:
        """What a program finds that reads the secret now and logs in: "accepted" or "refused"."""
        return ACCEPTED if any(one.returned and one.accepted for one in self.versions) else REFUSED

    def forward(self, expected: str | None = None, *, crash: bool = False) -> str:
        """Take the next step; with `crash`, the function ends before it can say so. Returns what was done.

        `expected` is what we predict for `application` afterwards. ValueError where no step is next.
        """
        step = self.next_step
        if not step:
            raise ValueError("begin a new attempt, or a new rotation, first")
        try:
            said, self.failed = f"{step}. {self.rotation.take(step)}", False
        except (ClientError, StepError) as error:
            said, self.failed = f"{step}: {error}", True
        self.crashed = crash or self.failed
        if not self.failed:
            self.step += 1
        self.versions = self._look()
        self.outcome = SKIPPED if expected is None else RIGHT if expected == self.application else WRONG
        progress.record("predictions", self.name, predicted=expected, outcome=self.outcome)
        self.said = said + (" Then the function crashes." if crash else "")
        self.changes += 1
        return self.said

    def again(self) -> str:
        """After a crash, begin the next attempt at the same version; at the end, begin another rotation."""
        if self.crashed:
            self.attempt += 1
            self.said = f"Attempt {self.attempt} begins with {STEPS[0]}, for the same version."
        else:
            self.rotation.begin()
            self.attempt, self.said = 1, "Another rotation begins."
        self.step, self.crashed, self.failed, self.outcome = 0, False, False, OPEN
        self.versions = self._look()
        self.changes += 1
        return self.said

    @property
    def table(self) -> pd.DataFrame:
        """A row a version, in the order in which they were made."""
        rows = [
            (
                one.version_id,
                ", ".join(one.labels),
                "yes" if one.returned else "",
                one.user,
                ACCEPTED if one.accepted else REFUSED,
            )
            for one in self.versions
        ]
        return pd.DataFrame(
            rows, columns=["VersionId", "Labels", "GetSecretValue returns it", "User", "The database says"]
        )

    def _version_ids(self) -> list[str]:
        told_all = self._client.list_secret_version_ids(SecretId=self.rotation.arn)["Versions"]
        return [one["VersionId"] for one in reversed(told_all)]

    def _look(self) -> list[Version]:
        labels = self._client.describe_secret(SecretId=self.rotation.arn)["VersionIdsToStages"]
        current = self._client.get_secret_value(SecretId=self.rotation.arn)["VersionId"]
        found = []
        for version_id in self._version_ids():
            secret = self.rotation.read(VersionId=version_id)
            stages = tuple(sorted(labels.get(version_id, ())))
            found.append(
                Version(version_id, stages, version_id == current, secret["username"], accepted(secret))
            )
        return found


class StagingLabels(Panel):
    """The versions with their labels, a prediction, and buttons to step, to crash, and to try again."""

    def __init__(self, lab: Lab, secret_id: str) -> None:
        self.model = LabelStepper(lab, secret_id)
        self.expected = ipywidgets.RadioButtons(
            options=[("no idea", ""), (ACCEPTED, ACCEPTED), (REFUSED, REFUSED)],
            description="We expect",
            layout=ipywidgets.Layout(width="auto"),
        )
        self.onward = self._button("Next step", lambda: self.model.forward(self.expected.value or None))
        self.onward.button_style, self.onward.icon = "primary", "arrow-right"
        self.crash = self._button(
            "Next step, then crash", lambda: self.model.forward(self.expected.value or None, crash=True)
        )
        self.again = self._button("Try again", self.model.again)
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        self.question = ipywidgets.HTML()
        self.model.observe(self._draw, "changes")
        self._draw()
        super().__init__(
            [
                self.picture,
                self.question,
                self.expected,
                ipywidgets.HBox([self.onward, self.crash, self.again]),
                self.answer,
            ]
        )

    def _button(self, text: str, work: Any) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="auto"))
        button.on_click(lambda _: work())
        return button

    def _draw(self, _: object = None) -> None:
        model = self.model
        self.onward.disabled = self.crash.disabled = not model.next_step
        self.again.disabled = bool(model.next_step)
        self.again.description = "Another rotation" if model.done else "Try again"
        head = f"Attempt {model.attempt}: {model.step} of {len(STEPS)} steps done"
        words = "; ".join(
            f"version {one.version_id[:8]} {' '.join(one.labels) or 'without labels'}, "
            f"{ACCEPTED if one.accepted else REFUSED}"
            for one in model.versions
        )
        self.picture.value = (
            heading(head, " → ".join(STEPS)) + frame(picture(model.versions), words) + twin(model.table)
        )
        if model.next_step:
            ask = f"Predict: after {model.next_step}, a program reads the secret and logs in. Is it accepted?"
        else:
            ask = (
                "The rotation is done."
                if model.done
                else "The function has crashed. Secrets Manager tries again."
            )
        self.question.value = heading(ask)
        if model.said:
            self._answer()

    def _answer(self) -> None:
        model = self.model
        now = f"A program that reads the secret now and logs in is {model.application}."
        kind: Kind = "told"
        if model.outcome in (RIGHT, WRONG):
            kind = "right" if model.outcome == RIGHT else "wrong"
            now = f"Predicted: {self.expected.value}. {now}"
        if model.failed:
            kind = "wrong"
        self.answer.value = told(kind, model.said, now)


def picture(versions: list[Version]) -> str:
    """A card for each version, the oldest first; the one that GetSecretValue returns has a thick frame."""
    cards = "".join(_card(number, one) for number, one in enumerate(versions, 1))
    return f'<div style="display:flex;gap:10px;flex-wrap:wrap;margin:6px 0">{cards}</div>'


def _card(number: int, one: Version) -> str:
    answer = ALLOW if one.accepted else DENY
    border = f"3px solid {BLUE}" if one.returned else "1px solid rgba(128,128,128,.5)"
    labels = "".join(
        f'<span style="border:1px solid {BLUE};border-radius:10px;padding:0 8px;margin-right:4px;'
        f'background:{rgba(BLUE, 0.14)}">{escape(label)}</span>'
        for label in one.labels
    )
    returned = "GetSecretValue returns this" if one.returned else "&nbsp;"
    line = "solid" if one.accepted else "double"
    return (
        f'<div style="flex:1 1 14em;max-width:24em;border:{border};border-radius:6px;padding:6px 10px">'
        f"<strong>version {number}</strong> "
        f'<span style="opacity:.7">{escape(one.version_id[:8])}…, user {escape(one.user)}</span>'
        f'<div style="min-height:1.6em">{labels or "<em>no label</em>"}</div><div>{returned}</div>'
        f'<div style="border-left:5px {line} {answer.color};background:{rgba(answer.color, 0.14)};'
        f'padding:2px 8px">{answer.sign} the database: {ACCEPTED if one.accepted else REFUSED}</div></div>'
    )
