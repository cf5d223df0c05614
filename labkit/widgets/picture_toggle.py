"""The same picture as plaintext, under ECB, and under GCM: what a mode of encryption lets through.

ECB encrypts each block of 16 bytes by itself, so equal blocks stay equal, and a picture shows through,
however strong AES is. Source: NIST SP 800-38A, section 6.1.
"""

import base64
import io
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import ipywidgets
import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from matplotlib import image
from traitlets import HasTraits, Unicode

from labkit.crypto import aead
from labkit.crypto.randomness import random_bytes
from labkit.widgets.panel import Panel
from labkit.widgets.view import STYLE, heading

BLOCK = 16
PLAIN, UNDER_ECB, UNDER_GCM = "plaintext", "AES-256-ECB", "AES-256-GCM"
MODES = (PLAIN, UNDER_ECB, UNDER_GCM)


class Seen(NamedTuple):
    """A picture's bytes under one mode, and how many of its blocks occur more than once."""

    pixels: bytes
    blocks: int
    repeated: int


class Pictures(HasTraits):
    """One picture under every mode. `mode` is the one that is shown; `seen` has them all."""

    mode = Unicode(PLAIN)

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        grey = image.imread(path)[..., :3].mean(axis=2)
        # Whole blocks a row: else the rows would be shifted against each other, and ECB show less.
        self.width, self.height = grey.shape[1] // BLOCK * BLOCK, grey.shape[0]
        plain = (grey[:, : self.width] * 255).astype(np.uint8).tobytes()
        key = random_bytes(aead.KEY_BYTES)
        encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - its weakness is what is shown
        self.seen = {
            PLAIN: look(plain),
            UNDER_ECB: look(encryptor.update(plain)),
            UNDER_GCM: look(aead.seal(key, random_bytes(aead.IV_BYTES), plain, b"")[0]),
        }

    def show(self, mode: str) -> Seen:
        """Show one of `MODES`; returns what is seen. KeyError for another one."""
        seen = self.seen[mode]
        self.mode = mode
        return seen

    def png(self) -> bytes:
        """The picture as it is shown now."""
        file = io.BytesIO()
        pixels = np.frombuffer(self.seen[self.mode].pixels, np.uint8).reshape(self.height, self.width)
        image.imsave(file, pixels, cmap="gray", vmin=0, vmax=255, format="png")
        return file.getvalue()

    @property
    def told(self) -> str:
        """What is seen, in words."""
        seen = self.seen[self.mode]
        shape = {
            PLAIN: "The picture as it is.",
            UNDER_ECB: "Its outlines are still there.",
            UNDER_GCM: "Nothing but noise.",
        }
        return f"{shape[self.mode]} {seen.repeated:,} of {seen.blocks:,} blocks occur more than once."


def look(data: bytes) -> Seen:
    """Count the blocks that occur more than once."""
    blocks = Counter(data[at : at + BLOCK] for at in range(0, len(data), BLOCK))
    return Seen(data, sum(blocks.values()), sum(count for count in blocks.values() if count > 1))


class PictureToggle(Panel):
    """Three buttons and the picture."""

    def __init__(self, path: str | Path = "data/picture.png") -> None:
        self.model = Pictures(path)
        self.toggle = ipywidgets.ToggleButtons(options=MODES, value=PLAIN, description="Show")
        self.picture = ipywidgets.HTML()
        self.toggle.observe(lambda change: self.model.show(change["new"]), "value")
        self.model.observe(self._draw, "mode")
        self._draw()
        super().__init__(
            [ipywidgets.HTML(heading("One picture, one key, three ways")), self.toggle, self.picture]
        )

    def _draw(self, _: Any = None) -> None:
        shown = base64.b64encode(self.model.png()).decode()
        alt = f"{self.model.mode}: {self.model.told}"
        self.picture.value = (
            f'<figure style="margin:0;{STYLE}"><img alt="{alt}" width="480" '
            f'src="data:image/png;base64,{shown}">'
            f"<figcaption>{alt}</figcaption></figure>"
        )
