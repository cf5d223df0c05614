"""A program that logs in to a PostgreSQL database all the time, with what a secret says.

It tells what AWS's documentation is silent about: for how long a password is refused while it changes.
Source: Secrets Manager User Guide, "JSON structure of AWS Secrets Manager database credential secrets".
"""

import json
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from labkit.viz.visits import Login

if TYPE_CHECKING:
    from pg8000.native import Connection

Secret = Mapping[str, Any]
READS_EACH_TIME, KEEPS_THE_FIRST = "reads the secret each time", "keeps what it read first"
REFUSED = "28P01"  # invalid_password, also for a user that there is not: PostgreSQL does not tell them apart
PAUSE = 0.02


def connect(secret: Secret) -> "Connection":
    """A connection to the database that the secret names. DatabaseError of pg8000 if it refuses."""
    from pg8000.native import Connection

    return Connection(
        secret["username"],
        host=secret["host"],
        port=int(secret["port"]),
        password=secret["password"],
        database=secret.get("dbname", "postgres"),
        timeout=10,
    )


def accepted(secret: Secret) -> bool:
    """Whether the database lets this user in with this password; any other trouble is raised."""
    from pg8000.exceptions import DatabaseError

    try:
        with closing(connect(secret)):
            return True
    except DatabaseError as error:
        if error.args and isinstance(error.args[0], dict) and error.args[0].get("C") == REFUSED:
            return False
        raise


class Visitor:
    """Two programs that log in, in turns, as long as the block lasts; `logins` is what came of it.

    One reads the secret each time. The other has read it once, and keeps that.
    """

    def __init__(self, client: Any, secret_id: str) -> None:
        self._client, self._secret_id = client, secret_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._visit, daemon=True)
        self.logins: list[Login] = []
        self.trouble: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self.trouble is not None and error is None:
            raise self.trouble

    def _visit(self) -> None:
        try:
            began, kept = time.monotonic(), self._read()
            while not self._over.is_set():
                for who, held in ((READS_EACH_TIME, self._read()), (KEEPS_THE_FIRST, kept)):
                    version, secret = held
                    at = time.monotonic() - began
                    self.logins.append(Login(at, who, version, accepted(secret)))
                time.sleep(PAUSE)
        except Exception as error:  # noqa: BLE001 - it is raised where the block ends
            self.trouble = error

    def _read(self) -> tuple[str, Secret]:
        answer = self._client.get_secret_value(SecretId=self._secret_id)
        return answer["VersionId"], json.loads(answer["SecretString"])
