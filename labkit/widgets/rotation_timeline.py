"""Rotation along the lab's clock: each backing key is a bar, each ciphertext a dot on the bar that opens it.

Moving the clock forward carries out what AWS would do by itself. It can't go back: neither can a rotation.
Source: KMS Developer Guide, "Rotate AWS KMS keys".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, NamedTuple

import boto3
import ipywidgets
import pandas as pd
from botocore.exceptions import ClientError
from traitlets import HasTraits, Int, Unicode

from labkit.lab import Lab
from labkit.lens import dissect
from labkit.palette import BLUE, VERMILLION
from labkit.widgets.panel import Panel
from labkit.widgets.view import frame, heading, told

WIDTH, ROW, LEFT = 860, 34, 150


class Ciphertext(NamedTuple):
    """One ciphertext, when it was made, and the id of the key material that opens it."""

    made: datetime
    blob: bytes
    material: str


class Rotation(HasTraits):
    """A key over time. Every method calls the lab's KMS; `said` is the last answer, `changes` counts them."""

    changes = Int(0)
    said = Unicode("")

    def __init__(self, lab: Lab, key_id: str) -> None:
        super().__init__()
        self.lab = lab
        self._kms = boto3.client("kms")
        self.key_id = self._kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyId"]
        self.began = lab.clock.now()
        self.ciphertexts: list[Ciphertext] = []

    def encrypt(self) -> None:
        """Encrypt something under the key."""
        number = len(self.ciphertexts) + 1
        try:
            answer = self._kms.encrypt(KeyId=self.key_id, Plaintext=f"message {number}".encode())
        except ClientError as error:
            self._tell(str(error))
            return
        blob = answer["CiphertextBlob"]
        material = dissect(blob)["key reference"].raw.hex()
        self.ciphertexts.append(Ciphertext(self.lab.clock.now(), blob, material))
        self._tell(f"Message {number} is encrypted.")

    def advance(self, days: float) -> None:
        """Let days pass. ValueError for a negative number: what was done stays done."""
        self.lab.clock.advance(days=days)
        self._tell(f"{days:g} days later.")

    def rotate_yearly(self, days: int = 365) -> None:
        """Switch automatic rotation on, every so many days (90 to 2560)."""
        self._ask("EnableKeyRotation", KeyId=self.key_id, RotationPeriodInDays=days)

    def stop_rotating(self) -> None:
        """Switch automatic rotation off."""
        self._ask("DisableKeyRotation", KeyId=self.key_id)

    def rotate_now(self) -> None:
        """Rotate on demand."""
        self._ask("RotateKeyOnDemand", KeyId=self.key_id)

    def open_all(self) -> int:
        """Decrypt every ciphertext; returns how many open."""
        opened = 0
        for one in self.ciphertexts:
            try:
                self._kms.decrypt(CiphertextBlob=one.blob, KeyId=self.key_id)
            except ClientError as error:
                self._tell(str(error))
                continue
            opened += 1
        self._tell(f"{opened} of {len(self.ciphertexts)} ciphertexts open.")
        return opened

    @property
    def arn(self) -> str:
        """The key's ARN, which rotation does not change."""
        return str(self._kms.describe_key(KeyId=self.key_id)["KeyMetadata"]["Arn"])

    @property
    def table(self) -> pd.DataFrame:
        """A row a backing key, oldest first: since when it is there, what it made, whether it works now."""
        keys = self.lab.backing_keys()
        keys = keys[keys["KeyId"] == self.key_id]
        made = [
            sum(one.material == material for one in self.ciphertexts) for material in keys["KeyMaterialId"]
        ]
        rows: pd.DataFrame = keys[["KeyMaterialId", "CreationDate", "Current"]]
        return rows.assign(Ciphertexts=made).reset_index(drop=True)

    def _ask(self, operation: str, **parameters: Any) -> None:
        methods = {
            "EnableKeyRotation": self._kms.enable_key_rotation,
            "DisableKeyRotation": self._kms.disable_key_rotation,
            "RotateKeyOnDemand": self._kms.rotate_key_on_demand,
        }
        try:
            methods[operation](**parameters)
        except ClientError as error:
            self._tell(str(error))
        else:
            self._tell(f"{operation}: done.")

    def _tell(self, text: str) -> None:
        self.said = text
        self.changes += 1


class RotationTimeline(Panel):
    """The bars and dots, a slider for the days, and a button for each thing to do."""

    def __init__(self, lab: Lab, key_id: str) -> None:
        self.model = Rotation(lab, key_id)
        self.days = ipywidgets.IntSlider(
            value=30, min=1, max=400, description="Days", tooltip="how far the clock is moved forward"
        )
        self.later = self._button("Let them pass", lambda: self.model.advance(self.days.value))
        self.encrypt = self._button("Encrypt one", self.model.encrypt)
        self.now = self._button("Rotate now", self.model.rotate_now)
        self.yearly = self._button("Rotate every year", self.model.rotate_yearly)
        self.off = self._button("Stop rotating", self.model.stop_rotating)
        self.try_all = self._button("Open all", self.model.open_all)
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        self.model.observe(self._draw, "changes")
        self._draw()
        super().__init__(
            [
                self.picture,
                ipywidgets.HBox([self.encrypt, self.try_all, self.now, self.yearly, self.off]),
                ipywidgets.HBox([self.days, self.later]),
                self.answer,
            ]
        )

    def _button(self, text: str, work: Any) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text)
        button.on_click(lambda _: work())
        return button

    def _draw(self, _: object = None) -> None:
        rows = self.model.table.to_dict("records")
        told_all = "; ".join(
            f"backing key {number} since {row['CreationDate']:%Y-%m-%d}, {row['Ciphertexts']} ciphertexts"
            + (", current" if row["Current"] else "")
            for number, row in enumerate(rows, 1)
        )
        self.picture.value = heading(f"Backing keys of {self.model.key_id}", self.model.arn) + frame(
            svg(self.model, rows), f"{told_all}. The ARN is unchanged."
        )
        if self.model.said:
            wrong = "error" in self.model.said.lower()
            self.answer.value = told("wrong" if wrong else "told", self.model.said)


def svg(model: Rotation, rows: Sequence[Mapping[Any, Any]]) -> str:
    """The timeline: from when the widget was made, or the oldest backing key, until now."""
    now = model.lab.clock.now()
    start = min([model.began, *(row["CreationDate"].to_pydatetime() for row in rows)])
    span = max((now - start).total_seconds(), timedelta(days=1).total_seconds())

    def x(moment: datetime) -> float:
        return float(LEFT + (WIDTH - LEFT - 30) * (moment - start).total_seconds() / span)

    parts = []
    for number, row in enumerate(rows):
        y, since = 8 + ROW * number, row["CreationDate"].to_pydatetime()
        dash = "" if row["Current"] else ' stroke-dasharray="5 3"'
        name = f"{number + 1}: {row['KeyMaterialId'][:8]}…"
        state = "makes and opens" if row["Current"] else "opens only"
        parts.append(
            f'<text x="0" y="{y + 11}" fill="currentColor" font-size="12">{escape(name)}</text>'
            f'<text x="0" y="{y + 24}" fill="currentColor" font-size="10" opacity=".7">{state}</text>'
            f'<rect x="{x(since):.1f}" y="{y}" width="{max(x(now) - x(since), 3):.1f}" height="20" rx="4" '
            f'fill="{BLUE}" fill-opacity="{0.35 if row["Current"] else 0.12}" stroke="{BLUE}"{dash}/>'
        )
        parts += [
            f'<circle cx="{x(one.made):.1f}" cy="{y + 10}" r="5" fill="{VERMILLION}">'
            f"<title>{one.made:%Y-%m-%d}</title></circle>"
            for one in model.ciphertexts
            if one.material == row["KeyMaterialId"]
        ]
    height = 8 + ROW * len(rows) + 22
    parts += [
        f'<text x="{LEFT}" y="{height - 6}" fill="currentColor" font-size="11">{start:%Y-%m-%d}</text>',
        f'<text x="{WIDTH}" y="{height - 6}" fill="currentColor" font-size="11" text-anchor="end">'
        f"now: {now:%Y-%m-%d}</text>",
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" style="width:100%;max-width:{WIDTH}px">{"".join(parts)}</svg>'
    )
