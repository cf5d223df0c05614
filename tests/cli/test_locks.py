"""The hash locks: complete, of one mind, and free of any registry's name."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
RUNTIME = [*PROJECT["project"]["dependencies"], *GROUPS["build"]]
DIRECT = {"lab": RUNTIME, "test": [*RUNTIME, *(line for line in GROUPS["test"] if isinstance(line, str))]}


def text(lock: str) -> str:
    return (ROOT / ".ci" / "locks" / f"{lock}.txt").read_text(encoding="utf-8")


def entries(lock: str) -> list[str]:
    """One string a locked release: its pin, its marker, its hashes."""
    return text(lock).replace("\\\n", " ").splitlines()


def pins(lock: str) -> dict[str, set[str]]:
    """Name -> the versions locked, more than one where they depend on the platform or the Python."""
    versions: dict[str, set[str]] = {}
    for entry in entries(lock):
        pin = Requirement(entry.split("--hash")[0].strip())
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        versions.setdefault(canonicalize_name(pin.name), set()).add(specifier.version)
    return versions


@pytest.mark.parametrize("lock", ["lab", "test"])
def test_a_lock_names_no_address(lock: str) -> None:
    assert not re.search(r"://|--(index|extra-index|find-links)| @ |\.(org|com|net|io)\b", text(lock))


@pytest.mark.parametrize("lock", ["lab", "test"])
def test_every_locked_release_has_hashes(lock: str) -> None:
    assert entries(lock)
    assert [entry for entry in entries(lock) if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    ("lock", "dependency"), [(lock, line) for lock, lines in DIRECT.items() for line in lines]
)
def test_a_lock_satisfies_the_project_file(lock: str, dependency: str) -> None:
    wanted = Requirement(dependency)
    locked = pins(lock).get(canonicalize_name(wanted.name), set())
    assert locked, f"{wanted.name} is not locked: run .ci/lock"
    assert all(wanted.specifier.contains(version) for version in locked), "run .ci/lock"


def test_the_lab_is_locked_as_the_tests_lock_it() -> None:
    tested = pins("test")
    assert {name: versions for name, versions in pins("lab").items() if tested.get(name) != versions} == {}
