"""Single flight: of all who want the same thing at the same time, one goes for it, and the others wait.

Without it, a cache that has just lost a much used entry sends everybody to KMS at once: a thundering herd.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Flights:
    """A lock for each thing that somebody is after, as long as somebody is."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: dict[bytes, tuple[Lock, int]] = {}

    @contextmanager
    def alone(self, identifier: bytes) -> Iterator[None]:
        """Be the only one after this thing inside the block."""
        with self._guard:
            lock, others = self._waiting.get(identifier, (Lock(), 0))
            self._waiting[identifier] = lock, others + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, others = self._waiting.pop(identifier)
                if others > 1:
                    self._waiting[identifier] = lock, others - 1
