"""All servers of one lab, by the id of the database each is behind.

A lab in memory keeps them in a temporary folder, one in a file ("class.lab") in "class.lab.databases" beside
it; where PostgreSQL's account may not go there, that is a link to a folder in /var/tmp. Data lie in it as
PostgreSQL writes them: StorageEncrypted makes no difference to them.
"""

import base64
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.postgres import sealed_file
from labkit.cloud.postgres.backup import put_back, take
from labkit.cloud.postgres.binaries import find_version, may_enter, server_account
from labkit.cloud.postgres.roles import create_master, set_password
from labkit.cloud.postgres.server import ADMINISTRATOR, Server, ServerFailedError
from labkit.cloud.postgres.verifier import verifier
from labkit.crypto.kdf import derive

SUFFIX = ".databases"
BACKUPS = "backups"
PASSWORD_BYTES = 24
# Where a server's data go if the lab's own folder is closed to the account that the server runs as.
SHARED = Path("/var/tmp")  # noqa: S108 - a folder of a random name is made in it


class Servers:
    """A part of the cloud: makes servers, starts and stops them, and ends them all with the lab.

    A `secret` is the verifier of a password, never a password itself.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._root = cloud.hsm_memory.root
        self._lab = cloud.path
        self._folder: Path | None = None
        self._servers: dict[str, Server] = {}
        self._closed = False
        cloud.at_close.callback(self.close)

    def prepare(self) -> str:
        """Make the folder for servers, and return the version of this machine's PostgreSQL, such as "18.6".

        A lab's file with such a folder beside it has databases. NoPostgresError.
        """
        version = find_version()
        self._home()
        return version

    def create(self, name: str, user: str, secret: str, database: str, port: int = 0) -> int:
        """Set up a server with a master user and start it, on `port` if that is free; its port.

        What an interrupted attempt has left is removed first. ServerFailedError.
        """
        self.remove(name)
        server = self._server(name)
        try:
            server.create()
            server.start(port)
            create_master(server, user, secret, database)
        except BaseException:
            self._servers.pop(name, None)
            server.remove()
            raise
        return server.port

    def start(self, name: str, port: int = 0) -> int:
        """Start a server that was made before, on the same port if it is free; its port now."""
        return self._server(name).start(port)

    def back_up(self, name: str, backup: str, key: bytes | None) -> int:
        """Write what is in a server that runs to a backup, encrypted if there is a key; its size in bytes."""
        return self._write(backup, take(self._server(name)), key)

    def copy_backup(self, backup: str, key: bytes | None, copy: str, copy_key: bytes | None) -> int:
        """Decrypt a backup and encrypt it again, under another key; the copy's size in bytes."""
        return self._write(copy, self._read(backup, key), copy_key)

    def restore(self, backup: str, key: bytes | None, origin: str, name: str, port: int = 0) -> int:
        """Set up a server with what was in server `origin` when the backup was made; its port.

        Raises:
            ServerFailedError: it does not start. AuthenticationFailed: the key is not the backup's.
        """
        self.remove(name)
        server = self._server(name)
        try:
            put_back(server, self._read(backup, key))
            server.password, own = self._password(origin), server.password
            server.start(port)
            set_password(server, ADMINISTRATOR, verifier(own))
            server.password = own
        except BaseException:
            self._servers.pop(name, None)
            server.remove()
            raise
        return server.port

    def remove_backup(self, backup: str) -> None:
        """Delete a backup, if it is there."""
        self._backup(backup).unlink(missing_ok=True)

    def first_bytes(self, backup: str, count: int) -> bytes:
        """How a backup begins, as it lies on the disk."""
        with self._backup(backup).open("rb") as file:
            return file.read(count)

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

    def set_password(self, name: str, user: str, secret: str) -> None:
        """Give a user of a server another password."""
        set_password(self._server(name), user, secret)

    def running(self, name: str) -> bool:
        """Whether the server runs."""
        return name in self._servers and self._servers[name].running

    def close(self) -> None:
        """Stop all servers, and let none be started. What a lab in memory had in them is gone."""
        self._closed = True
        for server in list(self._servers.values()):
            server.close()
        self._servers.clear()
        if self._folder is not None and self._lab is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def _server(self, name: str) -> Server:
        if self._closed:
            raise ServerFailedError("The lab was closed.")
        if name not in self._servers:
            folder, password = self._home() / name, self._password(name)
            self._servers[name] = Server(folder, password, temporary=self._lab is None)
        return self._servers[name]

    def _password(self, name: str) -> str:
        """The administrator's password of a server; it is kept nowhere."""
        secret = derive(self._root, b"labkit database administrator", name.encode(), PASSWORD_BYTES)
        return base64.urlsafe_b64encode(secret).decode()

    def _write(self, backup: str, data: Iterable[bytes], key: bytes | None) -> int:
        path = self._backup(backup)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            return sealed_file.write(path, data, key, backup.encode())
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _read(self, backup: str, key: bytes | None) -> Iterator[bytes]:
        return sealed_file.read(self._backup(backup), key, backup.encode())

    def _backup(self, name: str) -> Path:
        return self._home() / BACKUPS / name

    def _home(self) -> Path:
        if self._folder is None and self._lab is None:
            self._folder = _temporary()
            # For a lab that nobody closes: this is done at the end of the program, too.
            weakref.finalize(self, _remove_in, os.getpid(), self._folder)
        elif self._folder is None:
            assert self._lab is not None
            self._folder = _beside(self._lab)
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


def _remove_in(process: int, folder: Path) -> None:
    """Delete a folder, in the process that has made it: one that was forked from it must not."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


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
