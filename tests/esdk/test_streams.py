"""Content of any length in constant memory, and files that are whole or not there."""

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit import esdk
from labkit.esdk.encrypting import AT_ONCE
from labkit.esdk.errors import FrameNotAuthentic, NotAllowed, SignatureNotValid
from tests.esdk.real_sdk import our_keyring

MEBIBYTE = 1 << 20


class Endless(io.RawIOBase):
    """A file of zeros that lies nowhere."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray) -> int:  # type: ignore[override]
        size = min(len(target), self._left)
        target[:size] = bytes(size)
        self._left -= size
        return size


class Pipe(io.RawIOBase):
    """What an iterator yields, to be read like a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray) -> int:  # type: ignore[override]
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = piece
        size = min(len(target), len(self._held))
        target[:size], self._held = self._held[:size], self._held[size:]
        return size


@pytest.mark.parametrize("suite", [0x0478, 0x0578])
def test_memory_does_not_grow_with_the_content(suite: int) -> None:
    def peak(size: int) -> int:
        tracemalloc.start()
        sealed = esdk.encrypt_stream(Endless(size), our_keyring(), suite=suite)
        pipe: Any = Pipe(sealed)
        opened = esdk.decrypt_stream(io.BufferedReader(pipe), our_keyring())
        assert sum(map(len, opened)) == size
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    small, large = peak(MEBIBYTE), peak(8 * MEBIBYTE)
    assert large < small + MEBIBYTE // 4
    assert large < 3 * MEBIBYTE


@pytest.mark.parametrize("length", [0, 1, 4096, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_a_stream_and_a_whole_message_have_the_same_form(length: int) -> None:
    pieces = [bytes(length)[at : at + 1000] for at in range(0, length, 1000)]
    streamed = b"".join(esdk.encrypt_stream(iter(pieces), our_keyring(), suite=0x0478))
    whole = esdk.encrypt(bytes(length), our_keyring(), suite=0x0478)
    assert len(streamed) == len(whole)
    assert esdk.decrypt(streamed, our_keyring()).plaintext == bytes(length)
    assert b"".join(esdk.decrypt_stream(io.BytesIO(whole), our_keyring())) == bytes(length)


def test_progress_is_told_up_to_the_end() -> None:
    written, read = list[int](), list[int]()
    message = b"".join(
        esdk.encrypt_stream(io.BytesIO(bytes(MEBIBYTE)), our_keyring(), progress=written.append)
    )
    list(esdk.decrypt_stream(io.BytesIO(message), our_keyring(), progress=read.append))
    for told in (written, read):
        assert told == sorted(told)
        assert told[-1] == MEBIBYTE


def test_an_announced_length_is_held_to() -> None:
    with pytest.raises(NotAllowed, match="longer than the 9 bytes"):
        list(esdk.encrypt_stream(io.BytesIO(bytes(10)), our_keyring(), length=9))


def test_a_stream_is_framed() -> None:
    with pytest.raises(NotAllowed, match="a stream is framed"):
        list(esdk.encrypt_stream(io.BytesIO(b"x"), our_keyring(), frame_length=0))
    for wrong in (-1, 1 << 31):
        with pytest.raises(NotAllowed, match="a frame has"):
            esdk.encrypt(b"x", our_keyring(), frame_length=wrong)


def test_an_unframed_message_comes_out_of_a_stream_once_its_tag_is_checked() -> None:
    message = esdk.encrypt(b"all in one", our_keyring(), frame_length=0, suite=0x0478)
    assert list(esdk.decrypt_stream(io.BytesIO(message), our_keyring())) == [b"all in one"]
    changed = message[:-1] + bytes((message[-1] ^ 1,))
    with pytest.raises(FrameNotAuthentic, match="content"):
        next(esdk.decrypt_stream(io.BytesIO(changed), our_keyring()))


def test_files_go_there_and_back(tmp_path: Path) -> None:
    plain, sealed, opened = (tmp_path / name for name in ("plain", "sealed", "opened"))
    plain.write_bytes(bytes(range(256)) * 500)
    esdk.encrypt_file(plain, sealed, our_keyring(), context={"file": "plain"})
    esdk.decrypt_file(sealed, opened, our_keyring(), context={"file": "plain"})
    assert opened.read_bytes() == plain.read_bytes()


def test_a_file_that_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    plain, sealed, opened = (tmp_path / name for name in ("plain", "sealed", "opened"))
    plain.write_bytes(bytes(10_000))
    esdk.encrypt_file(plain, sealed, our_keyring())
    message = bytearray(sealed.read_bytes())
    message[-1] ^= 1
    sealed.write_bytes(message)
    opened.write_bytes(b"what was there before")
    with pytest.raises(SignatureNotValid):
        esdk.decrypt_file(sealed, opened, our_keyring())
    assert opened.read_bytes() == b"what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["opened", "plain", "sealed"]
