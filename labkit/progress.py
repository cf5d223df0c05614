"""What a student has predicted, answered and solved: one readable file, `labkit-progress.json`.

It lies in the workspace and is the student's own. A file that cannot be read is kept aside, never lost; where
none can be written the notebooks work all the same, and say so once.
"""

import json
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

Kind = Literal["predictions", "quizzes", "exercises"]
JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None
Attempts: TypeAlias = dict[str, list[dict[str, Any]]]

FILE = "labkit-progress.json"

_warned: set[Path] = set()


def record(kind: Kind, name: str, **entry: JSON) -> None:
    """Add an attempt, with the time, at the end of those of `name`. Never put a secret into `entry`."""
    path = Path.cwd() / FILE
    try:
        known = _read(path)
        known.setdefault(kind, {}).setdefault(name, []).append(
            {"at": datetime.now(UTC).isoformat(timespec="seconds"), **entry}
        )
        _write(path, known)
    except OSError as error:
        if path not in _warned:
            _warned.add(path)
            warnings.warn(f"Progress is not kept: {path} cannot be written ({error.strerror}).", stacklevel=2)


def entries(kind: Kind) -> Attempts:
    """All attempts of a kind: name -> attempts, oldest first."""
    try:
        return _read(Path.cwd() / FILE).get(kind, {})
    except OSError:
        return {}


def _read(path: Path) -> dict[str, Attempts]:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        known = json.loads(text)
    except ValueError:
        known = None
    if _is_progress(known):
        assert isinstance(known, dict)
        return known
    aside = _free_name(path)
    path.rename(aside)
    warnings.warn(f"{path.name} could not be read; it is kept as {aside.name}.", stacklevel=3)
    return {}


def _is_progress(known: object) -> bool:
    """Whether this is kind -> name -> a list of attempts. Kinds of a later labkit are left as they are."""
    return isinstance(known, dict) and all(
        isinstance(names, dict)
        and all(
            isinstance(attempts, list) and all(isinstance(one, dict) for one in attempts)
            for attempts in names.values()
        )
        for names in known.values()
    )


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}-damaged-{number}{path.suffix}")).exists():
        number += 1
    return aside


def _write(path: Path, known: dict[str, Attempts]) -> None:
    # Whole or not at all: a reader, or a full disk, never meets half a file.
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8", newline="\n")
    partial.replace(path)
