"""The wheel: labkit without its repository still has the notebooks and the sample files."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages that holds labkit's wheel, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_the_students_notebooks_and_data_and_no_solutions(site: Path) -> None:
    shared = site / "labkit" / "_share"
    shipped = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert shipped
    assert {path.name for path in (shared / "notebooks").iterdir()} == shipped
    assert any((shared / "data").iterdir())


def test_the_wheel_installs_labkit_and_nothing_beside_it(site: Path) -> None:
    assert sorted(path.name for path in site.iterdir()) == ["kms_labkit-0.1.0.dist-info", "labkit"]


def test_an_installed_labkit_fills_a_workspace_from_the_wheel(site: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from labkit.cli import home, workspace;"
        "assert home.clone() is None; workspace.fill(home.default_workspace())"
    )
    subprocess.run([sys.executable, "-c", code, str(site)], cwd=tmp_path, check=True)
    assert list((tmp_path / "labkit-workspace").glob("*.ipynb"))
    assert any((tmp_path / "labkit-workspace" / "data").iterdir())
