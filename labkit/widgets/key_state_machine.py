"""A key's states as a map: where it is, where it can go from here, and what works meanwhile.

Every button calls the lab's KMS. What the state forbids can be tried, too: then AWS's error says why not.
Source: KMS Developer Guide, "Key states of AWS KMS keys".
"""

from html import escape
from typing import Any

import boto3
import ipywidgets
from botocore import xform_name
from botocore.exceptions import ClientError
from traitlets import Bool, HasTraits, Int, Unicode

from labkit.lab import Lab
from labkit.lens import key_states
from labkit.lens.key_states import GONE, NEW
from labkit.palette import ALLOW, BLUE
from labkit.widgets.panel import Panel
from labkit.widgets.view import frame, heading, told

OPERATIONS = ("EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion")
TRIED = ("Encrypt", "DescribeKey", "CreateAlias", "EnableKeyRotation", "GetKeyPolicy", "TagResource")
PARAMETERS: dict[str, dict[str, Any]] = {
    "Encrypt": {"Plaintext": b"try"},
    "ScheduleKeyDeletion": {"PendingWindowInDays": 7},
    "TagResource": {"Tags": [{"TagKey": "tried", "TagValue": "yes"}]},
}
# The middle of each state's box, so that no way crosses another.
MAP = {
    NEW: (82, 130),
    "Enabled": (340, 36),
    "Disabled": (600, 36),
    "PendingImport": (340, 224),
    "PendingDeletion": (600, 224),
    GONE: (880, 224),
}
BOX = (150, 40)


class KeyLife(HasTraits):
    """One key of the lab. `state` is as KMS tells it; `attempt` calls an operation and returns the answer."""

    state = Unicode("")
    said = Unicode("")
    refused = Bool(False)
    changes = Int(0)

    def __init__(self, lab: Lab, key_id: str) -> None:
        super().__init__()
        self.lab, self.key_id = lab, key_id
        self._kms = boto3.client("kms")
        self.look()

    def look(self) -> str:
        """Ask KMS for the state; a key that has been deleted is gone."""
        try:
            self.state = self._kms.describe_key(KeyId=self.key_id)["KeyMetadata"]["KeyState"]
        except self._kms.exceptions.NotFoundException:
            self.state = GONE
        return str(self.state)

    def attempt(self, operation: str) -> str:
        """Call one of `OPERATIONS` or `TRIED` on the key; returns "done", or the error in AWS's words."""
        parameters: dict[str, Any] = {"KeyId": self.key_id, **PARAMETERS.get(operation, {})}
        if operation == "CreateAlias":
            name = f"alias/tried-{self.changes}"
            parameters = {"AliasName": name, "TargetKeyId": self.key_id}
        try:
            getattr(self._kms, xform_name(operation))(**parameters)
            self.said, self.refused = f"{operation}: done.", False
        except ClientError as error:
            self.said, self.refused = str(error), True
        self.look()
        self.changes += 1
        return str(self.said)

    def wait(self, days: int = 7) -> str:
        """Let days pass, which may end a waiting period; returns the state then."""
        self.lab.clock.advance(days=days)
        self.look()
        self.said, self.refused = f"{days} days later the key is {self.state}.", False
        self.changes += 1
        return str(self.state)

    @property
    def leads_to(self) -> dict[str, str]:
        """Operation (or in brackets what happens by itself) -> the state it leads to from here."""
        return {one.by: one.after for one in key_states().transitions if one.before == self.state}


class KeyStateMachine(Panel):
    """The map with the present state marked, a button for each operation, and the last answer."""

    def __init__(self, lab: Lab, key_id: str) -> None:
        self.model = KeyLife(lab, key_id)
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        self.buttons = {name: self._button(name) for name in OPERATIONS}
        self.later = ipywidgets.Button(description="7 days later", icon="clock-o")
        self.later.on_click(lambda _: self.model.wait())
        self.choice = ipywidgets.Dropdown(options=TRIED, description="Use it:")
        self.trying = ipywidgets.Button(description="Try")
        self.trying.on_click(lambda _: self.model.attempt(self.choice.value))
        self.model.observe(self._draw, "changes")
        self._draw()
        super().__init__(
            [
                self.picture,
                ipywidgets.HBox([*self.buttons.values(), self.later]),
                ipywidgets.HBox([self.choice, self.trying]),
                self.answer,
            ]
        )

    def _button(self, operation: str) -> ipywidgets.Button:
        button = ipywidgets.Button(description=operation, layout=ipywidgets.Layout(width="auto"))
        button.on_click(lambda _: self.model.attempt(operation))
        return button

    def _draw(self, _: object = None) -> None:
        model = self.model
        ways = (
            ", ".join(f"{by} leads to {after}" for by, after in model.leads_to.items()) or "nothing leads on"
        )
        label = f"The key is {model.state}. From here {ways}."
        self.picture.value = heading(f"The key is {model.state}", model.key_id) + frame(svg(model), label)
        if model.said:
            self.answer.value = told("wrong" if model.refused else "told", model.said)


def svg(model: KeyLife) -> str:
    """The states as boxes, the ways as arrows; those that can be gone from here are solid, others dotted."""
    drawn = [one for one in key_states().transitions if one.before in MAP and one.after in MAP]
    pairs = dict.fromkeys((one.before, one.after) for one in drawn)
    names = {
        pair: ", ".join(dict.fromkeys(one.by for one in drawn if (one.before, one.after) == pair))
        for pair in pairs
    }
    arrows = "".join(arrow(before, after, names[before, after], model.state) for before, after in pairs)
    boxes = "".join(box(state, state == model.state) for state in MAP)
    return (
        '<svg viewBox="0 0 960 252" style="width:100%;max-width:880px">'
        '<defs><marker id="labkit-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="currentColor"/></marker></defs>'
        f"{arrows}{boxes}</svg>"
    )


def box(state: str, here: bool) -> str:
    """One state; the present one has a thick frame and a mark."""
    x, y = MAP[state]
    color, mark = (ALLOW.color, "▶ ") if here else (BLUE, "")
    return (
        f'<rect x="{x - BOX[0] / 2}" y="{y - BOX[1] / 2}" width="{BOX[0]}" height="{BOX[1]}" rx="8" '
        f'fill="{color}" fill-opacity="{0.35 if here else 0.1}" stroke="{color}" '
        f'stroke-width="{4 if here else 1}"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle" fill="currentColor" font-size="13">'
        f"{mark}{escape(state)}</text>"
    )


def arrow(before: str, after: str, name: str, state: str) -> str:
    """One way from a state to another, a little aside so that the way back has room."""
    (x1, y1), (x2, y2) = MAP[before], MAP[after]
    dx, dy = x2 - x1, y2 - y1
    length = (dx * dx + dy * dy) ** 0.5
    ox, oy = -dy / length * 11, dx / length * 11
    reach = min(BOX[0] / 2 / abs(dx or 1e-9), BOX[1] / 2 / abs(dy or 1e-9))
    start = (x1 + dx * reach + ox, y1 + dy * reach + oy)
    end = (x2 - dx * reach + ox, y2 - dy * reach + oy)
    possible = before == state
    style = 'stroke-width="2.5"' if possible else 'stroke-width="1" stroke-dasharray="2 4" opacity=".6"'
    along = 0.2 if dx and dy and length > 300 else 0.5  # a long slope is named near its beginning
    x = start[0] + along * (end[0] - start[0]) + ox * (0.6 if along == 0.5 else -2)
    y = start[1] + along * (end[1] - start[1]) + oy * 0.9
    anchor = "middle" if not dy else "start" if ox > 0 or along < 0.5 else "end"
    lines = "".join(
        f'<tspan x="{x:.0f}" dy="{13 if number else 4}">{escape(line)}</tspan>'
        for number, line in enumerate(name.split(", "))
    )
    return (
        f'<line x1="{start[0]:.0f}" y1="{start[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}" '
        f'stroke="currentColor" marker-end="url(#labkit-tip)" {style}/>'
        f'<text y="{y:.0f}" text-anchor="{anchor}" fill="currentColor" font-size="11" '
        f'opacity="{1 if possible else 0.7}">{lines}</text>'
    )
