"""Our Encryption SDK beside the real one, and beside AES-GCM alone, in one run.

    python -m tests.benchmarks.bench_esdk          # 1 KB and 1 MB
    python -m tests.benchmarks.bench_esdk large    # 100 MB, too: takes a minute

Both SDKs wrap their data keys under the same AES key, so no KMS is in it. AES-GCM alone encrypts the same
content in pieces of the frame's length, one call a piece, and keeps all the pieces; or decrypts them.
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit import esdk
from labkit.esdk import SUITES, Suite
from tests.benchmarks.ratios import race
from tests.esdk import real_sdk

KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
UNSIGNED, SIGNED = SUITES[0x0478], SUITES[0x0578]


ALONE, AAD = AESGCM(bytes(32)), bytes(70)


def seal_alone(content: bytes, frame_length: int) -> list[bytes]:
    """AES-GCM and nothing else."""
    view = memoryview(content)
    return [
        ALONE.encrypt(number.to_bytes(12, "big"), view[at : at + frame_length], AAD)
        for number, at in enumerate(range(0, len(content), frame_length))
    ]


def open_alone(pieces: list[bytes]) -> list[bytes]:
    """The same the other way."""
    return [ALONE.decrypt(number.to_bytes(12, "big"), piece, AAD) for number, piece in enumerate(pieces)]


def writers(content: bytes, frame_length: int, suite: Suite) -> dict[str, Callable[[], Any]]:
    """Who encrypts the content."""
    ring, sdk = real_sdk.our_keyring(), real_sdk.client(real_sdk.ALLOW)
    return {
        "AES-GCM alone": partial(seal_alone, content, frame_length),
        "labkit": partial(esdk.encrypt, content, ring, suite=suite, frame_length=frame_length),
        "the real SDK": partial(
            sdk.encrypt,
            source=content,
            key_provider=real_sdk.provider(),
            algorithm=real_sdk.algorithm(suite),
            frame_length=frame_length,
        ),
    }


def readers(content: bytes, frame_length: int, suite: Suite) -> dict[str, Callable[[], Any]]:
    """Who decrypts a message of that content."""
    ring, sdk = real_sdk.our_keyring(), real_sdk.client(real_sdk.ALLOW)
    message = esdk.encrypt(content, ring, suite=suite, frame_length=frame_length)
    return {
        "AES-GCM alone": partial(open_alone, seal_alone(content, frame_length)),
        "labkit": partial(esdk.decrypt, message, ring),
        "the real SDK": partial(sdk.decrypt, source=message, key_provider=real_sdk.provider()),
    }


def measure(size: int, rounds: int, calls: int) -> None:
    """Print one line for each way to write and read a content of `size` bytes."""
    content = os.urandom(size)
    for frame_length in (4 * KILOBYTE, 64 * KILOBYTE):
        for suite in (UNSIGNED, SIGNED):
            for verb, contenders in (("encrypt", writers), ("decrypt", readers)):
                laps = race(contenders(content, frame_length, suite), rounds=rounds, calls=calls)
                raw, ours, theirs = map(min, laps.values())
                name = f"{size >> 10:>7} KB, frames of {frame_length >> 10:>2} KB, {suite.id:04X} {verb}"
                print(
                    f"{name}   alone {raw:9.1f} us   labkit {ours:9.1f} us   SDK {theirs:10.1f} us"
                    f"   {ours / raw:6.2f} x alone   {theirs / ours:5.1f} x faster than the SDK"
                )


if __name__ == "__main__":
    measure(KILOBYTE, rounds=60, calls=20)
    measure(MEGABYTE, rounds=60, calls=6)
    if "large" in sys.argv:
        measure(100 * MEGABYTE, rounds=3, calls=1)
