"""Data key caching: one data key for several messages, as long as three limits allow.

    cache = caching.LocalCache(capacity=100)
    manager = caching.CachingManager(keyring, cache, max_age=60.0, max_messages=10)
    esdk.encrypt(data, manager)

`identifiers` says what makes two messages share a data key, `cache` what is kept, `manager` when a kept key
is still good. `real` puts the real SDK's cache beside it, on the same clock and in the same table.
Source: AWS Encryption SDK Developer Guide, "Data key caching".
"""

from labkit.esdk.caching.cache import Entry, LocalCache
from labkit.esdk.caching.clock import Clock, CountedClock
from labkit.esdk.caching.manager import CachingManager
from labkit.esdk.caching.real import on_clock
from labkit.esdk.caching.table import entries

__all__ = ["CachingManager", "Clock", "CountedClock", "Entry", "LocalCache", "entries", "on_clock"]
