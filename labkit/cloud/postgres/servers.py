"""All servers of one lab, by the id of the database each is behind.

A lab in memory keeps them in a temporary folder, one in a file ("class.lab") in "class.lab.databases" beside
it. Data lie in that folder as PostgreSQL writes them: StorageEncrypted makes no difference to them.
"""

import base64
import os
import shutil
import tempfile
from pathlib import Path

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.postgres.binaries import find_version, may_enter, server_account
from labkit.cloud.postgres.roles import create_master, set_password
from labkit.cloud.postgres.server import Server
from labkit.crypto.kdf import derive

SUFFIX = ".databases"
PASSWORD_BYTES = 24
# Where a server's data go if the lab's own folder is closed to the account that the server runs as.
SHARED = Path("/var/tmp")  # noqa: S108 - a folder of a random name is made in it


class Servers:
    """A part of the cloud: makes servers, starts and stops them, and ends them all with the lab.

    Passwords come as verifiers: see `verifier`.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._root = cloud.hsm_memory.root
        self._lab = cloud.path
        self._folder: Path | None = None
        self._servers: dict[str, Server] = {}
        cloud.at_close.callback(self.close)

    def prepare(self) -> str:
        """Make the folder for servers, and return the version of this machine's PostgreSQL, such as "18.6".

        A lab's file with such a folder beside it has databases. NoPostgresError.
        """
        version = find_version()
        self._home()
        return version

    def create(self, name: str, user: str, verifier: str, database: str, port: int = 0) -> int:
        """Set up a server with a master user and start it, on `port` if that is free; its port.

        What an interrupted attempt has left is removed first. ServerFailedError.
        """
        self.remove(name)
        server = self._server(name)
        try:
            server.create()
            server.start(port)
            create_master(server, user, verifier, database)
        except BaseException:
            self.remove(name)
            raise
        return server.port

    def start(self, name: str, port: int = 0) -> int:
        """Start a server that was made before, on the same port if it is free; its port now."""
        return self._server(name).start(port)

    def restart(self, name: str, port: int = 0) -> int:
        """The same for a server that may run: it is stopped first."""
        self.stop(name)
        return self.start(name, port)

    def stop(self, name: str) -> None:
        """Stop a server; what is in it stays."""
        self._server(name).stop()

    def remove(self, name: str) -> None:
        """Stop a server, and delete what is in it."""
        self._server(name).remove()
        self._servers.pop(name, None)

    def set_password(self, name: str, user: str, verifier: str) -> None:
        """Give a user of a server another password."""
        set_password(self._server(name), user, verifier)

    def running(self, name: str) -> bool:
        """Whether the server runs."""
        return name in self._servers and self._servers[name].running

    def close(self) -> None:
        """Stop all servers. What a lab in memory had in them is gone."""
        for server in self._servers.values():
            server.stop()
        self._servers.clear()
        if self._folder is not None and self._lab is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def _server(self, name: str) -> Server:
        if name not in self._servers:
            secret = derive(self._root, b"labkit database administrator", name.encode(), PASSWORD_BYTES)
            password = base64.urlsafe_b64encode(secret).decode()
            self._servers[name] = Server(self._home() / name, password, temporary=self._lab is None)
        return self._servers[name]

    def _home(self) -> Path:
        if self._folder is None:
            self._folder = _temporary() if self._lab is None else _beside(self._lab)
        return self._folder


def folder_of(lab: Path) -> Path:
    """Where the data of a lab's databases are."""
    return lab.with_name(lab.name + SUFFIX)


def remove_data(lab: Path) -> None:
    """Delete the data of all databases of the lab at this path, if it has any. No server may run."""
    folder = folder_of(lab)
    shutil.rmtree(folder.resolve(), ignore_errors=True)
    if folder.is_symlink():
        folder.unlink()


def _temporary(parent: Path | None = None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="labkit-databases-", dir=parent))
    folder.chmod(0o711)
    return folder


def _beside(lab: Path) -> Path:
    folder = folder_of(lab.absolute())
    if not folder.exists():
        if may_enter(server_account(), folder.parent):
            folder.mkdir()
        else:
            folder.symlink_to(_temporary(SHARED), target_is_directory=True)
    return Path(os.path.realpath(folder))
