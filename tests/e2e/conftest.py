"""A student's workspace, as `labkit lab` makes it, with Jupyter's own folders kept apart from the user's."""

import os
import sysconfig
from pathlib import Path

import pytest

from labkit.cli.workspace import fill


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a filled workspace; a kernel or JupyterLab started from here finds this environment's `aws`."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / "jupyter" / name.lower()))
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path / "jupyter" / "settings"))
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(tmp_path / "jupyter" / "workspaces"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PATH", sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"])
    # What a developer has set for AWS must not decide how a notebook runs.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    fill(tmp_path / "workspace")
    return tmp_path / "workspace"
