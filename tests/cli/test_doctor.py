"""`labkit doctor`: what it looks at, and what it says about what is missing."""

import importlib.metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from labkit.cli import doctor as module
from labkit.cli.doctor import Finding


def test_a_library_that_is_there_has_its_version_and_one_that_is_not_has_none() -> None:
    assert module.version("click") == importlib.metadata.version("click")
    assert module.version("no-such-distribution") is None


def test_the_libraries_looked_at_are_those_labkit_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "version", lambda distribution: "1")
    monkeypatch.setattr(
        importlib.metadata, "requires", lambda name: ["boto3<2,>=1.43", "click", "moto[kms]>=5"]
    )
    assert module.requirements() == ["boto3", "click", "moto"]


def test_what_is_missing_comes_with_advice_and_only_what_is_required_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    optional = Finding("uv", None, "only makes installing faster", is_required=False)
    monkeypatch.setattr(module, "findings", lambda: iter([Finding("python", "3.11", ""), optional]))
    answer = CliRunner().invoke(module.doctor)
    assert answer.exit_code == 0
    assert "missing  uv" in answer.output
    assert "only makes installing faster" in answer.output

    monkeypatch.setattr(module, "findings", lambda: iter([Finding("boto3", None, module.REPAIR)]))
    assert CliRunner().invoke(module.doctor).exit_code == 1


def test_the_report_covers_interpreter_libraries_and_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_chromium", lambda: Path("/usr/bin/chromium"))
    names = [finding.name for finding in module.findings()]
    assert names[:3] == ["python", "platform", "labkit"]
    assert names[-4:] == ["aws command", "postgresql", "chromium", "uv"]
