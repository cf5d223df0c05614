"""Every byte of a message: its field, its meaning, its origin; and who notices if it changes.

It takes KMS's blobs, messages of the Encryption SDK, keys as DER or PEM, and signed requests. A flipped bit
is really sent to the lab's KMS, read by a real parser, or put to the check of signatures. KMS says as little
as on AWS; beside it stands what the lab knows: which check it was that refused.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import boto3
import ipywidgets
from traitlets import Bool, HasTraits, Int, List, Unicode

from labkit.cloud.protocols.messages import HttpRequest
from labkit.esdk import DiscoveryKeyring
from labkit.lab import Lab
from labkit.lens import dissect
from labkit.lens.dissect import Dissection
from labkit.lens.dissect.http_request import lay_out
from labkit.lens.dissect.markup import FILLS
from labkit.widgets.panel import Panel
from labkit.widgets.tampering import decrypt, form_of, open_message, read_key, verify_signed
from labkit.widgets.view import Kind, heading, told

LARGEST = 4096
BLOB, MESSAGE = "KMS ciphertext blob", "AWS Encryption SDK message"


class Inspected(HasTraits):
    """A message to be tampered with. `values` are its bytes now, `flipped` the places that were changed.

    A message of the Encryption SDK is read with the `keyring` given, or with any KMS key that it names.

    `verdict` is what came of the last change: the answer of whoever reads the message, and in the lab's own
    words which check it was.
    """

    values: list[int] = List(Int())  # type: ignore[assignment]
    flipped: list[int] = List(Int())  # type: ignore[assignment]
    focused = Int(0)
    verdict = Unicode("")
    reason = Unicode("")

    def __init__(
        self, message: bytes | str | HttpRequest, lab: Lab | None = None, **decrypt_arguments: Any
    ) -> None:
        dissection = lay_out(message) if isinstance(message, HttpRequest) else dissect(message)
        if not isinstance(dissection, Dissection) or len(bytes(dissection)) > LARGEST:
            raise ValueError(
                f"the inspector takes blobs, messages, keys and requests of up to {LARGEST} bytes"
            )
        super().__init__()
        self.dissection = dissection
        self._original = list(bytes(dissection))
        self._reader = self._choose_reader(message, lab, decrypt_arguments)
        self.values = list(self._original)

    @property
    def field(self) -> str:
        """The name of the field that the focused byte belongs to."""
        return str(self._field().name)

    def focus(self, offset: int) -> str:
        """Look at a byte; returns what is to be known of it. IndexError beyond the end."""
        self._original[offset]
        self.focused = offset % len(self._original)
        field = self._field()
        number = self.dissection.fields.index(field) + 1
        place = f"bytes {field.offset} to {field.offset + field.length - 1}"
        return f"{number} {field.name}, {place}: {field.meaning}. From: {field.origin}"

    def flip(self, offset: int, bit: int = 0) -> str:
        """Turn one bit (0 is the lowest) of a byte over, have the message read, and return the verdict."""
        if not 0 <= bit <= 7:
            raise ValueError("a byte has the bits 0 to 7")
        self.focus(offset)
        changed = list(self.values)
        changed[self.focused] ^= 1 << bit
        self.flipped = [
            at for at, (new, old) in enumerate(zip(changed, self._original, strict=True)) if new != old
        ]
        self.values = changed
        self.verdict, self.reason = self._reader(bytes(changed))
        return self.verdict

    def restore(self) -> str:
        """Put all bytes back, and have the message read again."""
        self.flipped = []
        self.values = list(self._original)
        self.verdict, self.reason = self._reader(bytes(self._original))
        return self.verdict

    def __str__(self) -> str:
        return "\n".join(filter(None, (str(self.dissection), self.verdict, self.reason)))

    def _field(self) -> Any:
        return next(
            field for field in self.dissection if field.offset <= self.focused < field.offset + field.length
        )

    def _choose_reader(
        self, message: object, lab: Lab | None, arguments: dict[str, Any]
    ) -> Callable[[bytes], tuple[str, str]]:
        if isinstance(message, HttpRequest):
            if lab is None:
                raise ValueError("to check a signature takes the caller's secret: give the lab, too")
            return lambda data: verify_signed(lab, message, data)
        if self.dissection.kind == MESSAGE:
            keyring = arguments.get("keyring") or DiscoveryKeyring()
            return lambda data: open_message(keyring, data)
        if self.dissection.kind != BLOB:
            return read_key
        if lab is None:
            return lambda blob: (
                form_of(blob) or "Its form is that of a blob; a lab could try to open it.",
                "",
            )
        kms = boto3.client("kms")
        return lambda blob: decrypt(lab, kms, blob, arguments)


class Grid(anywidget.AnyWidget):
    """The grid of bytes in the browser."""

    _esm = Path(__file__).with_name("byte_inspector.js")
    title = Unicode().tag(sync=True)
    as_text = Bool().tag(sync=True)
    fields: list[dict[str, Any]] = List().tag(sync=True)  # type: ignore[assignment]
    values = List(Int()).tag(sync=True)
    flipped = List(Int()).tag(sync=True)
    focused = Int(0).tag(sync=True)
    told = Unicode().tag(sync=True)


class ByteInspector(Panel):
    """The bytes in colour; hovering or focusing one explains it, a click or Enter flips its lowest bit."""

    def __init__(
        self, message: bytes | str | HttpRequest, lab: Lab | None = None, **decrypt_arguments: Any
    ) -> None:
        self.model = model = Inspected(message, lab, **decrypt_arguments)
        fields = [
            {
                "name": field.name,
                "offset": field.offset,
                "length": field.length,
                "fill": FILLS[number % len(FILLS)],
            }
            for number, field in enumerate(model.dissection)
        ]
        title = f"{model.dissection.kind}, {len(model.values)} bytes"
        self.grid = Grid(
            title=title,
            fields=fields,
            values=model.values,
            as_text=isinstance(message, HttpRequest),
            told=self._told(),
        )
        self.grid.on_msg(self._asked)
        self.grid.observe(lambda change: model.focus(change["new"]), "focused")
        model.observe(self._draw)
        super().__init__(
            [ipywidgets.HTML(heading(title, "arrow keys move, Enter or a click flips a bit")), self.grid]
        )

    def _asked(self, _: object, asked: dict[str, Any], __: object) -> None:
        if "flip" in asked:
            self.model.flip(int(asked["flip"]))
        elif asked.get("restore"):
            self.model.restore()

    def _draw(self, _: object) -> None:
        model = self.model
        with self.grid.hold_sync():
            self.grid.flipped, self.grid.values = model.flipped, model.values
            self.grid.focused, self.grid.told = model.focused, self._told()

    def _told(self) -> str:
        model = self.model
        text = f"<div>{escape(model.focus(model.focused))}</div>"
        if model.verdict:
            kind: Kind = "wrong" if model.flipped else "right"
            text += told("told" if "takes it" in model.verdict else kind, model.verdict, model.reason)
        return text
