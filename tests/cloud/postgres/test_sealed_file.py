"""Files that are encrypted chunk by chunk: what comes out is what went in, or nothing."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.cloud.postgres import sealed_file
from labkit.crypto.errors import AuthenticationFailed

KEY, NAME = b"k" * 32, b"snapshot-1"
SMALL = 16  # bytes a chunk, so that many of them fit into a test


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_file, "CHUNK", SMALL)


def read(path: Path, key: bytes | None = KEY, name: bytes = NAME) -> bytes:
    return b"".join(sealed_file.read(path, key, name))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_what_was_written_is_read(tmp_path: Path, pieces: list[bytes], sealed: bool) -> None:
    path = tmp_path / "file"
    path.unlink(missing_ok=True)
    key = KEY if sealed else None
    size = sealed_file.write(path, pieces, key, NAME)
    assert size == path.stat().st_size
    assert read(path, key) == b"".join(pieces)


def test_without_a_key_it_is_the_plain_data_and_with_one_it_is_not(tmp_path: Path) -> None:
    data = b"a secret that is longer than a chunk"
    sealed_file.write(tmp_path / "plain", [data], None, NAME)
    sealed_file.write(tmp_path / "sealed", [data], KEY, NAME)
    assert (tmp_path / "plain").read_bytes() == data
    assert b"secret" not in (tmp_path / "sealed").read_bytes()


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Return a file of three whole chunks."""
    path = tmp_path / "three"
    sealed_file.write(path, [b"a" * SMALL, b"b" * SMALL, b"c" * SMALL], KEY, NAME)
    return path


CHUNK = SMALL + 16  # with its tag


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a bit is flipped", lambda old: old[:5] + bytes([old[5] ^ 1]) + old[6:]),
        ("the last chunk is cut off", lambda old: old[: 2 * CHUNK]),
        ("two chunks are exchanged", lambda old: old[CHUNK : 2 * CHUNK] + old[:CHUNK] + old[2 * CHUNK :]),
        ("a chunk is repeated", lambda old: old[:CHUNK] + old),
        ("something is appended", lambda old: old + old[:CHUNK]),
    ],
)
def test_a_changed_file_is_refused(three: Path, what: str, change: object) -> None:
    assert callable(change), what
    three.write_bytes(change(three.read_bytes()))
    with pytest.raises(AuthenticationFailed):
        read(three)


def test_another_key_or_another_name_is_refused(three: Path) -> None:
    assert read(three) == b"a" * SMALL + b"b" * SMALL + b"c" * SMALL
    with pytest.raises(AuthenticationFailed):
        read(three, b"x" * 32)
    with pytest.raises(AuthenticationFailed):
        read(three, KEY, b"snapshot-2")
