"""The student's progress file: readable, never lost, and never in the way."""

import json
import warnings
from pathlib import Path

import pytest

from labkit import progress

DAMAGED = ["", "{", "[]", '{"quizzes": 3}', '{"quizzes": {"01": 3}}', '{"quizzes": {"01": [3]}}', "\udcff"]


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_is_known_and_nothing_is_written_at_first(workspace: Path) -> None:
    assert progress.entries("quizzes") == {}
    assert list(workspace.iterdir()) == []


def test_attempts_are_kept_oldest_first_by_kind_and_name() -> None:
    progress.record("quizzes", "01", answers=[0, 2])
    progress.record("quizzes", "01", answers=[0, 1])
    progress.record("predictions", "01", chosen="ja, ä")
    assert [entry["answers"] for entry in progress.entries("quizzes")["01"]] == [[0, 2], [0, 1]]
    assert progress.entries("predictions")["01"][0]["chosen"] == "ja, ä"
    assert progress.entries("exercises") == {}
    assert progress.entries("quizzes")["01"][0]["at"].endswith("+00:00")


def test_the_file_is_indented_json_and_no_other_is_left(workspace: Path) -> None:
    progress.record("exercises", "05-seal", points=4)
    text = (workspace / progress.FILE).read_text(encoding="utf-8")
    assert json.loads(text)["exercises"]["05-seal"][0]["points"] == 4
    assert len(text.splitlines()) > 5
    assert [path.name for path in workspace.iterdir()] == [progress.FILE]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_kept_aside_with_a_warning(workspace: Path, text: str) -> None:
    damaged = text.encode("utf-8", "surrogateescape")
    (workspace / progress.FILE).write_bytes(damaged)
    with pytest.warns(UserWarning, match="it is kept as labkit-progress-damaged-1.json"):
        progress.record("quizzes", "01", right=3)
    assert (workspace / "labkit-progress-damaged-1.json").read_bytes() == damaged
    assert progress.entries("quizzes")["01"][0]["right"] == 3


def test_a_second_damaged_file_does_not_replace_the_first(workspace: Path) -> None:
    for text in ("{", "}"):
        (workspace / progress.FILE).write_text(text)
        with pytest.warns(UserWarning, match="damaged"):
            assert progress.entries("quizzes") == {}
    assert (workspace / "labkit-progress-damaged-1.json").read_text() == "{"
    assert (workspace / "labkit-progress-damaged-2.json").read_text() == "}"


def test_kinds_of_a_later_labkit_are_left_as_they_are(workspace: Path) -> None:
    (workspace / progress.FILE).write_text('{"badges": {"a": [{"b": 1}]}}')
    progress.record("quizzes", "01")
    assert json.loads((workspace / progress.FILE).read_text())["badges"] == {"a": [{"b": 1}]}


def test_where_nothing_can_be_written_one_warning_is_all(workspace: Path) -> None:
    (workspace / progress.FILE).mkdir()
    with pytest.warns(UserWarning, match="Progress is not kept"):
        progress.record("quizzes", "01")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        progress.record("quizzes", "01")
        assert progress.entries("quizzes") == {}


def test_a_name_with_half_a_character_is_no_reason_to_lose_the_file() -> None:
    progress.record("quizzes", "01")
    progress.record("quizzes", "\ud800")
    assert list(progress.entries("quizzes")) == ["01", "\ud800"]
