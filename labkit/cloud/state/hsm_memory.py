"""The one secret that a lab's file does not hold: the memory of its hardware security modules.

On AWS the domain keys live inside tamper-resistant modules and nowhere else. Here they come from a root
secret that stays in this process or, for `Lab("class.lab")`, in `class.lab.hsm` beside it. Lose that file
and `class.lab` is unreadable for ever, which is the point. The file is held by one process at a time.
"""

import sqlite3
from pathlib import Path

ROOT_BYTES = 32


class CannotOpenLabError(Exception):
    """A lab's file cannot be opened; the message is a sentence for its owner."""


class LabInUseError(CannotOpenLabError):
    """The lab's file is open in another process."""


class HsmMemoryLostError(CannotOpenLabError):
    """The lab's file is there, and the secret that opens its keys is not."""


class HsmMemory:
    """Holds `root`, the secret under which every domain key of the lab is derived."""

    def __init__(self, root: bytes, database: sqlite3.Connection | None = None) -> None:
        self.root = root
        self._database = database

    def __repr__(self) -> str:
        return "HsmMemory()"

    @classmethod
    def open(cls, path: Path, fresh_root: bytes) -> "HsmMemory":
        """Open the file at `path`, or make it with `fresh_root` as its secret, and hold it.

        Raises:
            LabInUseError: another process holds it.
        """
        if not path.exists():
            path.touch(mode=0o600)
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            # SQLite keeps an exclusive lock until the connection closes, and the system drops it at a crash.
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("PRAGMA synchronous=FULL")
            database.execute("BEGIN EXCLUSIVE")
            database.execute("CREATE TABLE IF NOT EXISTS hsm (root BLOB NOT NULL)")
            row = database.execute("SELECT root FROM hsm").fetchone()
            if row is None:
                database.execute("INSERT INTO hsm VALUES (?)", (fresh_root,))
            database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            database.close()
            if "locked" not in str(error):
                raise
            raise LabInUseError(
                f"{path.with_suffix('')} is open in another process; close that lab first."
            ) from None
        return cls(fresh_root if row is None else row[0], database)

    def close(self) -> None:
        """Let another process have the file."""
        if self._database:
            self._database.close()
