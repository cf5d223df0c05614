"""Finding a browser, and having apt bring one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from labkit.cli import browser


def test_a_browser_on_the_path_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "google-chrome"
    program.touch()
    monkeypatch.setattr(shutil, "which", lambda name: str(program) if name == "google-chrome" else None)
    assert browser.find_chromium() == program


def test_a_browser_in_its_usual_place_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "chrome.exe"
    program.touch()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(browser, "PLACES", (str(tmp_path / "absent"), str(program)))
    assert browser.find_chromium() == program


def test_no_browser_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(browser, "PLACES", ())
    assert browser.find_chromium() is None


@pytest.mark.parametrize("failing", [None, "update", "install"])
def test_apt_updates_its_lists_and_then_installs(
    monkeypatch: pytest.MonkeyPatch, failing: str | None
) -> None:
    steps: list[str] = []

    def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        assert env["DEBIAN_FRONTEND"] == "noninteractive"
        steps.append(command[1])
        return subprocess.CompletedProcess(command, 100 if command[1] == failing else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(browser, "find_chromium", lambda: Path("/usr/bin/chromium"))
    found = browser.install_chromium()
    assert steps == (["update"] if failing == "update" else ["update", "install"])
    assert found == (None if failing else Path("/usr/bin/chromium"))
