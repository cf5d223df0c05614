"""Files of `data/` that the package itself reads: from the clone, or from inside the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data(name: str) -> Path:
    """The file `name` of `data/`. FileNotFoundError if this labkit came without it."""
    for folder in (_PACKAGE / "_share" / "data", _PACKAGE.parent / "data"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"this labkit came without data/{name}; install it again")
