"""`labkit present`: the notebooks for a screen at the front of the room.

JupyterLab itself has what a presenter needs, so no slide extension is: one document fills the page, the type
is large, code is folded, and one key (Shift+Enter, or the Page Down of a remote control) goes one step on.
`lab.reset()` in a cell begins a demonstration anew.
"""

import os
import sys
from pathlib import Path
from urllib.parse import quote

import click
import nbformat

from labkit.cli.home import default_workspace
from labkit.cli.lab import open_jupyter
from labkit.cli.workspace import copy_whole, shipped_files
from labkit.editions.presenter import presented

SETTINGS = Path(__file__).with_name("presenter")
OWN = ".settings"


@click.command()
@click.argument("notebook", default="00")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen here; by default on the first free port.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
def present(notebook: str, port: int | None, no_browser: bool) -> None:
    """Open NOTEBOOK, such as 03, in large type with code folded. Its copy is made anew each time."""
    folder = default_workspace().with_name("presenter")
    try:
        made = prepare(folder)
    except OSError as problem:
        raise click.ClickException(f"cannot write to {folder}: {problem}") from problem
    first = next((name for name in made if name.startswith(notebook)), None)
    if first is None:
        raise click.ClickException(f"there is no notebook {notebook}; there are {', '.join(made)}")
    os.environ["JUPYTERLAB_SETTINGS_DIR"] = str(folder.absolute() / OWN)
    sys.exit(open_jupyter(folder.absolute(), SETTINGS, port, no_browser, f"/doc/tree/{quote(first)}"))


def prepare(folder: Path) -> list[str]:
    """Write the notebooks for a presenter, the sample data and the settings; returns the notebooks' names.

    Raises OSError where the disk refuses.
    """
    names = []
    for name, source in shipped_files().items():
        if name.suffix == ".ipynb":
            folder.mkdir(parents=True, exist_ok=True)
            notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
            nbformat.write(presented(notebook), folder / name)  # type: ignore[no-untyped-call]
            names.append(name.name)
        else:
            copy_whole(source, folder / name)
    # JupyterLab takes the size of type from a user's settings only, whatever its defaults say.
    theirs = SETTINGS / "user-settings"
    for source in filter(Path.is_file, theirs.rglob("*")):
        if not (own := folder / OWN / source.relative_to(theirs)).exists():
            copy_whole(source, own)
    return names
