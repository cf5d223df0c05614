"""Where labkit's own files lie: in the clone of the repository, or inside the installed package.

The notebooks and the sample data sit at the top of the repository, where a reader looks for them; the wheel
carries the same files under `labkit/_share`.
"""

from pathlib import Path

import click

PACKAGE = Path(__file__).resolve().parents[1]
SHARE = PACKAGE / "_share"


def clone() -> Path | None:
    """The root of the clone that this labkit runs from; None when it is installed as a package."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and not SHARE.is_dir() else None


def shared(name: str) -> Path:
    """The folder `notebooks` or `data` that came with this labkit.

    Raises click.ClickException where it is missing, which is an installation to repair.
    """
    folder = (clone() or SHARE) / name
    if not folder.is_dir():
        raise click.ClickException(
            f"this labkit came without its {name}: {folder} is missing; install it again."
        )
    return folder


def default_workspace() -> Path:
    """Where a student works if no folder is named: inside the clone, else under the current folder."""
    root = clone()
    return root / "workspace" if root else Path.cwd() / "labkit-workspace"
