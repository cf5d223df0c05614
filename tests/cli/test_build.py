"""`labkit build`: the editions from their sources, in a clone; one sentence anywhere else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from labkit.cli import build as module
from labkit.cli import labkit

SOURCE = '# %% exercise="00-key-state"\ncheck("00-key-state", globals())\n'


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "clone"
    (root / "notebooks" / "source").mkdir(parents=True)
    for name in ("00_start", "01_next"):
        (root / "notebooks" / "source" / f"{name}.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(module, "clone", lambda: root)
    return root


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(labkit, ["build", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_without_a_word_it_writes_the_student_edition_of_all(clone: Path) -> None:
    assert len(run().splitlines()) == 2
    for name in ("00_start", "01_next"):
        text = (clone / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
        assert "describe_key" not in text


def test_an_edition_of_some_goes_where_it_is_wanted(clone: Path, tmp_path: Path) -> None:
    run("--edition", "nbgrader", "--to", str(tmp_path / "a" / "b"), "01")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["01_next.ipynb"]
    assert "BEGIN SOLUTION" in (tmp_path / "a" / "b" / "01_next.ipynb").read_text(encoding="utf-8")
    assert list((clone / "notebooks").glob("*.ipynb")) == []


def test_solutions_do_not_land_among_the_students_notebooks(clone: Path) -> None:
    assert "say where others go with --to" in run("--edition", "solved", code=1)
    assert list((clone / "notebooks").glob("*.ipynb")) == []


def test_a_name_that_no_notebook_has_is_told(clone: Path) -> None:
    assert "no notebook begins with 07" in run("07", code=1)


def test_a_source_with_a_mistake_is_told_in_one_line(clone: Path) -> None:
    path = clone / "notebooks" / "source" / "00_start.py"
    path.write_text(SOURCE.replace("state", "stat"), encoding="utf-8")
    assert "Error: 00_start.py: There is no exercise '00-key-stat'" in run(code=1)


@pytest.mark.parametrize("installed", [True, False])
def test_without_sources_it_says_so_in_one_sentence(
    installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "clone", lambda: None if installed else tmp_path)
    told = run(code=1)
    assert told.startswith("Error: there are no sources here")
    assert len(told.splitlines()) == 1
