"""`labkit present`: copies for the room, made anew each time, and JupyterLab in one-document mode."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from labkit.cli import present as module
from labkit.cli.present import OWN, SETTINGS, prepare, present


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, Path, str]]:
    """What JupyterLab was opened on: folder, settings, page."""
    calls: list[tuple[Path, Path, str]] = []

    def open_jupyter(folder: Path, settings: Path, port: int | None, no_browser: bool, page: str) -> int:
        calls.append((folder, settings, page))
        return 0

    monkeypatch.setattr(module, "open_jupyter", open_jupyter)
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path))
    monkeypatch.setattr(module, "default_workspace", lambda: tmp_path / "workspace")
    return calls


def test_a_notebook_opens_alone_on_the_page_with_the_presenter_s_settings(
    opened: list[tuple[Path, Path, str]], tmp_path: Path
) -> None:
    assert CliRunner().invoke(present, ["04"]).exit_code == 0
    assert opened == [(tmp_path / "presenter", SETTINGS, "/doc/tree/04_encrypt_decrypt.ipynb")]
    assert os.environ["JUPYTERLAB_SETTINGS_DIR"] == str(tmp_path / "presenter" / OWN)


def test_a_notebook_that_is_not_there_is_refused_with_the_names_of_those_that_are(
    opened: list[tuple[Path, Path, str]],
) -> None:
    result = CliRunner().invoke(present, ["77"])
    assert result.exit_code == 1
    assert "there is no notebook 77; there are 00_orientation.ipynb" in result.output
    assert opened == []


def test_all_code_is_folded_and_nothing_is_left_to_be_solved(tmp_path: Path) -> None:
    for name in prepare(tmp_path):
        notebook = nbformat.read(tmp_path / name, as_version=4)  # type: ignore[no-untyped-call]
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert {cell.metadata["jupyter"]["source_hidden"] for cell in code} == {True}
        assert [cell.source for cell in code if cell.source.rstrip().endswith("...")] == []
    assert (tmp_path / "data" / "letter.txt").is_file()


def test_a_presenter_s_own_settings_stay(tmp_path: Path) -> None:
    prepare(tmp_path)
    (own,) = (tmp_path / OWN).rglob("themes.jupyterlab-settings")
    own.write_text('{"theme": "JupyterLab Dark"}', encoding="utf-8")
    prepare(tmp_path)
    assert own.read_text(encoding="utf-8") == '{"theme": "JupyterLab Dark"}'


def test_what_somebody_typed_into_a_copy_is_gone_the_next_time(tmp_path: Path) -> None:
    name = prepare(tmp_path)[0]
    made = (tmp_path / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text("scribbles", encoding="utf-8")
    prepare(tmp_path)
    assert (tmp_path / name).read_text(encoding="utf-8") == made


def test_the_settings_make_type_large_and_a_remote_control_s_key_run_a_step(tmp_path: Path) -> None:
    (file,) = SETTINGS.rglob("*.json")
    settings = json.loads(file.read_text(encoding="utf-8"))
    prepare(tmp_path)
    (own,) = (tmp_path / OWN).rglob("themes.jupyterlab-settings")
    type_sizes = json.loads(own.read_text(encoding="utf-8"))["overrides"]
    assert min(int(size.removesuffix("px")) for size in type_sizes.values()) >= 20
    keys = settings["@jupyterlab/shortcuts-extension:shortcuts"]["shortcuts"]
    assert {"PageDown": "notebook:run-cell-and-select-next"}.items() <= {
        key["keys"][0]: key["command"] for key in keys
    }.items()
