"""Random values of an exercise: fresh for practice, and for grading the same whenever it is graded again.

A grader's check must not be guessable, nor differ between two runs. So each student's values come from
HMAC-SHA256 (RFC 2104) under a secret of the course: nobody can foresee them, the grader can repeat them.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeVar

from labkit.crypto.randomness import random_bytes

T = TypeVar("T")

VARIANT_BYTES = 32
_LETTERS = "abcdefghijkmnopqrstuvwxyz"  # no l, which looks like 1


def variant_of(course_secret: bytes, student: str, exercise: str) -> bytes:
    """Return the 32 bytes that all random values of a student's exercise are made from."""
    # Each part tells its length, so that no two pairs of names make one message.
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (student.encode(), exercise.encode()))
    return hmac.digest(course_secret, message, hashlib.sha256)


class Variant:
    """A stream of random values; the same `seed` makes the same values, and no seed makes fresh ones."""

    def __init__(self, seed: bytes | None = None) -> None:
        self._seed = random_bytes(VARIANT_BYTES) if seed is None else seed
        self._block = 0

    def random_bytes(self, count: int) -> bytes:
        """The next `count` bytes."""
        blocks = []
        for _ in range(0, count, hashlib.sha256().digest_size):
            blocks.append(hmac.digest(self._seed, self._block.to_bytes(8, "big"), hashlib.sha256))
            self._block += 1
        return b"".join(blocks)[:count]

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        # 16 bytes more than the range needs leave no bias that anybody could see.
        size = (high - low).bit_length() // 8 + 17
        return low + int.from_bytes(self.random_bytes(size), "big") % (high - low + 1)

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.integer(0, len(options) - 1)]

    def word(self, length: int = 8) -> str:
        """Small letters that make no word."""
        return "".join(self.choice(_LETTERS) for _ in range(length))
