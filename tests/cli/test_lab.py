"""`labkit lab`: what JupyterLab is started with, and in which surroundings."""

import os
import sysconfig
from pathlib import Path

import pytest
from click.testing import CliRunner

from labkit.cli import lab as module
from labkit.cli.workspace import Filled


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that `labkit lab` became."""
    commands: list[list[str]] = []

    def become(command: list[str]) -> int:
        commands.append(command)
        return 0

    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setattr(module, "become", become)
    monkeypatch.setattr(
        module,
        "fill",
        lambda folder, fresh: Filled([folder / "00 start.ipynb", folder / "01_next.ipynb"], None),
    )
    return commands


def test_jupyterlab_listens_on_this_computer_only_and_keeps_its_token(started: list[list[str]]) -> None:
    assert CliRunner().invoke(module.lab, []).exit_code == 0
    (command,) = started
    assert "--ServerApp.ip=127.0.0.1" in command
    assert not [word for word in command if "token" in word or "password" in word]


def test_the_first_new_notebook_is_opened(started: list[list[str]]) -> None:
    CliRunner().invoke(module.lab, [])
    assert "--LabApp.default_url=/lab/tree/00%20start.ipynb" in started[0]


def test_a_returning_student_finds_the_place_as_it_was_left(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "fill", lambda folder, fresh: Filled([], None))
    CliRunner().invoke(module.lab, [])
    assert not [word for word in started[0] if "default_url" in word]


def test_a_port_is_taken_as_given_or_not_at_all(started: list[list[str]]) -> None:
    CliRunner().invoke(module.lab, ["--port", "9999", "--no-browser"])
    assert {"--ServerApp.port=9999", "--ServerApp.port_retries=0", "--no-browser"} <= set(started[0])


def test_the_folder_named_is_the_one_served(started: list[list[str]], tmp_path: Path) -> None:
    CliRunner().invoke(module.lab, [str(tmp_path / "course")])
    assert f"--ServerApp.root_dir={tmp_path / 'course'}" in started[0]


def test_programs_of_this_environment_come_first_in_a_notebook(started: list[list[str]]) -> None:
    CliRunner().invoke(module.lab, [])
    assert os.environ["PATH"].split(os.pathsep)[0] == sysconfig.get_path("scripts")


def test_the_student_hears_where_replaced_work_is_kept(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "fill", lambda folder, fresh: Filled([], tmp_path / "backup-1"))
    assert str(tmp_path / "backup-1") in CliRunner().invoke(module.lab, ["--fresh"]).output


def test_a_folder_that_cannot_be_used_is_one_sentence(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(folder: Path, fresh: bool) -> Filled:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(module, "fill", refuse)
    answer = CliRunner().invoke(module.lab, [str(tmp_path / "locked")])
    assert answer.exit_code == 1
    assert answer.output.startswith(f"Error: cannot use {tmp_path / 'locked'} as a workspace")
    assert started == []
