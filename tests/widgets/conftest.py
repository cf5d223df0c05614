"""Widgets record progress in the current folder: here, a folder of the test's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Told = Callable[[Any, dict[str, Any]], None]


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the student works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tell() -> Told:
    """Send a control what a browser sends it: the comm message with its new state."""

    def send(control: Any, state: dict[str, Any]) -> None:
        control._handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})

    return send
