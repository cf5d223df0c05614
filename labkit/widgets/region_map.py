"""A map of regions: which keys are in each, which snapshots lie under which key, and which of them open now.

The widget switches real keys off and on, and reads a block of every snapshot to see whether it opens. Nothing
is worked out.
"""

from html import escape
from typing import Any

import boto3
import ipywidgets
import pandas as pd
from botocore.exceptions import ClientError
from traitlets import HasTraits, Int, Unicode

from labkit.lab import Lab
from labkit.palette import ALLOW, DENY, SYMMETRIC, rgba
from labkit.widgets.panel import Panel
from labkit.widgets.view import STYLE, code, frame, heading, told, twin

OPENS, PLAIN = "opens", "not encrypted"
ENABLED = "Enabled"
OPEN = "told"


class Regions(HasTraits):
    """Keys and snapshots of some regions; `looks` counts how often they were looked at.

    After `switch`, `outcome` is "right" or "wrong" as the prediction was, "told" without one.
    """

    looks = Int(0)
    outcome = Unicode("")

    def __init__(self, lab: Lab, *regions: str) -> None:
        super().__init__()
        self.lab = lab
        self.regions = regions or tuple(sorted(set(lab.snapshots()["region"])))
        self.keys: dict[str, tuple[str, str, str]] = {}  # by ARN: region, name, state
        self.called = ""
        self.expected: int | None = None
        self.look()

    def look(self) -> None:
        """Look again, and try every snapshot that is complete."""
        known, found = self.lab.keys().sort_values("CreationDate", kind="stable"), self.lab.snapshots()
        self.keys = {
            str(row["Arn"]): (row["region"], row["Aliases"] or f"{row['KeyId'][:8]}…", row["KeyState"])
            for _, row in known.iterrows()
            if row["region"] in self.regions
        }
        self.table = pd.DataFrame(
            [
                (row["region"], row["SnapshotId"], row["State"], str(row["KmsKeyId"]), self._try(row))
                for _, row in found.iterrows()
                if row["region"] in self.regions
            ],
            columns=["region", "SnapshotId", "State", "KmsKeyId", "now"],
        )
        self.looks += 1

    @property
    def opening(self) -> int:
        """How many snapshots open now."""
        return int(self.table["now"].isin([OPENS, PLAIN]).sum())

    def switch(self, key_arn: str, expected: int | None = None) -> None:
        """Disable a key, or enable it again, and look; `expected` is how many snapshots will open then.

        LookupError for a key that is not on the map.
        """
        if key_arn not in self.keys:
            raise LookupError(f"{key_arn} is not in {', '.join(self.regions)}")
        region, _, state = self.keys[key_arn]
        kms = boto3.client("kms", region_name=region)
        name, call = ("disable_key", kms.disable_key) if state == ENABLED else ("enable_key", kms.enable_key)
        try:
            call(KeyId=key_arn)
            self.called = f'boto3.client("kms", region_name="{region}").{name}(KeyId="{key_arn}")'
        except ClientError as error:
            self.called = str(error)
        self.expected = expected
        self.outcome = ""
        self.look()
        self.outcome = OPEN if expected is None else "right" if expected == self.opening else "wrong"

    def _try(self, row: Any) -> str:
        if row["State"] != "completed":
            return str(row["StateMessage"] or row["State"])
        ebs = boto3.client("ebs", region_name=row["region"])
        try:
            blocks = ebs.list_snapshot_blocks(SnapshotId=row["SnapshotId"], MaxResults=100)["Blocks"]
            if blocks:
                ebs.get_snapshot_block(SnapshotId=row["SnapshotId"], **blocks[0])["BlockData"].read()
        except ClientError as error:
            return str(error.response.get("Reason", error.response["Error"]["Code"]))
        return OPENS if row["Encrypted"] else PLAIN


class RegionMap(Panel):
    """The map, a key to switch, and a prediction: how many snapshots open then?"""

    def __init__(self, lab: Lab, *regions: str) -> None:
        self.model = Regions(lab, *regions)
        self.key = ipywidgets.Dropdown(options=self._choices(), description="Key")
        self.expected = ipywidgets.IntSlider(
            value=0,
            min=0,
            max=max(len(self.model.table), 1),
            description="We expect",
            tooltip="how many snapshots open afterwards",
        )
        self.go = self._button("Predict and switch", lambda: self._switch(self.expected.value))
        self.go.button_style, self.go.icon = "primary", "power-off"
        self.leave = self._button("Just switch", lambda: self._switch(None))
        self.again = self._button("Look again", self.model.look)
        self.again.icon = "refresh"
        self.answer, self.picture = ipywidgets.HTML(), ipywidgets.HTML()
        self.model.observe(self._draw, ["looks", "outcome"])
        self._draw()
        super().__init__(
            [
                ipywidgets.HTML(
                    heading("Switch a key off or on. How many snapshots open then?", "each is tried")
                ),
                ipywidgets.HBox([self.key, self.expected]),
                ipywidgets.HBox([self.go, self.leave, self.again]),
                self.answer,
                self.picture,
            ]
        )

    def _button(self, text: str, work: Any) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="auto"))
        button.on_click(lambda _: work())
        return button

    def _choices(self) -> list[tuple[str, str]]:
        return [(f"{name} in {region}", arn) for arn, (region, name, _) in self.model.keys.items()]

    def _switch(self, expected: int | None) -> None:
        if self.key.value:
            self.model.switch(self.key.value, expected)

    def _draw(self, _: object = None) -> None:
        model = self.model
        if [arn for _, arn in self.key.options] != list(model.keys):
            self.key.options = self._choices()
        self.expected.max = max(len(model.table), 1)
        if model.outcome:
            guess = "" if model.expected is None else f"Expected: {model.expected}."
            said = f"{model.opening} of {len(model.table)} snapshots open."
            self.answer.value = code(model.called) + told(model.outcome, said, guess)  # type: ignore[arg-type]
        self.picture.value = frame(picture(model), self._words()) + twin(model.table)

    def _words(self) -> str:
        places = ", ".join(
            f"{int((self.model.table['region'] == region).sum())} in {region}"
            for region in self.model.regions
        )
        return f"Snapshots: {places}. {self.model.opening} of them open now."


def picture(model: Regions) -> str:
    """A column for each region; in it its keys, and under each the snapshots that its data key is under."""
    columns = "".join(_region(model, region) for region in model.regions)
    return f'<div style="display:flex;gap:12px;flex-wrap:wrap;align-items:flex-start">{columns}</div>'


def _region(model: Regions, region: str) -> str:
    here = model.table[model.table["region"] == region]
    cards = "".join(
        _key(name, state, here[here["KmsKeyId"] == arn])
        for arn, (where, name, state) in model.keys.items()
        if where == region
    )
    plain = here[~here["KmsKeyId"].isin(list(model.keys))]
    cards += _card("no key of this map", "", plain, dashed=True) if len(plain) else ""
    return (
        f'<section style="flex:1 1 18em;border:1px solid {rgba(SYMMETRIC.color, 0.6)};border-radius:8px;'
        f'padding:8px 12px"><strong>{escape(region)}</strong>{cards}</section>'
    )


def _key(name: str, state: str, snapshots: pd.DataFrame) -> str:
    return _card(f"{SYMMETRIC.sign} {name}", state, snapshots, dashed=state != ENABLED)


def _card(title: str, state: str, snapshots: pd.DataFrame, *, dashed: bool) -> str:
    line = "dashed" if dashed else "solid"
    told_state = f' <span style="opacity:.75">{escape(state)}</span>' if state else ""
    return (
        f'<div style="margin:6px 0;padding:4px 10px;border-left:4px {line} {SYMMETRIC.color};'
        f'background:{rgba(SYMMETRIC.color, 0.08)}">{escape(title)}{told_state}'
        + "".join(_snapshot(row) for _, row in snapshots.iterrows())
        + "</div>"
    )


def _snapshot(row: Any) -> str:
    answer = ALLOW if row["now"] in (OPENS, PLAIN) else DENY
    striped = f"repeating-linear-gradient(45deg,{rgba(answer.color, 0.18)} 0 6px,transparent 0 12px)"
    fill = rgba(answer.color, 0.14) if answer is ALLOW else striped
    return (
        f'<div style="{STYLE};margin:3px 0;padding:1px 8px;background:{fill}">'
        f'<code>{escape(row["SnapshotId"])}</code> <span aria-hidden="true">{answer.sign}</span> '
        f"{escape(row['now'])}</div>"
    )
