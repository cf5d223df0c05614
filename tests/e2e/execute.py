"""`python tests/e2e/execute.py notebook.ipynb`: run a notebook where it lies, and write its outputs into it.

A process of its own, so that the sockets and event loops of Jupyter's client end with it.
"""

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

SECONDS_A_CELL = 120


def execute(path: Path, sockets: str) -> None:
    """Run every cell; one that raises stops nothing here, its error stands in its outputs."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    # Unix sockets: no port that another test may take, and no warning that TCP is not encrypted.
    ipc = {"KernelManager": {"transport": "ipc", "ip": f"{sockets}/k"}}
    client = NotebookClient(
        notebook,
        config=Config({} if sys.platform == "win32" else ipc),
        timeout=SECONDS_A_CELL,
        allow_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    # Not pytest's folder: the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        execute(Path(sys.argv[1]), folder)
