"""Envelope encryption, one step at a time: who holds which bytes now, and how few of them go to KMS.

The steps are real: the data key comes from the lab's KMS, AES-256-GCM runs here, and a step back puts back
what was held. Source: KMS Developer Guide, "Envelope encryption".
"""

from collections.abc import Mapping
from html import escape
from typing import NamedTuple

import boto3
import ipywidgets
from botocore.exceptions import ClientError
from traitlets import Bool, HasTraits, Int

from labkit.crypto import aead
from labkit.crypto.randomness import random_bytes
from labkit.lab import Lab
from labkit.palette import BLUE, GREEN, ORANGE, rgba
from labkit.widgets.panel import Panel
from labkit.widgets.view import STYLE, frame, heading, told

HERE, STORED, KMS = "our computer", "stored", "KMS"
PLACES = (HERE, STORED, KMS)
STEPS = (
    "We have data, and KMS has a key.",
    "We ask KMS: GenerateDataKey.",
    "Back come a data key and its encrypted copy.",
    "We encrypt the data with the data key, here.",
    "We forget the data key.",
    "We store the encrypted data beside the encrypted data key.",
    "To read it, we send KMS the encrypted data key alone: Decrypt.",
    "The data key comes back, and the data opens here.",
)
FORGET = 4

Holdings = Mapping[str, Mapping[str, bytes]]


class Moment(NamedTuple):
    """After one step: what is held where, and how many bytes have gone to KMS until now."""

    holdings: Holdings
    sent_to_kms: int


class Envelope(HasTraits):
    """The steps taken so far. `forward()` takes the next one, `back()` takes it back."""

    step = Int(0)
    keep_key = Bool(False, help="what if we skip step 4 and keep the plaintext data key?")

    def __init__(self, lab: Lab, key_id: str, data: bytes) -> None:
        super().__init__()
        self._kms = boto3.client("kms")
        self.lab, self.key_id = lab, key_id
        self._moments = [Moment({HERE: {"data": data}, STORED: {}, KMS: {"KMS key": b""}}, 0)]

    @property
    def holdings(self) -> Holdings:
        """Place -> name of a thing -> its bytes. Those of the KMS key are not ours to see."""
        return self._moments[self.step].holdings

    @property
    def sent_to_kms(self) -> int:
        """How many bytes of ours have travelled to KMS so far."""
        return self._moments[self.step].sent_to_kms

    @property
    def exposed(self) -> bool:
        """Whether a thief of our disk and memory could read the data without KMS."""
        held = {**self.holdings[HERE], **self.holdings[STORED]}
        return "data" in held or {"data key", "encrypted data"} <= held.keys()

    def forward(self) -> str:
        """Take the next step and return what it did; at the end nothing happens any more."""
        if self.step < len(STEPS) - 1:
            del self._moments[self.step + 1 :]
            self._moments.append(self._after(self.step + 1))
            self.step += 1
        return STEPS[self.step]

    def back(self) -> str:
        """Go one step back, to what was held then."""
        self.step = max(0, self.step - 1)
        return STEPS[self.step]

    def _after(self, step: int) -> Moment:
        held, sent = self._moments[step - 1]
        here, stored, kms = (dict(held[place]) for place in PLACES)
        if step == 1:
            answer = self._kms.generate_data_key(KeyId=self.key_id, KeySpec="AES_256")
            kms |= {"data key": answer["Plaintext"], "encrypted data key": answer["CiphertextBlob"]}
            sent += len(self.lab.gateway.calls[-1].request.body)
        elif step == 2:
            here |= {name: kms.pop(name) for name in ("data key", "encrypted data key")}
        elif step == 3:
            iv = random_bytes(aead.IV_BYTES)
            sealed, tag = aead.seal(here["data key"], iv, here["data"], here["encrypted data key"])
            here["encrypted data"] = iv + sealed + tag
        elif step == FORGET and not self.keep_key:
            del here["data key"]
        elif step == 5:
            stored |= {name: here.pop(name) for name in ("encrypted data", "encrypted data key")}
            del here["data"]
        elif step == 6:
            answer = self._kms.decrypt(CiphertextBlob=stored["encrypted data key"], KeyId=self.key_id)
            kms["data key"] = answer["Plaintext"]
            sent += len(self.lab.gateway.calls[-1].request.body)
        elif step == 7:
            here["data key"] = kms.pop("data key")
            message = stored["encrypted data"]
            iv, sealed, tag = (
                message[: aead.IV_BYTES],
                message[aead.IV_BYTES : -aead.TAG_BYTES],
                message[-16:],
            )
            here["data"] = aead.open_(here["data key"], iv, sealed, tag, stored["encrypted data key"])
        return Moment({HERE: here, STORED: stored, KMS: kms}, sent)


class EnvelopeStepper(Panel):
    """The three places with what they hold, and buttons to go forward and back."""

    def __init__(self, lab: Lab, key_id: str, data: bytes) -> None:
        self.model = Envelope(lab, key_id, data)
        self.backward = ipywidgets.Button(description="Back", icon="arrow-left")
        self.onward = ipywidgets.Button(description="Next step", icon="arrow-right", button_style="primary")
        self.keep = ipywidgets.Checkbox(
            description="What if we skip step 4?", indent=False, layout=ipywidgets.Layout(width="auto")
        )
        self.picture, self.refusal = ipywidgets.HTML(), ipywidgets.HTML()
        self.backward.on_click(lambda _: self.model.back())
        self.onward.on_click(self._forward)
        ipywidgets.link((self.keep, "value"), (self.model, "keep_key"))
        self.model.observe(self._draw, ["step", "keep_key"])
        self._draw()
        super().__init__(
            [self.picture, ipywidgets.HBox([self.backward, self.onward, self.keep]), self.refusal]
        )

    def _forward(self, _: object) -> None:
        self.refusal.value = ""
        try:
            self.model.forward()
        except ClientError as error:
            self.refusal.value = told("wrong", str(error))

    def _draw(self, _: object = None) -> None:
        model = self.model
        self.backward.disabled, self.onward.disabled = model.step == 0, model.step == len(STEPS) - 1
        places = "".join(place(name, model.holdings[name]) for name in PLACES)
        total = max(len(things.get("data", b"")) for things in model._moments[0].holdings.values())
        thief = (
            "A thief of this computer and its disk can read the data."
            if model.exposed
            else "A thief of this computer and its disk has nothing to read: the key is in KMS."
        )
        self.picture.value = heading(f"Step {model.step} of {len(STEPS) - 1}. {STEPS[model.step]}") + frame(
            f'<div style="display:flex;gap:10px;flex-wrap:wrap;margin:6px 0">{places}</div>'
            f"<div>Sent to KMS so far: <strong>{model.sent_to_kms:,} bytes</strong>, for {total:,} bytes of "
            f"data. {thief}</div>",
            f"{STEPS[model.step]} " + "; ".join(in_words(name, model.holdings[name]) for name in PLACES),
        )


COLORS = {
    "KMS key": BLUE,
    "data key": ORANGE,
    "encrypted data key": BLUE,
    "data": GREEN,
    "encrypted data": ORANGE,
}
SIGNS = {"KMS key": "●", "data key": "◇", "encrypted data key": "●", "data": "▤", "encrypted data": "◇"}


def place(name: str, things: Mapping[str, bytes]) -> str:
    """One place as HTML; what is locked shows the sign of the key that opens it."""
    cards = (
        "".join(card(thing, data) for thing, data in things.items()) or '<em style="opacity:.6">nothing</em>'
    )
    return (
        '<div style="flex:1 1 15em;min-width:14em;border:1px solid rgba(128,128,128,.5);border-radius:6px;'
        f'padding:6px 10px"><div style="font-weight:600;margin-bottom:4px">{escape(name)}</div>{cards}</div>'
    )


def card(thing: str, data: bytes) -> str:
    """One thing as HTML: its name, its size, and its first bytes."""
    locked = thing.startswith("encrypted")
    border = "double" if locked else "solid"
    detail = f"{len(data):,} bytes: {data[:6].hex(' ')}…" if data else "never leaves KMS"
    return (
        f'<div style="border-left:5px {border} {COLORS[thing]};background:{rgba(COLORS[thing], 0.14)};'
        f'padding:3px 8px;margin:3px 0"><span aria-hidden="true">{SIGNS[thing]} </span>{escape(thing)}'
        f'<div style="{STYLE};font-family:var(--jp-code-font-family,monospace);font-size:12px;opacity:.85">'
        f"{escape(detail)}</div></div>"
    )


def in_words(name: str, things: Mapping[str, bytes]) -> str:
    """One place in words."""
    return f"{name} holds {', '.join(things) or 'nothing'}"
