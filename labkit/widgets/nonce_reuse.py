"""Two messages under one key and one nonce: the key stream cancels out, and one message betrays the other.

A guessed word (a crib) is slid along; where it was really written, the other message's text falls out.
Source: NIST SP 800-38D, appendix A, on what a repeated IV costs.
"""

from html import escape
from typing import Any

import ipywidgets
from traitlets import Bool, HasTraits, Int, Unicode

from labkit.crypto import aead
from labkit.crypto.randomness import random_bytes
from labkit.palette import ORANGE, rgba
from labkit.widgets.panel import Panel
from labkit.widgets.view import frame, heading, told

FIRST = "Dear Ms Meyer, your new salary is 4100 a month from March."
SECOND = "The meeting about the new bakery oven is on Friday at ten."


class Intercepted(HasTraits):
    """Two ciphertexts that somebody has caught. `same_nonce` says whether they were made with one nonce.

    `slide(place, crib)` guesses that the first message has `crib` at `place`, and returns what the second
    would then have there.
    """

    same_nonce = Bool(True)
    place = Int(0)
    crib = Unicode("salary")

    def __init__(self, first: str = FIRST, second: str = SECOND) -> None:
        super().__init__()
        size = min(len(first.encode()), len(second.encode()))
        self._messages = first.encode()[:size], second.encode()[:size]
        self._key = random_bytes(aead.KEY_BYTES)
        self.ciphertexts = self._encrypt()
        self.observe(self._again, "same_nonce")

    def __len__(self) -> int:
        return len(self._messages[0])

    @property
    def difference(self) -> bytes:
        """The XOR of the two ciphertexts; with one nonce it is the XOR of the two messages."""
        return bytes(a ^ b for a, b in zip(*self.ciphertexts, strict=True))

    def slide(self, place: int, crib: str | None = None) -> str:
        """Guess, and return what falls out; what is no printable text is shown as dots."""
        if crib is not None:
            self.crib = crib
        guess = self.crib.encode()
        if not 0 <= place <= len(self) - len(guess):
            raise ValueError(f"{self.crib!r} does not fit at {place}")
        self.place = place
        fallen = bytes(a ^ b for a, b in zip(self.difference[place:], guess, strict=False))
        return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in fallen)

    def _encrypt(self) -> tuple[bytes, bytes]:
        nonce = random_bytes(aead.IV_BYTES)
        other = nonce if self.same_nonce else random_bytes(aead.IV_BYTES)
        first, second = self._messages
        return aead.seal(self._key, nonce, first, b"")[0], aead.seal(self._key, other, second, b"")[0]

    def _again(self, _: object) -> None:
        self.ciphertexts = self._encrypt()


class NonceReuse(Panel):
    """A field for the guessed word, a slider to move it, and a switch for the nonce."""

    def __init__(self, first: str = FIRST, second: str = SECOND) -> None:
        self.model = Intercepted(first, second)
        self.same = ipywidgets.Checkbox(
            value=True, description="the same nonce for both messages", indent=False
        )
        self.crib = ipywidgets.Text(value=self.model.crib, description="We guess", continuous_update=False)
        self.place = ipywidgets.IntSlider(max=self._last(), description="at place")
        self.picture, self.answer = ipywidgets.HTML(), ipywidgets.HTML()
        ipywidgets.link((self.same, "value"), (self.model, "same_nonce"))
        for control in (self.same, self.crib, self.place):
            control.observe(self._moved, "value")
        self._moved()
        super().__init__([self.picture, self.crib, self.place, self.same, self.answer])

    def _last(self) -> int:
        return max(0, len(self.model) - len(self.model.crib.encode()))

    def _moved(self, _: Any = None) -> None:
        word = self.crib.value
        if not 0 < len(word.encode()) <= len(self.model):
            self.answer.value = told(
                "wrong", "A guess has at least one letter, and is no longer than the message."
            )
            return
        self.model.crib = word
        self.place.max = self._last()
        fallen = self.model.slide(self.place.value)
        self.picture.value = self._picture()
        self.answer.value = told(
            "told", f"If the first message has “{word}” here, the second has “{fallen}”."
        )

    def _picture(self) -> str:
        mark = rgba(ORANGE, 0.35)
        start, end = self.model.place, self.model.place + len(self.model.crib.encode())
        lines = []
        for name, data in zip(
            ("first", "second", "XOR"), (*self.model.ciphertexts, self.model.difference), strict=True
        ):
            digits = "".join(
                f'<span style="background:{mark if start <= at < end else "none"}">{byte:02x}</span>'
                for at, byte in enumerate(data)
            )
            lines.append(
                f'<div><span style="display:inline-block;width:4.5em">{escape(name)}</span>{digits}</div>'
            )
        style = "font:12px var(--jp-code-font-family,monospace);overflow-x:auto"
        shown = f'<div style="{style}">{"".join(lines)}</div>'
        label = "Two ciphertexts and their XOR, with the guessed place marked"
        return heading("Two messages, one key", "caught on their way") + frame(shown, label)
