"""What the student sees: JupyterLab, opened by `labkit lab`, in a real browser, with every cell run.

One test, so that there is one browser at a time. The pictures it takes lie in pytest's folder (`--basetemp`).
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from labkit.cli.browser import find_chromium

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = find_chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome is installed here")

QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 1000  # Playwright counts in milliseconds
STARTUP = 60
SECOND = "04_encrypt_decrypt.ipynb"

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


@pytest.fixture
def address(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
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
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A page in the browser; nothing but this machine can be reached from it."""
    with playwright.sync_playwright() as driver:
        as_root = ["--no-sandbox"] if sys.platform != "win32" and os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *as_root])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.route(lambda url: urlsplit(url).hostname != "127.0.0.1", lambda route: route.abort())
        yield page
        browser.close()


def run_all(page: Any, notebook: str) -> dict[str, Any]:
    """Run every cell of the notebook in front, wait until the kernel rests, and return its state."""
    state = STATE.replace("PATH", json.dumps(notebook))
    ready = f"() => ({state})()?.kernel === 'connected idle'"
    page.wait_for_function(ready, timeout=STARTUP * SECONDS)
    page.evaluate("() => { window.jupyterapp.commands.execute('runmenu:run-all'); }")
    done = f"() => {{ const s = ({state})(); return s?.kernel === 'connected idle' && s.waiting === 0; }}"
    page.wait_for_function(done, timeout=2 * STARTUP * SECONDS)
    result: dict[str, Any] = page.evaluate(state)
    return result


def picture_of(page: Any, source: str, shows: str, path: Path) -> None:
    """Go to the cell whose code ends with `source`; its output must show a text. Take a picture of it."""
    page.evaluate(SCROLL, source)
    output = page.locator(".jp-Cell.jp-mod-active:visible .jp-OutputArea-output").filter(has_text=shows).first
    playwright.expect(output).to_be_visible(timeout=STARTUP * SECONDS)
    page.screenshot(path=path)


def test_a_student_opens_the_lab_and_runs_both_notebooks(address: str, page: Any, tmp_path: Path) -> None:
    page.goto(address)
    state = run_all(page, "00_orientation.ipynb")
    assert (state["errors"], state["stderr"]) == ([], [])
    picture_of(page, "lab.trace", "kms:Encrypt", tmp_path / "orientation.png")

    page.evaluate("path => { window.jupyterapp.commands.execute('docmanager:open', {path}); }", SECOND)
    state = run_all(page, SECOND)
    assert (state["errors"], state["stderr"]) == ([], [])
    picture_of(page, "lens.dissect(blob)", "KMS ciphertext blob", tmp_path / "dissected.png")
    picture_of(page, "lab.trace", "AES-256-GCM", tmp_path / "trace.png")
