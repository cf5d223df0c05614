"""The real SDK under the same messages: its own cache and caching CMM, on a clock that only counts.

It is asked for materials and encrypts nothing. Its data keys come from an AES key in memory, so nobody is
called, and calls are told by which data key is new.
"""

from typing import Any

import numpy as np

from labkit.esdk.caching.clock import CountedClock
from labkit.esdk.caching.real import on_clock
from labkit.esdk.tradeoffs.simulator import Simulated
from labkit.esdk.tradeoffs.workload import Limits, Trace, Workload, trace


def replay(
    workload: Workload,
    limits: Limits,
    messages: int = 10_000,
    seed: int = 0,
    given: Trace | None = None,
    progress: bool = False,
) -> Simulated:
    """Let the real caching CMM serve a trace; about 5 000 messages a second. `progress` shows a bar."""
    from aws_encryption_sdk import CachingCryptoMaterialsManager, CommitmentPolicy, LocalCryptoMaterialsCache
    from aws_encryption_sdk.identifiers import AlgorithmSuite
    from aws_encryption_sdk.materials_managers import EncryptionMaterialsRequest
    from tqdm.auto import tqdm

    arriving, clock = given or trace(workload, messages, seed), CountedClock()
    manager = CachingCryptoMaterialsManager(
        master_key_provider=_provider(),
        cache=LocalCryptoMaterialsCache(limits.capacity),
        max_age=float(limits.max_age),
        max_messages_encrypted=limits.max_messages,
        max_bytes_encrypted=limits.max_bytes,
    )
    keys, made = [], dict[bytes, int]()
    with on_clock(clock):
        for number, (time, context) in enumerate(
            tqdm(
                zip(arriving.times, arriving.contexts, strict=True), total=len(arriving), disable=not progress
            )
        ):
            clock.seconds = float(time)
            request = EncryptionMaterialsRequest(
                encryption_context={"context": str(context)},
                frame_length=4096,
                algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
                plaintext_length=workload.size,
                commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
            )
            data_key = manager.get_encryption_materials(request).data_encryption_key.encrypted_data_key
            keys.append(made.setdefault(data_key, number))
    return Simulated(workload, limits, arriving, np.array(keys, dtype=np.int64))


def _provider() -> Any:
    """A master key provider of the real SDK's with an AES key in memory."""
    from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
    from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

    class Provider(RawMasterKeyProvider):  # type: ignore[misc]
        provider_id = "labkit"

        def _get_raw_key(self, key_id: str) -> Any:
            algorithm = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
            return WrappingKey(algorithm, bytes(32), EncryptionKeyType.SYMMETRIC)

    provider = Provider()
    provider.add_master_key("counting")
    return provider
