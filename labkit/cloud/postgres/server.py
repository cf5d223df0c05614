"""One PostgreSQL server: a folder with its data and, while it runs, a process on a port of this machine.

It listens on 127.0.0.1 alone, and asks everybody for a password (scram-sha-256). The lab itself comes in as
`rdsadmin`, as AWS does, by a password that nobody else knows. A server ends with its lab: see `keeper`.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.cloud.postgres.binaries import find_programs, server_account
from labkit.cloud.postgres.keeper import NONE

if TYPE_CHECKING:
    from pg8000.native import Connection

HOST = "127.0.0.1"
ADMINISTRATOR = "rdsadmin"
READY = "ready"  # as PostgreSQL writes it into postmaster.pid
PATIENCE = 30.0  # seconds, for a machine that is busy
ATTEMPTS = 40  # with another port each: it may be taken, or the last lab's server may still be going down
PAUSE = 0.1

# A class's laptop runs several of them; each has some ten users, who can repeat what a crash loses.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "16MB",
    "max_connections": "50",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    # What a statement says may be a password; only refused logins and the server's own end are written down.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}


class ServerFailedError(Exception):
    """PostgreSQL could not be set up or started; the message says what it said itself."""


class Server:
    """A server in `folder`. One that is `temporary` loses its data with the lab that made it."""

    def __init__(self, folder: Path, password: str, *, temporary: bool) -> None:
        self.folder = folder
        self.port = 0
        self.password = password
        self._temporary = temporary
        self._account = server_account()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"<PostgreSQL in {self.folder}, {f'port {self.port}' if self.running else 'stopped'}>"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._keeper is not None and self._keeper.poll() is None

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "data"

    def create(self) -> None:
        """Set the data folder up, which takes half a second. ServerFailedError, NoPostgresError."""
        programs = find_programs()
        self.make_folder()
        secret = self.folder / "initial-password"
        try:
            secret.touch(mode=0o600)
            secret.write_text(self.password, encoding="ascii")
            self.own(secret)
            done = subprocess.run(  # noqa: S603 - the programs are PostgreSQL's
                [
                    programs / "initdb",
                    *("--pgdata", self.data, "--username", ADMINISTRATOR, "--pwfile", secret),
                    *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                cwd=self.folder,
                **self._as_account(),
            )
        finally:
            secret.unlink(missing_ok=True)
        if done.returncode:
            raise ServerFailedError(f"initdb: {done.stderr.decode(errors='replace').strip()}")

    def make_folder(self) -> None:
        """Make the server's folder, which is closed to everybody else."""
        self.folder.mkdir(mode=0o700, parents=True)
        self.own(self.folder)

    def own(self, path: Path) -> None:
        """Let the server's account own a file or folder."""
        if self._account is not None:
            os.chown(path, *self._account)

    def start(self, port: int = 0) -> int:
        """Start it, on `port` if that is still free, and return its port. Nothing happens if it runs.

        Raises:
            ServerFailedError: it ended at once, several times.
        """
        if self.running:
            return self.port
        programs = find_programs()
        for _ in range(ATTEMPTS):
            self.port = port or _free_port()
            launched = int(time.time())
            self._launch(programs / "postgres")
            if not self._closed and self._ready(launched):
                return self.port
            self.stop()
            if self._closed:
                raise ServerFailedError("The lab was closed.")
            port = 0
            time.sleep(PAUSE)
        raise ServerFailedError(f"PostgreSQL does not start; see {self.folder / 'server.log'}")

    def _launch(self, program: Path) -> None:
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        if self._temporary:
            settings += ["--fsync=off", "--full_page_writes=off", "--synchronous_commit=off"]
        user, group = map(str, self._account or (NONE, NONE))
        keeper = Path(__file__).with_name("keeper.py")
        with (self.folder / "server.log").open("ab") as log:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own script, PostgreSQL's own program
                [
                    *(sys.executable, "-I", "-S", str(keeper), user, group),
                    *(str(self.folder.parent) if self._temporary else NONE, str(program)),
                    *("-D", str(self.data), f"--port={self.port}", *settings),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal or a notebook is meant for the lab, and not for its databases.
                start_new_session=True,
            )

    def _ready(self, launched: int) -> bool:
        """Wait until the server takes logins; False if it ended instead.

        It says so in a file of its own. Whoever answers on the port may be somebody else.
        """
        deadline = time.monotonic() + PATIENCE
        while self.running and time.monotonic() < deadline:
            if self._status(launched) == READY:
                return True
            time.sleep(PAUSE / 10)
        return False

    def _status(self, launched: int) -> str:
        """What the server that was launched at this time says of itself; "" if nothing yet."""
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
            fits = int(lines[2]) >= launched and int(lines[3]) == self.port
            return lines[7].strip() if fits else ""
        except (OSError, ValueError, IndexError):  # not there, or not yet written to its end
            return ""

    def stop(self) -> None:
        """Stop it, if it runs: its sessions end, its data stay."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        assert keeper.stdin is not None
        try:
            keeper.stdin.write(b"s")
            keeper.stdin.close()
        except OSError:
            pass  # it ended by itself
        keeper.wait()

    def close(self) -> None:
        """Stop it for good, even if it is only just being started."""
        self._closed = True
        self.stop()

    def remove(self) -> None:
        """Stop it, and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str = "postgres") -> "Connection":
        """A connection of the lab's own. InterfaceError or DatabaseError of pg8000 if there is none."""
        from pg8000.native import Connection

        return Connection(
            ADMINISTRATOR, HOST, port=self.port, password=self.password, database=database, timeout=PATIENCE
        )

    def run(self, *statements: str, database: str = "postgres") -> Sequence[Any]:
        """Carry out statements one by one, as the administrator; the rows of the last one."""
        rows: Sequence[Any] = ()
        with closing(self.connect(database)) as connection:
            for statement in statements:
                rows = connection.run(statement) or ()
        return rows

    def _as_account(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.user, "group": self._account.group, "extra_groups": []}


def _free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
