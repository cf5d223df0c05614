"""Blobs: files under names that say nothing, in a folder that goes with its lab or stays beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.cloud.state.blobs import Blobs


def put(blobs: Blobs, content: bytes) -> str:
    name = blobs.fresh_name()
    blobs.write(name, [content[:2], content[2:]])
    return name


def test_what_is_written_can_be_read_until_it_is_deleted() -> None:
    blobs = Blobs()
    name = put(blobs, b"hello")
    with blobs.open(name) as file:
        blobs.delete(name)
        assert file.read() == b"hello"
    with pytest.raises(FileNotFoundError):
        blobs.open(name)
    blobs.delete(name)
    blobs.close()


def test_a_folder_among_temporary_files_goes_with_its_lab() -> None:
    blobs = Blobs()
    with blobs.open(put(blobs, b"x")) as file:
        folder = Path(file.name).parent
    assert folder.is_dir()
    blobs.close()
    assert not folder.exists()


def test_or_with_the_last_who_knows_it() -> None:
    blobs = Blobs()
    with blobs.open(put(blobs, b"x")) as file:
        folder = Path(file.name).parent
    del blobs
    assert not folder.exists()


def test_a_folder_beside_a_lab_stays(tmp_path: Path) -> None:
    folder = tmp_path / "class.lab.blobs"
    blobs = Blobs(folder)
    assert not folder.exists()
    name = put(blobs, b"kept")
    blobs.close()
    with Blobs(folder).open(name) as file:
        assert file.read() == b"kept"


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"some"
        raise ConnectionError

    blobs = Blobs(tmp_path)
    with pytest.raises(ConnectionError):
        blobs.write(blobs.fresh_name(), broken())
    assert not list(tmp_path.iterdir())
