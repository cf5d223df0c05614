"""`labkit.check`: it shows a verdict, remembers it, and stops a notebook that is not solved."""

from pathlib import Path
from typing import Any

import pytest

from labkit import check, progress
from labkit.exercises import Exercise, Trial, Unsolved, Verdict, find, judge
from labkit.exercises.misconceptions import MISCONCEPTIONS


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def answer(cell: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(cell, namespace)
    return namespace


def test_a_solved_exercise_is_shown_and_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    check("00-key-state", answer(find("00-key-state").solution))
    assert "✓ 00-key-state How is this key?: solved" in capsys.readouterr().out
    (entry,) = progress.entries("exercises")["00-key-state"]
    assert (entry["outcome"], entry["points"]) == ("solved", 2)


def test_an_unsolved_one_stops_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Unsolved) as unsolved:
        check("00-key-state", answer("def key_state(kms, key_id): return 'Enabled'"))
    assert len(unsolved.value._render_traceback_()) == 1
    shown = capsys.readouterr().out
    assert '  Expected: "Disabled" for a key in that state' in shown
    assert "  Came: Enabled" in shown
    assert progress.entries("exercises")["00-key-state"][0]["outcome"] == "missed"


def test_a_name_that_is_no_exercises_is_an_error_and_not_remembered() -> None:
    with pytest.raises(LookupError):
        check("00-nothing", {})
    assert progress.entries("exercises") == {}


def test_a_result_that_breaks_the_check_is_a_miss() -> None:
    def public(trial: Trial) -> None:
        len(trial.call("f"))

    cell = "### BEGIN SOLUTION\ndef f(): return []\n### END SOLUTION"
    exercise = Exercise("99-any", "Any", 1, "Do.", cell, public)
    assert judge(exercise, answer("def f(): return []")).passed
    verdict = judge(exercise, answer("def f(): return 3"))
    assert verdict.outcome == "missed"
    assert verdict.came == "TypeError: object of type 'int' has no len()"


def test_a_verdict_names_the_misconception_and_what_cures_it() -> None:
    verdict = Verdict("05-seal", "Seal", "missed", 0, "no <key> in the file", "one", "M10")
    idea, cure = MISCONCEPTIONS["M10"]
    assert f'Perhaps M10: "{idea}"' in str(verdict)
    assert cure in str(verdict)
    html = verdict._repr_html_()
    assert 'aria-label="05-seal: missed"' in html
    assert "no &lt;key&gt; in the file" in html
    assert "✗" in html


def test_there_are_thirty_misconceptions_each_with_a_cure() -> None:
    assert list(MISCONCEPTIONS) == [f"M{number}" for number in range(1, 31)]
    assert all(one.idea and one.cure.endswith(".") for one in MISCONCEPTIONS.values())
