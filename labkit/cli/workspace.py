"""The student's own folder: filled once with the notebooks and sample files, and theirs from then on.

A file that is there already is never written to. Only `fresh` puts the shipped edition back, and it first
moves aside what differs.
"""

import filecmp
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labkit.cli.home import shared


@dataclass(frozen=True)
class Filled:
    """What filling a workspace did: the files now new in it, and the folder of those replaced, if any."""

    copied: list[Path]
    backup: Path | None


def shipped_files() -> dict[Path, Path]:
    """What a workspace holds, relative path -> shipped file: notebooks at its top, samples in `data`."""
    notebooks = shared("notebooks")
    data = shared("data")
    files = {path.relative_to(notebooks): path for path in sorted(notebooks.glob("*.ipynb"))}
    files |= {"data" / path.relative_to(data): path for path in sorted(data.rglob("*")) if path.is_file()}
    return files


def fill(workspace: Path, *, fresh: bool = False) -> Filled:
    """Copy the shipped files that `workspace` lacks; with `fresh`, also those that the student has changed.

    Raises OSError where the disk refuses.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    backup = workspace / f"backup-{datetime.now():%Y%m%d-%H%M%S}"
    copied = []
    for name, source in shipped_files().items():
        target = workspace / name
        if target.exists():
            if not fresh or filecmp.cmp(source, target, shallow=False):
                continue
            kept = backup / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            target.rename(kept)
        copy_whole(source, target)
        copied.append(target)
    return Filled(copied, backup if backup.exists() else None)


def copy_whole(source: Path, target: Path) -> None:
    """Copy so that `target` is never there half-written, however the copying ends."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    shutil.copyfile(source, partial)
    partial.replace(target)
