"""A cache as a table: what is kept, for whom, since when, and how much of its limits is used up.

Of a data key only a mark is told, a hash of its wrapped form, by which one sees when it is exchanged.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labkit.esdk.caching.cache import LocalCache
from labkit.esdk.caching.clock import Clock, WallClock
from labkit.esdk.caching.real import real_entries
from labkit.esdk.context import PUBLIC_KEY

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("CacheKey", "Kind", "Context", "DataKey", "Created", "Age", "Messages", "Bytes")


def entries(cache: Any, clock: Clock | None = None) -> "pd.DataFrame":
    """One row an entry, of our cache or of the real `LocalCryptoMaterialsCache`; Age is in seconds.

    `clock` tells the age of a real cache's entries; ours has its own.
    """
    import pandas as pd

    if isinstance(cache, LocalCache):
        clock = cache.clock
        found = [
            (one.identifier, one.materials, one.created, one.messages, one.bytes) for one in cache.entries()
        ]
    else:
        found = real_entries(cache)
    now = (clock or WallClock()).now()
    return pd.DataFrame([_row(now, *one) for one in found], columns=list(COLUMNS))


def _row(
    now: datetime, identifier: bytes, materials: Any, created: datetime, messages: int, size: int
) -> tuple[Any, ...]:
    wrapped = getattr(materials, "data_keys", None) or getattr(materials, "encrypted_data_keys", None)
    return (
        identifier.hex()[:16],
        "encrypt" if wrapped else "decrypt",
        _context(getattr(materials, "encryption_context", None) or getattr(materials, "context", {})),
        _mark(wrapped) if wrapped else "",
        created,
        (now - created).total_seconds(),
        messages,
        size,
    )


def _context(context: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(context.items()) if name != PUBLIC_KEY)


def _mark(wrapped: Any) -> str:
    first = min(getattr(one, "ciphertext", None) or one.encrypted_data_key for one in wrapped)
    return hashlib.sha256(first).hexdigest()[:8]
