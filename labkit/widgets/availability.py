"""Rotations, and two programs that log in all the time meanwhile: who is refused, and for how long?

Each secret is rotated once by the lab's Secrets Manager, while real logins go on. One of the programs reads
the secret each time, the other keeps what it read first.
Source: Secrets Manager User Guide, "Lambda function rotation strategies".
"""

import time
from collections.abc import Mapping

import boto3
import ipywidgets
from botocore.exceptions import ClientError
from traitlets import HasTraits, Int

from labkit import progress
from labkit.lab import Lab
from labkit.viz.visits import Login, availability
from labkit.widgets.logins import Visitor
from labkit.widgets.panel import Panel
from labkit.widgets.predict import OPEN, RIGHT, SKIPPED, WRONG
from labkit.widgets.view import Kind, heading, told

SOME, NONE = "some are refused", "none is refused"
BEFORE, AFTER = 0.4, 0.4
LONGEST = 10.0  # seconds to wait for the end; a lab in this process is done when RotateSecret returns


class Rotations(HasTraits):
    """What came of the rotations: `runs` maps a name to the logins during its last one.

    `secrets` maps a name, such as "single user", to the secret that is rotated under it.
    """

    changes = Int(0)

    def __init__(self, lab: Lab, secrets: Mapping[str, str], name: str = "11-availability") -> None:
        super().__init__()
        if not secrets:
            raise ValueError("there is no secret to rotate")
        self.lab, self.secrets, self.name = lab, dict(secrets), name
        self._client = boto3.client("secretsmanager")
        self.runs: dict[str, list[Login]] = {}
        self.said, self.outcome, self.failed = "", OPEN, False

    def rotate(self, run: str, expected: str | None = None) -> list[Login]:
        """Rotate one secret while programs log in; returns the logins. KeyError for no such name.

        `expected` is our prediction: "some are refused", or "none is refused".
        """
        secret_id = self.secrets[run]
        with Visitor(self._client, secret_id) as visitor:
            time.sleep(BEFORE)
            problem = self._rotate(secret_id)
            time.sleep(AFTER)
        self.failed = bool(problem)
        if problem:
            self.said, self.outcome = problem, OPEN
            self.changes += 1
            return visitor.logins
        self.runs[run] = visitor.logins
        refused = sum(not one.accepted for one in visitor.logins)
        came = SOME if refused else NONE
        self.outcome = SKIPPED if expected is None else RIGHT if expected == came else WRONG
        progress.record("predictions", f"{self.name}/{run}", predicted=expected, outcome=self.outcome)
        before = f"Predicted: {expected}. " if expected else ""
        self.said = f"{before}{run}: {len(visitor.logins)} logins, {refused} refused."
        self.changes += 1
        return visitor.logins

    def _rotate(self, secret_id: str) -> str:
        """Rotate, and wait for the end; returns what went wrong, if anything."""
        try:
            version = self._client.rotate_secret(SecretId=secret_id)["VersionId"]
        except ClientError as error:
            return str(error)
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            stages = self._client.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
            if "AWSCURRENT" in stages.get(version, ()):
                return ""
            time.sleep(0.05)
        return "The rotation has failed, and will be tried again. The function's log says why."


class Availability(Panel):
    """A button for each secret, a prediction, and the picture of all logins."""

    def __init__(self, lab: Lab, secrets: Mapping[str, str]) -> None:
        self.model = Rotations(lab, secrets)
        self.run = ipywidgets.Dropdown(options=list(self.model.secrets), description="Rotate")
        self.expected = ipywidgets.RadioButtons(
            options=[("no idea", ""), (SOME, SOME), (NONE, NONE)],
            description="We expect",
            layout=ipywidgets.Layout(width="auto"),
        )
        self.go = ipywidgets.Button(description="Rotate and log in", icon="play", button_style="primary")
        self.go.on_click(self._rotate)
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        super().__init__(
            [
                ipywidgets.HTML(heading("Predict: while the secret rotates, are logins refused?")),
                self.run,
                self.expected,
                self.go,
                self.answer,
                self.picture,
            ]
        )

    def _rotate(self, _: object) -> None:
        self.go.disabled = True
        self.answer.value = told("told", "Rotating, and logging in meanwhile …")
        try:
            self.model.rotate(self.run.value, self.expected.value or None)
        finally:
            self.go.disabled = False
        model = self.model
        wrong = model.failed or model.outcome == WRONG
        kind: Kind = "wrong" if wrong else "right" if model.outcome == RIGHT else "told"
        self.answer.value = told(kind, model.said)
        if model.runs:
            self.picture.value = availability(model.runs)._repr_html_()
