"""The real SDK's cache beside ours: on the same clock, and looked into by the same table.

`LocalCryptoMaterialsCache` keeps its entries in a private dictionary. All that reaches into it is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from labkit.esdk.caching.clock import Clock


class _Time:
    """What the real SDK takes for the module `time`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        """Seconds since 1970."""
        return self._clock.now().timestamp()


@contextmanager
def on_clock(clock: Clock) -> Iterator[None]:
    """Let the real SDK's caches go by `clock`, such as `lab.clock`, inside the block."""
    from aws_encryption_sdk import caches

    before, caches.time = caches.time, _Time(clock)
    try:
        yield
    finally:
        caches.time = before


def real_entries(cache: Any) -> list[tuple[bytes, Any, datetime, int, int]]:
    """(identifier, materials, made, messages, bytes) of each entry of a real cache, oldest first."""
    with cache._cache_lock:
        return [
            (
                one.cache_key,
                one.value,
                datetime.fromtimestamp(one.creation_time, UTC),
                one.messages_encrypted,
                one.bytes_encrypted,
            )
            for one in cache._cache.values()
        ]
