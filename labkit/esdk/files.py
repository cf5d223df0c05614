"""Files: a message written from one and into another, in constant memory, whole or not at all.

The target is written beside its name and takes it at the very end, so that nobody ever finds half of a
message, or a plaintext whose signature was still to be checked.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labkit.esdk.decrypting import decrypt_stream
from labkit.esdk.encrypting import encrypt_stream
from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.materials import MaterialsManager

Name = str | os.PathLike[str]


def encrypt_file(source: Name, target: Name, keyring: Keyring | MaterialsManager, **how: Any) -> None:
    """Encrypt a file into another. `how` is as `encrypt_stream` takes it, such as `context` or `progress`."""
    with Path(source).open("rb") as content:
        how.setdefault("length", Path(source).stat().st_size)
        _write(encrypt_stream(content, keyring, **how), Path(target))


def decrypt_file(source: Name, target: Name, keyring: Keyring | MaterialsManager, **how: Any) -> None:
    """Open a file into another. `how` is as `decrypt_stream` takes it; an error leaves no target."""
    with Path(source).open("rb") as message:
        _write(decrypt_stream(message, keyring, **how), Path(target))


def _write(pieces: Iterable[bytes], target: Path) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
