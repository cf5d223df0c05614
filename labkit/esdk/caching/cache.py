"""The cache: a few entries in memory, each with its age and its uses. The least recently used one gives way.

Plaintext data keys lie in here. That is what caching costs: whoever reads this memory reads every message
under every key in it.
Source: AWS Encryption SDK Developer Guide, "Data key caching", LocalCryptoMaterialsCache.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from labkit.esdk.caching.clock import Clock, WallClock
from labkit.esdk.materials import DecryptionMaterials, EncryptionMaterials


@dataclass(slots=True)
class Entry:
    """Materials in the cache, since when they are there, and how much they have encrypted."""

    identifier: bytes
    materials: EncryptionMaterials | DecryptionMaterials = field(repr=False)
    created: datetime
    messages: int = 0
    bytes: int = 0


class LocalCache:
    """At most `capacity` entries; ages are told by `clock`, such as `lab.clock`.

    `evicted` counts the entries given up for want of room. ValueError for a capacity below 1.
    """

    def __init__(self, capacity: int, clock: Clock | None = None) -> None:
        if capacity < 1:
            raise ValueError("a cache has room for at least one entry")
        self.capacity = capacity
        self.clock: Clock = clock or WallClock()
        self.evicted = 0
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._lock = Lock()

    def find(self, identifier: bytes) -> Entry | None:
        """The entry, which is thereby the last that would be given up; None if there is none."""
        with self._lock:
            found = self._entries.get(identifier)
            if found:
                self._entries.move_to_end(identifier)
            return found

    def put(self, identifier: bytes, materials: EncryptionMaterials | DecryptionMaterials) -> Entry:
        """Keep materials; if there is no room, the entry that was not used for longest is given up."""
        with self._lock:
            entry = self._entries[identifier] = Entry(identifier, materials, self.clock.now())
            self._entries.move_to_end(identifier)
            if len(self._entries) > self.capacity:
                self._entries.popitem(last=False)
                self.evicted += 1
            return entry

    def remove(self, identifier: bytes) -> None:
        """Forget an entry, if it is there."""
        with self._lock:
            self._entries.pop(identifier, None)

    def clear(self) -> None:
        """Forget all of them, as one does when a key is compromised."""
        with self._lock:
            self._entries.clear()

    def entries(self) -> list[Entry]:
        """All entries, the one to be given up next first."""
        with self._lock:
            return list(self._entries.values())

    def age(self, entry: Entry) -> float:
        """How old an entry is, in seconds."""
        return (self.clock.now() - entry.created).total_seconds()
