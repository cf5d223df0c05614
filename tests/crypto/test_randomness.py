"""Where randomness enters: fresh by default, replaceable inside a block, in this thread only."""

import os
import re
import subprocess
import sys
import threading
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto.randomness import (
    AT_ONCE,
    public_bytes,
    public_uuid,
    random_bytes,
    random_uuid,
    seeded,
    source,
)


def test_fresh_bytes_differ() -> None:
    assert len({random_bytes(16) for _ in range(50)}) == 50


@given(seed=st.binary(max_size=20), sizes=st.lists(st.integers(0, 100), max_size=5))
def test_one_seed_gives_the_same_bytes_again(seed: bytes, sizes: list[int]) -> None:
    def run() -> list[bytes]:
        with source(seeded(seed)):
            return [random_bytes(size) for size in sizes]

    assert run() == run()
    assert [len(value) for value in run()] == sizes


def test_calls_and_seeds_do_not_repeat_each_other() -> None:
    one, other = seeded(b"one"), seeded(b"other")
    assert len({one(32), one(32), other(32), other(32)}) == 4


def test_the_source_comes_back_even_after_an_error() -> None:
    try:
        with source(bytes):
            assert random_bytes(4) == b"\0\0\0\0"
            raise RuntimeError
    except RuntimeError:
        pass
    assert random_bytes(16) != bytes(16)


def test_public_bytes_differ_and_have_the_size_that_is_asked_for() -> None:
    made = [public_bytes(size) for size in (12, 28) for _ in range(3 * AT_ONCE)]
    assert len(set(made)) == len(made)
    assert [len(one) for one in made] == [12] * 3 * AT_ONCE + [28] * 3 * AT_ONCE


def test_public_bytes_come_from_a_replaced_source_and_from_no_other() -> None:
    public_bytes(12)
    with source(bytes):
        assert public_bytes(12) == bytes(12)
    assert public_bytes(12) != bytes(12)


def test_another_thread_keeps_the_real_source() -> None:
    drawn: list[bytes] = []
    with source(bytes):
        thread = threading.Thread(target=lambda: drawn.append(random_bytes(16)))
        thread.start()
        thread.join()
    assert drawn != [bytes(16)]


def test_uuids_are_random_ones_and_none_comes_twice() -> None:
    made = [public_uuid() for _ in range(3 * AT_ONCE)] + [random_uuid() for _ in range(50)]
    assert len(set(made)) == len(made)
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in made} == {(4, uuid.RFC_4122)}
    assert all(re.fullmatch(r"[0-9a-f-]{36}", one) for one in made)


FORKED = """
import os
from labkit.crypto.randomness import public_bytes, public_uuid
public_uuid(), public_bytes(16)
child = os.fork()
if child:
    os.waitpid(child, 0)
print(*(public_uuid() for _ in range(100)), *(public_bytes(16).hex() for _ in range(100)), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where a process can fork")
def test_a_forked_process_hands_out_other_uuids_and_bytes() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True)
    made = done.stdout.split()
    assert len(made) == len(set(made)) == 400
