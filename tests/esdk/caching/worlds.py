"""A clock to turn, keyrings that count, and both caching CMMs over them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aws_encryption_sdk
from aws_encryption_sdk.materials_managers import EncryptionMaterialsRequest

from labkit import esdk
from labkit.esdk.caching import CachingManager, LocalCache
from labkit.esdk.header import EncryptedDataKey
from labkit.esdk.materials import EncryptionRequest
from labkit.esdk.suites import SUITES
from tests.esdk import real_sdk


class TurnedClock:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self._now = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)


class Counting(esdk.RawAesKeyring):
    """A raw AES keyring that counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(real_sdk.NAMESPACE, real_sdk.NAME, real_sdk.KEY)
        self.generated = self.unwrapped = 0

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        self.generated += 1
        return super().generate(size, context)

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        self.unwrapped += 1
        return super().unwrap(wrapped, context)


class Ours:
    """Our caching CMM; `ask` returns whether it had to make a new data key."""

    def __init__(self, capacity: int, clock: TurnedClock, **limits: Any) -> None:
        self.keyring, self.cache = Counting(), LocalCache(capacity, clock)
        self.manager = CachingManager(self.keyring, self.cache, **limits)

    def ask(self, context: Mapping[str, str], length: int | None, suite: int = 0x0478) -> bool:
        before = self.keyring.generated
        policy = real_sdk.our_policy(SUITES[suite])
        self.manager.encryption_materials(EncryptionRequest(context, SUITES[suite], policy, length))
        return self.keyring.generated > before


class Theirs:
    """The real caching CMM; to be used inside `on_clock`."""

    def __init__(self, capacity: int, max_age: float, **limits: int) -> None:
        names = {"max_messages": "max_messages_encrypted", "max_bytes": "max_bytes_encrypted"}
        self.cache = aws_encryption_sdk.LocalCryptoMaterialsCache(capacity)
        self.manager = aws_encryption_sdk.CachingCryptoMaterialsManager(
            master_key_provider=real_sdk.provider(),
            cache=self.cache,
            max_age=float(max_age),
            **{names[name]: value for name, value in limits.items()},
        )
        self._seen = set[bytes]()

    def ask(self, context: Mapping[str, str], length: int | None, suite: int = 0x0478) -> bool:
        request = EncryptionMaterialsRequest(
            encryption_context=dict(context),
            frame_length=4096,
            algorithm=real_sdk.algorithm(SUITES[suite]),
            plaintext_length=length,
            commitment_policy=aws_encryption_sdk.CommitmentPolicy[real_sdk.our_policy(SUITES[suite]).name],
        )
        found = self.manager.get_encryption_materials(request).data_encryption_key.encrypted_data_key
        new = found not in self._seen
        self._seen.add(found)
        return new
