"""A student's folder: filled once, never overwritten, put back only on request."""

from pathlib import Path

import pytest

from labkit.cli import home, workspace
from labkit.cli.workspace import fill


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small shipped edition: two notebooks, one of their sources, a sample file in a folder."""
    for name in (
        "notebooks/00_start.ipynb",
        "notebooks/01_next.ipynb",
        "notebooks/source/00_start.py",
        "data/a/b.txt",
    ):
        path = tmp_path / "shipped" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"shipped {name}")
    monkeypatch.setattr(workspace, "shared", lambda name: tmp_path / "shipped" / name)
    return tmp_path / "shipped"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "course" / "workspace"


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_new_workspace_gets_the_notebooks_and_the_data_but_no_solutions(
    shipped: Path, folder: Path
) -> None:
    filled = fill(folder)
    assert contents(folder) == ["00_start.ipynb", "01_next.ipynb", "data/a/b.txt"]
    assert [path.name for path in filled.copied] == ["00_start.ipynb", "01_next.ipynb", "b.txt"]


def test_a_students_work_is_never_overwritten(shipped: Path, folder: Path) -> None:
    fill(folder)
    (folder / "00_start.ipynb").write_text("my work")
    (shipped / "notebooks" / "00_start.ipynb").write_text("a newer edition")
    filled = fill(folder)
    assert (folder / "00_start.ipynb").read_text() == "my work"
    assert filled.copied == []


def test_a_notebook_that_an_update_brings_is_added(shipped: Path, folder: Path) -> None:
    fill(folder)
    (shipped / "notebooks" / "02_new.ipynb").write_text("new")
    assert fill(folder).copied == [folder / "02_new.ipynb"]


def test_fresh_puts_the_shipped_edition_back_and_keeps_the_students(shipped: Path, folder: Path) -> None:
    fill(folder)
    (folder / "00_start.ipynb").write_text("my work")
    (folder / "data" / "a" / "b.txt").write_text("my data")
    (folder / "mine.ipynb").write_text("mine")
    filled = fill(folder, fresh=True)
    assert (folder / "00_start.ipynb").read_text() == "shipped notebooks/00_start.ipynb"
    assert (folder / "mine.ipynb").read_text() == "mine"
    assert filled.backup
    assert filled.backup.parent == folder
    assert contents(filled.backup) == ["00_start.ipynb", "data/a/b.txt"]
    assert (filled.backup / "00_start.ipynb").read_text() == "my work"


def test_fresh_on_an_untouched_workspace_changes_nothing(shipped: Path, folder: Path) -> None:
    fill(folder)
    before = contents(folder)
    assert fill(folder, fresh=True).backup is None
    assert contents(folder) == before


def test_the_workspace_of_a_clone_lies_in_it() -> None:
    root = home.clone()
    assert root is not None
    assert home.default_workspace() == root / "workspace"


def test_an_installed_labkit_works_under_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(home, "clone", lambda: None)
    assert home.default_workspace() == tmp_path / "labkit-workspace"
