"""Which entry gives way, what the table tells, and who goes for a data key when sixteen want it."""

import threading
import time
from collections.abc import Mapping
from typing import Any

import aws_encryption_sdk
import boto3
import pytest
from aws_encryption_sdk.caches import (
    build_decryption_materials_cache_key,
    build_encryption_materials_cache_key,
)
from aws_encryption_sdk.materials_managers import DecryptionMaterialsRequest, EncryptionMaterialsRequest
from aws_encryption_sdk.structures import EncryptedDataKey as TheirDataKey
from aws_encryption_sdk.structures import MasterKeyInfo

from labkit import Lab, esdk
from labkit.esdk.caching import CachingManager, LocalCache, entries, identifiers, on_clock
from labkit.esdk.header import EncryptedDataKey
from labkit.esdk.materials import DecryptionRequest, EncryptionRequest
from labkit.esdk.suites import SUITES
from tests.esdk import real_sdk
from tests.esdk.caching.worlds import Counting, Ours, Theirs, TurnedClock

A, B, C = {"tenant": "a"}, {"tenant": "b"}, {"tenant": "c"}


def test_ours_gives_up_the_least_recently_used_and_the_real_one_the_oldest() -> None:
    clock = TurnedClock()
    with on_clock(clock):
        ours, theirs = Ours(2, clock, max_age=60.0), Theirs(2, max_age=60.0)
        for cmm in (ours, theirs):
            assert [cmm.ask(context, 1) for context in (A, B, A, C)] == [True, True, False, True]
        assert not ours.ask(A, 1)  # A was used after B, so B gave way
        assert theirs.ask(A, 1)  # A was made before B, so A gave way: first in, first out
        assert ours.cache.evicted == 1


def test_a_cache_has_room_for_one_at_least() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LocalCache(0)


@pytest.mark.parametrize("suite", [None, 0x0178, 0x0578])
@pytest.mark.parametrize("context", [{}, {"b": "2", "a": "1", "ä": "€"}])
def test_identifiers_are_the_real_sdks(suite: int | None, context: dict[str, str]) -> None:
    ours = EncryptionRequest(context, SUITES[suite] if suite else None)
    theirs = EncryptionMaterialsRequest(
        encryption_context=context,
        frame_length=4096,
        algorithm=real_sdk.algorithm(SUITES[suite]) if suite else None,
    )
    assert identifiers.for_encryption(b"p", ours) == build_encryption_materials_cache_key(b"p", theirs)


def test_identifiers_to_decrypt_are_the_real_sdks() -> None:
    ring = esdk.MultiKeyring(real_sdk.our_keyring(), [real_sdk.our_keyring()])
    header = esdk.decrypt(esdk.encrypt(b"x", ring, A), ring).header
    theirs = DecryptionMaterialsRequest(
        algorithm=real_sdk.algorithm(header.suite),
        encrypted_data_keys={
            TheirDataKey(
                key_provider=MasterKeyInfo(one.provider, one.info), encrypted_data_key=one.ciphertext
            )
            for one in header.data_keys
        },
        encryption_context=dict(header.context),
    )
    expected = build_decryption_materials_cache_key(b"p", theirs)
    assert identifiers.for_decryption(b"p", DecryptionRequest(header)) == expected


class Slow(Counting):
    """A keyring that takes its time, as KMS does."""

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        time.sleep(0.05)
        return super().generate(size, context)


def together(work: Any, count: int = 16) -> None:
    """Let many threads do the same at once."""
    start = threading.Barrier(count)
    threads = [threading.Thread(target=lambda: (start.wait(), work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_sixteen_on_a_cold_cache_one_goes() -> None:
    keyring = Slow()
    manager = CachingManager(keyring, LocalCache(10), max_age=60.0)
    together(lambda: esdk.encrypt(b"x", manager, A, suite=0x0478))
    assert (keyring.generated, manager.misses, manager.hits) == (1, 1, 15)


def test_those_who_want_something_else_do_not_wait() -> None:
    keyring = Slow()
    manager = CachingManager(keyring, LocalCache(100), max_age=60.0)
    numbers = iter(range(16))
    began = time.perf_counter()
    together(lambda: esdk.encrypt(b"x", manager, {"n": str(next(numbers))}, suite=0x0478))
    assert keyring.generated == 16
    assert time.perf_counter() - began < 16 * 0.05


def test_a_refused_flight_lets_the_next_one_go() -> None:
    class Refusing(Counting):
        def generate(self, size: int, context: Mapping[str, str]) -> Any:
            self.generated += 1
            raise RuntimeError("no")

    keyring = Refusing()
    manager = CachingManager(keyring, LocalCache(10), max_age=60.0)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no"):
            esdk.encrypt(b"x", manager, A)
    assert keyring.generated == 2


def test_the_table_of_ours_and_of_the_real_cache_tell_the_same() -> None:
    clock = TurnedClock()
    with on_clock(clock):
        ours, theirs = Ours(10, clock, max_age=60.0), Theirs(10, max_age=60.0)
        for cmm in (ours, theirs):
            for context, length in ((A, 10), (B, 20), (A, 30)):
                cmm.ask(context, length)
        clock.turn(7)
        for table in (entries(ours.cache), entries(theirs.cache, clock)):
            rows = table.set_index("Context")[["Kind", "Age", "Messages", "Bytes"]].sort_index()
            assert rows.to_dict("index") == {
                "tenant=a": {"Kind": "encrypt", "Age": 7.0, "Messages": 2, "Bytes": 40},
                "tenant=b": {"Kind": "encrypt", "Age": 7.0, "Messages": 1, "Bytes": 20},
            }
            assert table["DataKey"].nunique() == 2
    assert list(entries(LocalCache(1)).columns) == list(table.columns)


def test_no_data_key_is_shown() -> None:
    clock = TurnedClock()
    ours = Ours(10, clock, max_age=60.0)
    ours.ask(A, 1)
    entry = ours.cache.entries()[0]
    key = entry.materials.data_key
    shown = repr(entry) + str(entries(ours.cache).to_dict())
    assert key.hex() not in shown
    assert repr(key) not in shown


def test_the_real_cache_runs_on_the_lab_and_on_its_clock(lab: Lab) -> None:
    arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    cache = aws_encryption_sdk.LocalCryptoMaterialsCache(10)
    manager = aws_encryption_sdk.CachingCryptoMaterialsManager(
        master_key_provider=aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[arn]),
        cache=cache,
        max_age=600.0,
        max_messages_encrypted=3,
    )
    client = aws_encryption_sdk.EncryptionSDKClient()

    def calls() -> int:
        return int((lab.audit()["EventName"] == "GenerateDataKey").sum())

    with on_clock(lab.clock):
        made = []
        for _ in range(4):
            client.encrypt(source=b"x", materials_manager=manager)
            made.append(calls())
        assert made == [1, 1, 1, 2]
        lab.clock.advance(minutes=11)
        client.encrypt(source=b"x", materials_manager=manager)
        assert calls() == 3
        assert entries(cache, lab.clock)["Messages"].to_list() == [1]
