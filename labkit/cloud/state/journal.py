"""A lab that outlives its process: `Lab("class.lab")` is an SQLite file that any SQLite tool can open.

Every acknowledged call is one SQLite transaction, written through to the disk (WAL, synchronous=FULL), so
`kill -9` loses nothing that a client was told had happened. Rows are JSON: a student may read them, and
finds ciphertext where a secret should be.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from labkit.cloud.state.hsm_memory import CannotOpenLabError
from labkit.cloud.state.tables import Change, Scope, TableSpec

R = TypeVar("R")

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    account TEXT, region TEXT, service TEXT, kind TEXT, key TEXT, record TEXT NOT NULL,
    PRIMARY KEY (account, region, service, kind, key)
) WITHOUT ROWID
"""


MAGIC = b"SQLite format 3\0"


class NotALabError(CannotOpenLabError):
    """The file is something else than a lab."""


def check_is_lab(path: Path) -> None:
    """Go on only if `path` can be a lab's file. NotALabError, with nothing touched, if it cannot."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if start not in (b"", MAGIC):
        raise NotALabError(
            f"{path} is not a lab's file; a lab that does not exist yet is made where you name it."
        )


class Journal:
    """The SQLite file behind a lab; it alone knows SQL."""

    def __init__(self, path: Path) -> None:
        # The lab's lock orders all use, whichever thread a request arrives on.
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(SCHEMA)

    def commit(self, changes: Iterable[Change]) -> None:
        """Write the outcome of a transaction; it is on the disk when this returns."""
        last = {(change.scope, change.service, change.table, change.key): change.after for change in changes}
        if not last:
            return
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for (scope, service, kind, key), record in last.items():
                self._write((*scope, service, kind, str(key)), record)
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise

    def _write(self, address: tuple[str, ...], record: object) -> None:
        if record is None:
            self._database.execute(
                "DELETE FROM records WHERE account=? AND region=? AND service=? AND kind=? AND key=?", address
            )
        else:
            body = msgspec.json.encode(record).decode()
            self._database.execute("INSERT OR REPLACE INTO records VALUES (?,?,?,?,?,?)", (*address, body))

    def load(self, scope: Scope, spec: TableSpec[R]) -> Iterator[R]:
        """The records of one table, decoded into the dataclass they came from."""
        rows = self._database.execute(
            "SELECT record FROM records WHERE account=? AND region=? AND service=? AND kind=?",
            (*scope, spec.service, spec.name),
        )
        decoder = msgspec.json.Decoder(spec.record)
        return (decoder.decode(body) for (body,) in rows)

    def scopes(self, service: str) -> list[Scope]:
        """The accounts and regions in which a service has rows."""
        rows = self._database.execute(
            "SELECT DISTINCT account, region FROM records WHERE service=?", (service,)
        )
        return [Scope(*row) for row in rows]

    def close(self) -> None:
        """Close the file; SQLite folds its write-ahead log into it."""
        self._database.close()
