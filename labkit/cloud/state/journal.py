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
from labkit.cloud.state.logs import Line
from labkit.cloud.state.tables import Change, Scope, TableSpec

R = TypeVar("R")

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    account TEXT, region TEXT, service TEXT, kind TEXT, key TEXT, record TEXT NOT NULL,
    PRIMARY KEY (account, region, service, kind, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lines (
    account TEXT, region TEXT, log TEXT, number INTEGER, line TEXT NOT NULL,
    PRIMARY KEY (account, region, log, number)
) WITHOUT ROWID;
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
        self._database.executescript(SCHEMA)

    def commit(self, changes: Iterable[Change], lines: Iterable[Line] = ()) -> None:
        """Write the outcome of a transaction, and what it logged; it is on the disk when this returns."""
        last = {(change.scope, change.service, change.table, change.key): change.after for change in changes}
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for (scope, service, kind, key), record in last.items():
                self._write((*scope, service, kind, str(key)), record)
            for line in lines:
                self._write_line(line)
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

    def _write_line(self, line: Line) -> None:
        address = (*line.scope, line.log, line.number)
        if line.text is None:
            self._database.execute(
                "DELETE FROM lines WHERE account=? AND region=? AND log=? AND number=?", address
            )
        else:
            self._database.execute("INSERT INTO lines VALUES (?,?,?,?,?)", (*address, line.text))

    def lines(self, scope: Scope, log: str) -> Iterator[tuple[int, str]]:
        """The lines of one log and their numbers, in order."""
        return self._database.execute(
            "SELECT number, line FROM lines WHERE account=? AND region=? AND log=? ORDER BY number",
            (*scope, log),
        )

    def log_scopes(self, log: str) -> list[Scope]:
        """The accounts and regions in which a log has lines."""
        return [scope for scope in self._scopes_in("lines") if self._has("lines", "log", log, scope)]

    def load(self, scope: Scope, spec: TableSpec[R]) -> Iterator[R]:
        """The records of one table, decoded into the kind that they were."""
        rows = self._database.execute(
            "SELECT record FROM records WHERE account=? AND region=? AND service=? AND kind=?",
            (*scope, spec.service, spec.name),
        )
        decoder = msgspec.json.Decoder(spec.record)
        return (decoder.decode(body) for (body,) in rows)

    def scopes(self, service: str) -> list[Scope]:
        """The accounts and regions in which a service has rows."""
        return [
            scope for scope in self._scopes_in("records") if self._has("records", "service", service, scope)
        ]

    def _scopes_in(self, table: str) -> Iterator[Scope]:
        """All accounts and regions in a table, by two jumps each: DISTINCT would read a million rows, and so
        does SQLite for a comparison of pairs.
        """
        find = f"SELECT account, region FROM {table} WHERE "  # noqa: S608
        next_region = find + "account=? AND region>? ORDER BY region LIMIT 1"
        next_account = find + "account>? ORDER BY account, region LIMIT 1"
        account, region = "", ""
        while row := (
            self._database.execute(next_region, (account, region)).fetchone()
            or self._database.execute(next_account, (account,)).fetchone()
        ):
            account, region = row
            yield Scope(account, region)

    def _has(self, table: str, column: str, value: str, scope: Scope) -> bool:
        found = self._database.execute(
            f"SELECT 1 FROM {table} WHERE account=? AND region=? AND {column}=? LIMIT 1",  # noqa: S608
            (*scope, value),
        )
        return found.fetchone() is not None

    def close(self) -> None:
        """Close the file; SQLite folds its write-ahead log into it."""
        self._database.close()
