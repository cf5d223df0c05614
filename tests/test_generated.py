"""What is made from something else is up to date: the notebooks and the README's table of operations."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from labkit.editions import edition

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script `.ci/generate.py`, as a module."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / ".ci" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_generated_is_out_of_date(generate: ModuleType) -> None:
    assert generate.outdated() == [], "run `.venv/bin/python .ci/generate.py`"


def test_every_source_has_a_notebook_and_the_readme_a_table(generate: ModuleType) -> None:
    files = generate.generated()
    assert {path.name for path in files} >= {"00_orientation.ipynb", "04_encrypt_decrypt.ipynb", "README.md"}
    assert "| kms |" in files[generate.README]


def test_an_edited_cell_changes_no_other_cell(tmp_path: Path) -> None:
    source = tmp_path / "99_edited.py"
    source.write_text("# %%\none = 1\n\n# %%\none = 1\n\n# %%\ntwo = 2\n", encoding="utf-8")
    before = edition(source)
    source.write_text(source.read_text(encoding="utf-8").replace("two = 2", "two = 3"), encoding="utf-8")
    after = edition(source)
    changed = [
        pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if len(set(pair)) > 1
    ]
    assert [new.strip().split(":")[0] for _, new in changed] == ['"id"', '"two = 3"']
