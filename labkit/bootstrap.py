"""From a fresh clone to a working command line: make `.venv` from a hash lock, then hand over to it.

Standard library only, since nothing is installed yet. The stamp is written last, so a preparation that was
cut short is seen as such and begun again. Where labkit is installed as a package nothing is prepared.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from labkit.process import become

UNFINISHED = "unfinished"
OFFLINE = re.compile(
    "connection|connect error|dns error|name resolution|getaddrinfo|timed out|unreachable|sending request",
    re.IGNORECASE,
)


class CannotPrepare(Exception):
    """The environment cannot be made; the message is the one sentence that the user reads."""


@dataclass(frozen=True)
class Clone:
    """A clone of labkit's repository, and the `.venv` inside it that its locks describe."""

    root: Path

    @property
    def venv(self) -> Path:
        """The folder of the virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's own interpreter."""
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def stamp(self) -> Path:
        """What the environment holds: the clone's path on the first line, then a digest for each lock."""
        return self.venv / "labkit-stamp"

    def lock(self, name: str) -> Path:
        """The hash lock called `name`: `lab` to run labkit, `test` to test it as well."""
        return self.root / ".ci" / "locks" / f"{name}.txt"

    def digest(self, name: str) -> str:
        """SHA-256 over a lock and the project file: what `.venv` is made from."""
        material = self.lock(name).read_bytes() + (self.root / "pyproject.toml").read_bytes()
        return f"{name} {hashlib.sha256(material).hexdigest()}"

    def stamped(self) -> list[str]:
        """The stamp's lines; none where there is no stamp or no interpreter to go with it."""
        if not (self.stamp.is_file() and self.python.exists()):
            return []
        return self.stamp.read_text(encoding="utf-8").splitlines()

    def is_ready(self, name: str) -> bool:
        """Whether `.venv` was made here, to its end, from the lock as it is now."""
        home, *digests = self.stamped() or [UNFINISHED]
        return home == str(self.root) and self.digest(name) in digests

    def prepare(self, name: str) -> None:
        """Bring `.venv` to what the lock says, one process at a time; at once if it is there already.

        Raises `CannotPrepare` with the sentence to print, or OSError where the disk refuses.
        """
        if self.is_ready(name):
            return
        tell(f"Preparing {self.venv}: only the first time, and after an update ...")
        with self._alone():
            if self.is_ready(name):  # another terminal did it while this one waited
                return
            began = time.monotonic()
            self._make_environment()
            installer = self._installer()
            self._run([*installer, "--no-deps", "--require-hashes", "-r", str(self.lock(name))])
            self._run([*installer, "--no-deps", "--no-build-isolation", "-e", str(self.root)])
            # test.txt is lab.txt and more, so what serves the tests serves the lab.
            digests = [self.digest(each) for each in ("lab", "test") if each in ("lab", name)]
            self.stamp.write_text("\n".join([str(self.root), *digests]), encoding="utf-8")
            tell(f"Ready after {time.monotonic() - began:.0f} s.")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold a lock that falls when this process dies, however it dies; every SQLite has one."""
        path = self.root / ".venv.lock"
        try:
            guard = sqlite3.connect(path, timeout=600, isolation_level=None)
            guard.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as refusal:
            raise CannotPrepare(f"cannot lock {path}: {refusal}.") from refusal
        with closing(guard):
            yield

    def _make_environment(self) -> None:
        """Leave an empty or a once-finished `.venv`, marked unfinished until everything is installed."""
        home = (self.stamped() or [UNFINISHED])[0]
        moved_or_half_made = self.stamp.exists() and home != str(self.root)
        if self.venv.exists() and (moved_or_half_made or not self.python.exists()):
            shutil.rmtree(self.venv)
        self.venv.mkdir(exist_ok=True)
        self.stamp.write_text(UNFINISHED, encoding="utf-8")
        if not self.python.exists():
            venv.EnvBuilder(symlinks=os.name != "nt").create(self.venv)

    def _installer(self) -> list[str]:
        """The command that installs into `.venv`: uv where it works, else the pip that Python carries."""
        uv = shutil.which("uv")
        # A uv on PATH may be a version manager's stub for a uv that this Python does not have.
        if uv and subprocess.run([uv, "--version"], cwd=self.root, capture_output=True).returncode == 0:
            return [uv, "pip", "install", "--python", str(self.python)]
        if importlib.util.find_spec("ensurepip") is None:
            raise CannotPrepare(
                "this Python lacks its venv module; install uv, or (Debian) apt install python3-venv."
            )
        self._run([str(self.python), "-m", "ensurepip"])
        return [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]

    def _run(self, command: list[str]) -> None:
        """Run one step, showing how far it has come; its own words are kept for when it fails."""
        environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
        said: list[str] = []
        with subprocess.Popen(
            command,
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as step:
            assert step.stdout is not None
            for line in step.stdout:
                said.append(line)
                if line.startswith("Collecting ") and sys.stderr.isatty():
                    tell(f"  {line.split()[1]:70.70}", end="\r")
        if step.returncode:
            log = self.venv / "labkit-prepare.log"
            log.write_text(f"{command}\n{''.join(said)}", encoding="utf-8")
            if any(OFFLINE.search(line) for line in said):
                raise CannotPrepare(
                    f"no connection to the package index; check the network or proxy, then retry ({log})."
                )
            raise CannotPrepare(f"installing failed; {log} says why.")


def tell(message: str, end: str = "\n") -> None:
    """Say where the preparation stands, on stderr: stdout belongs to the command that follows."""
    print(message, end=end, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Run the command line, after preparing `.venv` if this is a clone. Returns the exit code."""
    clone = Clone(Path(__file__).resolve().parents[1])
    if not clone.lock("lab").exists():
        from labkit.cli import main as command_line

        return command_line(arguments)
    try:
        clone.prepare("test" if arguments[:1] == ["test"] else "lab")
    except (CannotPrepare, OSError) as reason:
        tell(f"labkit is not ready: {reason}")
        return 1
    except KeyboardInterrupt:
        tell("\nlabkit is not ready: interrupted; type the command again to finish.")
        return 130
    return become([str(clone.python), "-m", "labkit.cli", *arguments])
