"""Where randomness enters: fresh by default, replaceable inside a block, in this thread only."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto.randomness import random_bytes, seeded, source


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


def test_another_thread_keeps_the_real_source() -> None:
    drawn: list[bytes] = []
    with source(bytes):
        thread = threading.Thread(target=lambda: drawn.append(random_bytes(16)))
        thread.start()
        thread.join()
    assert drawn != [bytes(16)]
