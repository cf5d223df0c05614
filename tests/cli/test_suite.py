"""`labkit test`: what is run, in which order, and what the exit code says."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from labkit.cli import suite as module

WHOLE_SUITE = ["ruff check .", "ruff format --check .", "mypy", "pytest -n auto --dist worksteal"]


@pytest.fixture
def refused() -> set[str]:
    """The commands that fail; a test adds to it."""
    return set()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, refused: set[str]) -> list[str]:
    """The commands that were run, with a browser at hand."""
    commands: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        said = " ".join(command[2:])
        commands.append(said)
        return subprocess.CompletedProcess(command, 1 if said in refused else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(module, "find_chromium", lambda: Path("/usr/bin/chromium"))
    return commands


def test_the_whole_suite_is_style_types_and_tests(runs: list[str]) -> None:
    assert CliRunner().invoke(module.suite, []).exit_code == 0
    assert runs == WHOLE_SUITE


@pytest.mark.parametrize("failing", WHOLE_SUITE)
def test_one_failing_check_fails_the_suite_and_hides_no_other(
    runs: list[str], refused: set[str], failing: str
) -> None:
    refused.add(failing)
    assert CliRunner().invoke(module.suite, []).exit_code == 1
    assert runs == WHOLE_SUITE


def test_arguments_go_to_pytest_alone(runs: list[str]) -> None:
    CliRunner().invoke(module.suite, ["tests/cli", "-k", "lock", "-x"])
    assert runs == ["pytest tests/cli -k lock -x"]


def test_an_installed_labkit_has_no_tests_and_says_where_they_are(
    runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "clone", lambda: None)
    answer = CliRunner().invoke(module.suite, [])
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: the tests are in the repository")
    assert runs == []


def test_an_environment_without_the_tools_is_told_what_to_type(
    runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda module: None)
    answer = CliRunner().invoke(module.suite, [])
    assert answer.exit_code == 1
    assert "ruff, mypy, pytest, xdist not installed here; type `python3 -m labkit test`" in answer.output


class TestTheBrowser:
    @pytest.fixture(autouse=True)
    def no_browser(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "find_chromium", lambda: None)

    def test_is_installed_where_it_can_be(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(module, "can_install_chromium", lambda: True)
        monkeypatch.setattr(module, "install_chromium", lambda: Path("/usr/bin/chromium"))
        module.bring_browser()
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize("can_install", [True, False])
    def test_that_cannot_be_had_is_announced(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], can_install: bool
    ) -> None:
        monkeypatch.setattr(module, "can_install_chromium", lambda: can_install)
        monkeypatch.setattr(module, "install_chromium", lambda: None)
        module.bring_browser()
        assert "the browser tests will be skipped" in capsys.readouterr().out
