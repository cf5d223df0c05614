"""`labkit lab`: JupyterLab on the student's folder, reachable from this computer alone.

The notebook's `!aws` and `!python` must be this environment's, so its folder of programs leads PATH.
"""

import os
import sys
import sysconfig
from pathlib import Path
from urllib.parse import quote

import click

from labkit.cli.home import default_workspace
from labkit.cli.workspace import fill
from labkit.process import become

# Without these, the first thing a student reads is a question about news of Jupyter's.
SETTINGS = Path(__file__).with_name("jupyter")


@click.command()
@click.argument("workspace", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--port", type=click.IntRange(1, 65535), help="Listen here; by default on the first free port.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--fresh", is_flag=True, help="Put the shipped files back; yours are kept in a backup folder.")
def lab(workspace: Path | None, port: int | None, no_browser: bool, fresh: bool) -> None:
    """Open JupyterLab on WORKSPACE, where the notebooks and sample files are copied once."""
    folder = (workspace or default_workspace()).absolute()
    try:
        filled = fill(folder, fresh=fresh)
    except OSError as problem:
        raise click.ClickException(f"cannot use {folder} as a workspace: {problem}") from problem
    if filled.backup:
        click.echo(f"Your versions of the replaced files are in {filled.backup}")
    new = next((path.name for path in filled.copied if path.suffix == ".ipynb"), None)
    sys.exit(open_jupyter(folder, SETTINGS, port, no_browser, f"/lab/tree/{quote(new)}" if new else ""))


def open_jupyter(folder: Path, settings: Path, port: int | None, no_browser: bool, page: str) -> int:
    """Become JupyterLab on `folder`, with the settings in a folder of ours; `page` is what opens first."""
    programs = sysconfig.get_path("scripts")
    os.environ["PATH"] = _first(programs, os.environ.get("PATH", os.defpath))
    os.environ["JUPYTER_CONFIG_PATH"] = _first(str(settings), os.environ.get("JUPYTER_CONFIG_PATH", ""))
    return become(jupyter_command(folder, port, no_browser, page))


def _first(folder: str, path: str) -> str:
    return os.pathsep.join(filter(None, [folder, path]))


def jupyter_command(folder: Path, port: int | None, no_browser: bool, page: str) -> list[str]:
    """The command that serves `folder`, opening `page` if one is given. Jupyter's token stays on."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if port is not None:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if no_browser:
        command.append("--no-browser")
    # In a container the student is often root, whom Jupyter turns away unless told.
    if sys.platform != "win32" and os.geteuid() == 0:
        command.append("--allow-root")
    if page:
        command.append(f"--LabApp.default_url={page}")
    return command
