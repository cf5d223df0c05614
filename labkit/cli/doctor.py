"""`labkit doctor`: what labkit stands on, what of it is here, and what to do about the rest."""

import importlib.metadata
import platform
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass

import click

from labkit.cli.browser import find_chromium

DISTRIBUTION = "kms-labkit"
REPAIR = "install labkit again: `python3 -m labkit lab` in a clone, else `pip install kms-labkit`"


@dataclass(frozen=True)
class Finding:
    """One line of the report; `advice` says what to do about something that is missing."""

    name: str
    found: str | None
    advice: str
    is_required: bool = True


def findings() -> Iterator[Finding]:
    """Look at the interpreter, at every library labkit asks for, and at the programs it can use."""
    yield Finding("python", f"{platform.python_version()} ({sys.executable})", "")
    yield Finding("platform", platform.platform(), "")
    yield Finding("labkit", version(DISTRIBUTION), REPAIR)
    for library in requirements():
        yield Finding(library, version(library), REPAIR)
    programs = sysconfig.get_path("scripts")
    yield Finding("aws command", shutil.which("aws", path=programs), REPAIR)
    yield Finding("postgresql", _postgresql(), "databases of RDS need it: " + REPAIR, is_required=False)
    chromium = find_chromium()
    yield Finding(
        "chromium", str(chromium) if chromium else None, "only the browser tests need it", is_required=False
    )
    yield Finding("uv", shutil.which("uv"), "only makes installing faster", is_required=False)


def version(distribution: str) -> str | None:
    """The installed version of a distribution, without importing it; None if there is none."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _postgresql() -> str | None:
    """The version and the place of PostgreSQL; None where it, or a library on the way to it, is missing."""
    try:
        from labkit.cloud.postgres.binaries import NoPostgresError, find_programs, find_version
    except ImportError:
        return None
    try:
        return f"{find_version()} ({find_programs()})"
    except NoPostgresError:
        return None


def requirements() -> list[str]:
    """The names of the libraries labkit declares; empty where labkit itself is not installed."""
    declared = (importlib.metadata.requires(DISTRIBUTION) or []) if version(DISTRIBUTION) else []
    return [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in declared]


@click.command()
def doctor() -> None:
    """Say what is installed, what is missing, and what to do about it."""
    broken = False
    for finding in findings():
        if finding.found:
            click.echo(f"ok       {finding.name:<15} {finding.found}")
        else:
            click.echo(f"missing  {finding.name:<15} {finding.advice}")
            broken = broken or finding.is_required
    sys.exit(1 if broken else 0)
