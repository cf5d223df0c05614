"""Text, bytes, base64 and back: three bytes become four characters, and no key is anywhere.

With a lab, the pipeline goes through KMS, as `aws kms encrypt ... | base64 --decode` does; leaving the last
step away is the mistake that everybody makes once. Source: RFC 4648, section 4.
"""

import base64
from html import escape
from itertools import cycle
from typing import Any

import boto3
import ipywidgets
from botocore.exceptions import ClientError
from traitlets import HasTraits, Unicode

from labkit.lab import Lab
from labkit.palette import BLUE, GREEN, ORANGE, rgba
from labkit.widgets.panel import Panel
from labkit.widgets.view import frame, heading, told

FILLS = (BLUE, ORANGE, GREEN)
SHOWN = 24  # bytes


class Pipeline(HasTraits):
    """A text on its way. `text` is what goes in; the other steps follow from it."""

    text = Unicode("")

    def __init__(self, data: bytes | str, lab: Lab | None = None, key_id: str = "") -> None:
        super().__init__(text=data if isinstance(data, str) else data.decode("utf-8", "replace"))
        self._kms = boto3.client("kms") if lab else None
        if self._kms and not key_id:
            key_id = self._kms.create_key(Description="base64 pipeline")["KeyMetadata"]["KeyId"]
        self._key_id = key_id

    @property
    def data(self) -> bytes:
        """The text as UTF-8."""
        return self.text.encode()

    @property
    def spelt(self) -> str:
        """The bytes in base64."""
        return base64.b64encode(self.data).decode()

    @property
    def groups(self) -> list[tuple[bytes, str]]:
        """Three bytes and the four characters that stand for them, one pair after the other."""
        data, spelt = self.data, self.spelt
        return [(data[3 * at : 3 * at + 3], spelt[4 * at : 4 * at + 4]) for at in range(len(spelt) // 4)]

    def decrypt(self, *, decoded: bool) -> str:
        """Encrypt with KMS, and hand the file back `decoded`, or as the base64 that the command printed.

        Returns the text, or AWS's error. RuntimeError without a lab.
        """
        if self._kms is None:
            raise RuntimeError("this pipeline has no lab to go through")
        blob = self._kms.encrypt(KeyId=self._key_id, Plaintext=self.data)["CiphertextBlob"]
        try:
            file = blob if decoded else base64.b64encode(blob)
            return str(self._kms.decrypt(CiphertextBlob=file)["Plaintext"].decode())
        except ClientError as error:
            return str(error)


class Base64Pipeline(Panel):
    """A field for the text, the bytes and characters in groups, and, with a lab, the way through KMS."""

    def __init__(self, data: bytes | str = "hello", lab: Lab | None = None, key_id: str = "") -> None:
        self.model = Pipeline(data, lab, key_id)
        self.field = ipywidgets.Text(value=self.model.text, description="Text")
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        ipywidgets.link((self.field, "value"), (self.model, "text"))
        self.model.observe(self._draw, "text")
        self.right = ipywidgets.Button(
            description="fileb://, decoded", layout=ipywidgets.Layout(width="auto")
        )
        self.wrong = ipywidgets.Button(
            description="fileb://, still base64", layout=ipywidgets.Layout(width="auto")
        )
        self.right.on_click(lambda _: self._through(decoded=True))
        self.wrong.on_click(lambda _: self._through(decoded=False))
        self._draw()
        ways = [ipywidgets.HBox([self.right, self.wrong]), self.answer] if lab else []
        super().__init__(
            [ipywidgets.HTML(heading("Three bytes, four characters")), self.field, self.picture, *ways]
        )

    def _through(self, *, decoded: bool) -> None:
        came = self.model.decrypt(decoded=decoded)
        if came == self.model.text:
            self.answer.value = told("right", f"aws kms decrypt gives back: {came}")
        else:
            self.answer.value = told("wrong", came, "The file holds base64 text where the bytes should be.")

    def _draw(self, _: Any = None) -> None:
        groups = self.model.groups
        cards = "".join(
            f'<div style="background:{rgba(color, 0.2)};border-top:3px solid {color};padding:3px 8px;'
            f'text-align:center"><div>{escape(data.hex(" "))}</div><strong>{escape(spelt)}</strong></div>'
            for (data, spelt), color in zip(groups[: SHOWN // 3], cycle(FILLS), strict=False)
        )
        more = f"<div>… and {len(groups) - SHOWN // 3} more groups</div>" if len(groups) > SHOWN // 3 else ""
        self.picture.value = frame(
            '<div style="display:flex;gap:4px;flex-wrap:wrap;'
            f'font-family:var(--jp-code-font-family,monospace)">{cards}{more}</div>'
            f"<div>{len(self.model.data)} bytes become {len(self.model.spelt)} characters.</div>",
            f"{self.model.text} is spelt {self.model.spelt} in base64",
        )
