"""The caching CMM: it asks the keyring for a data key only if the cache has none that may still be used.

- An entry is counted first and compared then, and a limit may be reached and not passed: with
  `max_messages` 3 it serves the message it was made for and two more.
- An entry of the age `max_age` is still good; older ones are not.
- Bytes include the message at hand. One as long as `max_bytes` is never cached.
- A stream of unknown length is never cached, nor is a suite without key derivation: under one key its
  messages would share their IVs.
- To decrypt, age alone counts: the limits of messages and bytes are about encrypting.

Source: AWS Encryption SDK Developer Guide, "Setting cache security thresholds".
"""

from labkit.crypto.randomness import random_uuid
from labkit.esdk.caching import identifiers
from labkit.esdk.caching.cache import Entry, LocalCache
from labkit.esdk.caching.flights import Flights
from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.materials import (
    DecryptionMaterials,
    DecryptionRequest,
    EncryptionMaterials,
    EncryptionRequest,
    MaterialsManager,
    manager,
)

MOST_MESSAGES, MOST_BYTES = 2**32, 2**63 - 1


class CachingManager:
    """Serves messages from `cache`, and from `source`, a keyring or another CMM, if it has to.

    `max_age` is in seconds. Managers with one `partition` share their entries; each has its own unless told.
    `hits` and `misses` count, and `uncached` counts what could not be cached. ValueError for a limit out of
    its range.
    """

    def __init__(
        self,
        source: Keyring | MaterialsManager,
        cache: LocalCache,
        max_age: float,
        max_messages: int = MOST_MESSAGES,
        max_bytes: int = MOST_BYTES,
        partition: str | None = None,
    ) -> None:
        if not max_age > 0:
            raise ValueError("max_age is a number of seconds above 0")
        if not 1 <= max_messages <= MOST_MESSAGES:
            raise ValueError(f"max_messages is 1 to {MOST_MESSAGES}")
        if not 0 <= max_bytes <= MOST_BYTES:
            raise ValueError(f"max_bytes is 0 to {MOST_BYTES}")
        self.cache = cache
        self.max_age, self.max_messages, self.max_bytes = max_age, max_messages, max_bytes
        self.hits = self.misses = self.uncached = 0
        self._inner = manager(source)
        self._partition = (partition or random_uuid()).encode()
        self._flights = Flights()

    def encryption_materials(self, request: EncryptionRequest) -> EncryptionMaterials:
        """Materials from the cache, or new ones, which are kept if they may be."""
        length = request.length
        if length is None or (request.suite and not request.suite.hkdf):
            self.uncached += 1
            return self._inner.encryption_materials(request)
        identifier = identifiers.for_encryption(self._partition, request)
        with self._flights.alone(identifier):
            entry = self.cache.find(identifier)
            if entry and isinstance(entry.materials, EncryptionMaterials):
                entry.messages += 1
                entry.bytes += length
                if self._may_encrypt(entry):
                    self.hits += 1
                    return entry.materials
                self.cache.remove(identifier)
            self.misses += 1
            found = self._inner.encryption_materials(request)
            if found.suite.hkdf and length < self.max_bytes:
                entry = self.cache.put(identifier, found)
                entry.messages, entry.bytes = 1, length
            return found

    def decryption_materials(self, request: DecryptionRequest) -> DecryptionMaterials:
        """Materials from the cache unless they are too old, or unwrapped anew and kept."""
        identifier = identifiers.for_decryption(self._partition, request)
        with self._flights.alone(identifier):
            entry = self.cache.find(identifier)
            if entry and isinstance(entry.materials, DecryptionMaterials):
                if self.cache.age(entry) <= self.max_age:
                    self.hits += 1
                    return entry.materials
                self.cache.remove(identifier)
            self.misses += 1
            found = self._inner.decryption_materials(request)
            self.cache.put(identifier, found)
            return found

    def _may_encrypt(self, entry: Entry) -> bool:
        return (
            self.cache.age(entry) <= self.max_age
            and entry.messages <= self.max_messages
            and entry.bytes <= self.max_bytes
        )
