"""Where large things lie: each a file in one folder, under a name that says nothing.

Tables hold what is known of an object, this folder holds its bytes. Whoever writes here has encrypted them
before. A lab in memory has a folder among the system's temporary files, which goes when the lab does;
`Lab("class.lab")` has `class.lab.blobs` beside its file. A file is written once, and never changed.
"""

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from labkit.crypto.randomness import public_uuid


class Blobs:
    """Writes, opens and deletes files of bytes; `folder` is made when the first is written.

    Without a folder it makes one of its own, and takes it away on `close` or when nobody has it any more.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._durable = folder is not None

    def fresh_name(self) -> str:
        """A name that no blob has yet."""
        return public_uuid()

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep these bytes, one after the other, under a fresh name.

        In a lab that has a file they are on the disk when this returns. An exception leaves no file behind.
        """
        path = self._place() / name
        try:
            with path.open("xb") as file:
                file.writelines(pieces)
                if self._durable:
                    file.flush()
                    os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def open(self, name: str) -> BinaryIO:
        """The file of this name, to be read and closed. FileNotFoundError if there is none."""
        return (self._place() / name).open("rb")

    def size(self, name: str) -> int:
        """How many bytes there are under this name."""
        return (self._place() / name).stat().st_size

    def delete(self, name: str) -> None:
        """Remove the file of this name, if it is there; who has it open may read on."""
        (self._place() / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Take a temporary folder away, with all that is in it."""
        if not self._durable and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def remove(self) -> None:
        """Take the folder away for good, also one that stays beside a lab."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="labkit-blobs-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        elif self._durable:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        return self._folder
