"""A student's workspace, and JupyterLab on it in a real browser, kept apart from the user's own Jupyter."""

import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from labkit.cli.browser import find_chromium
from labkit.cli.workspace import fill

SECONDS = 1000  # Playwright counts in milliseconds
STARTUP = 60
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)

# A notebook in JupyterLab, told as plain data. `window.jupyterapp` is there because the test asks for it.
STATE = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const session = panel?.sessionContext;
    if (!session?.isReady || panel.context.path !== PATH) return null;
    const cells = panel.content.widgets.filter(cell => cell.model.type === 'code');
    const outputs = cells.flatMap(cell => cell.model.outputs.toJSON());
    return {
        kernel: session.session?.kernel?.connectionStatus + ' ' + session.session?.kernel?.status,
        waiting: cells.filter(cell => cell.model.executionCount === null).length,
        errors: outputs.filter(output => output.output_type === 'error'),
        stderr: outputs.filter(output => output.name === 'stderr'),
    };
}"""

SCROLL = """async source => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const index = notebook.widgets.findIndex(cell => cell.model.sharedModel.source.endsWith(source));
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'start');
}"""


class Jupyter:
    """JupyterLab in a page of the browser."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def command(self, name: str, **arguments: str) -> None:
        """Execute one of JupyterLab's commands."""
        told = [name, arguments]
        self.page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args); }", told)

    def run_all(self, notebook: str) -> dict[str, Any]:
        """Open a notebook, run its cells up to the last one or an error, and return its state."""
        state = STATE.replace("PATH", json.dumps(notebook))
        # JupyterLab opens on a notebook of its own accord, and would step in front of ours.
        opened = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady"
        self.page.wait_for_function(opened, timeout=STARTUP * SECONDS)
        self.command("docmanager:open", path=notebook)
        ready = f"() => ({state})()?.kernel === 'connected idle'"
        self.page.wait_for_function(ready, timeout=STARTUP * SECONDS)
        self.command("runmenu:run-all")
        rests = "s?.kernel === 'connected idle' && (s.waiting === 0 || s.errors.length > 0)"
        done = f"() => {{ const s = ({state})(); return {rests}; }}"
        self.page.wait_for_function(done, timeout=2 * STARTUP * SECONDS)
        result: dict[str, Any] = self.page.evaluate(state)
        return result

    def show(self, source: str) -> Any:
        """Go to the cell whose code ends with `source`, and return it."""
        self.page.evaluate(SCROLL, source)
        return self.page.locator(".jp-Cell.jp-mod-active:visible")


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


@pytest.fixture
def address(workspace: Path) -> Iterator[str]:
    """Start `labkit lab` as a student does, and yield the address that it prints."""
    config = Path(os.environ["JUPYTER_CONFIG_DIR"])
    config.mkdir(parents=True)
    (config / "jupyter_lab_config.json").write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Fresh, so that the first notebook counts as new and is the one that opens.
    (workspace / "00_orientation.ipynb").unlink()
    words = ["lab", "--no-browser", "--port", str(port), str(workspace)]
    with subprocess.Popen(
        [sys.executable, "-m", "labkit.cli", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as server:
        addresses: Queue[str] = Queue()
        reader = Thread(target=read_addresses, args=(server, addresses))
        reader.start()
        try:
            yield addresses.get(timeout=STARTUP)
        finally:
            server.terminate()
            reader.join()


def read_addresses(server: "subprocess.Popen[str]", addresses: Queue[str]) -> None:
    """Put each address that JupyterLab prints in the queue; to the end, so that its pipe never fills."""
    assert server.stderr
    for line in server.stderr:
        if match := re.search(r"http://127\.0\.0\.1:\d+/\S+token=\w+", line):
            addresses.put(match[0])


@pytest.fixture
def jupyter(address: str) -> Iterator[Jupyter]:
    """JupyterLab in a browser; nothing but this machine can be reached from its page."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        as_root = ["--no-sandbox"] if sys.platform != "win32" and os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=find_chromium(), args=[*QUIET, *as_root])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.route(lambda url: urlsplit(url).hostname != "127.0.0.1", lambda route: route.abort())
        page.goto(address)
        yield Jupyter(page)
        browser.close()
