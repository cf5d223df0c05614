"""A server's data as one stream of bytes, taken while it runs, and back again.

pg_basebackup, which comes with PostgreSQL, writes a tar archive of the data folder as it was at one moment,
with the log that is needed to get there.
Source: PostgreSQL documentation, "pg_basebackup", "Continuous Archiving and Point-in-Time Recovery (PITR)".
"""

import os
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, cast

from labkit.cloud.postgres.binaries import find_programs
from labkit.cloud.postgres.server import ADMINISTRATOR, HOST, Server, ServerFailedError

PIECE = 1 << 18


def take(server: Server) -> Iterator[bytes]:
    """The data of a server that runs, as a tar archive in pieces. ServerFailedError."""
    command = [
        str(find_programs() / "pg_basebackup"),
        *("--host", HOST, "--port", str(server.port), "--username", ADMINISTRATOR, "--no-password"),
        *("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--no-manifest"),
    ]
    # A variable, as a command line is for everybody to see.
    environment = os.environ | {"PGPASSWORD": server.password}
    with subprocess.Popen(  # noqa: S603 - the program is PostgreSQL's
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        yield from iter(lambda: cast(Any, program.stdout).read(PIECE), b"")
        complaint = program.stderr.read().decode(errors="replace").strip()
    if program.returncode:
        raise ServerFailedError(f"pg_basebackup: {complaint}")


def put_back(server: Server, archive: Iterable[bytes]) -> None:
    """Fill the folder of a new server with the data of such an archive."""
    server.make_folder()
    server.data.mkdir(mode=0o700)
    with tarfile.open(fileobj=BufferedReader(_Pieces(iter(archive)), PIECE), mode="r|") as tar:
        # The archive is PostgreSQL's own, and its seal has been checked.
        tar.extraction_filter = lambda member, _: member
        tar.extractall(server.data)  # noqa: S202
    for path in (server.data, *_below(server.data)):
        server.own(path)


def _below(folder: Path) -> Iterator[Path]:
    return folder.rglob("*")


class _Pieces(RawIOBase):
    """Pieces of bytes as a file that can be read from its start to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the start of `buffer`; how many bytes of it, 0 at the end."""
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count
