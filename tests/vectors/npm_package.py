"""Packages of npm that tests need: fetched once, kept under `sys.prefix`, like the source distributions."""

import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest


@cache
def npm_package(name: str, version: str) -> Path:
    """The folder in which Node.js finds a package; skips the test, with the reason, if it can't be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node.js and npm are not installed here")
    kept = Path(sys.prefix) / "vectors" / f"{name.strip('@').replace('/', '-')}-{version}"
    if not kept.is_dir():
        kept.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            folder = Path(scratch) / "package"
            command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
            outcome = subprocess.run(
                [*command, f"{name}@{version}"], capture_output=True, text=True, timeout=300, check=False
            )
            if outcome.returncode:
                reason = (outcome.stderr.strip().splitlines() or ["npm gave no reason"])[-1]
                pytest.skip(f"{name} {version} cannot be had from npm: {reason}")
            try:
                folder.replace(kept)
            except OSError:
                if not kept.is_dir():
                    raise
    return kept
