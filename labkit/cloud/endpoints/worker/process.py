"""A function's process: a folder with the code, a pipe that carries frames, and what it prints.

Two threads read what it writes, so that waiting for it can end, on every system alike.
"""

import io
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from labkit.cloud.core.functions import Blueprint, LogLine
from labkit.cloud.endpoints.worker import frames
from labkit.cloud.endpoints.worker.frames import Frame, read_frame, write_frame

# How long to wait for the rest of the log when the process has sent its answer, or for its exit code.
LAST_SECONDS = 2.0
NEW_GROUP_ON_WINDOWS = 0x200
HOME_OF_LABKIT = Path(__file__).resolve().parents[4]

Now = Callable[[], datetime]


class TimeUpError(Exception):
    """Nothing came until the time that was given."""


class Process:
    """One process, started when this is made. `now` gives its lines their time."""

    def __init__(self, blueprint: Blueprint, now: Now) -> None:
        self._now = now
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[LogLine | None] = queue.SimpleQueue()
        self._folder = tempfile.mkdtemp(prefix=frames.FOLDER)
        task_root = Path(self._folder).resolve() / "task"
        try:
            with zipfile.ZipFile(io.BytesIO(blueprint.code)) as package:
                package.extractall(task_root)
        except BaseException:  # such as a full disk
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        # In a group of its own: Ctrl-C in a terminal is for the lab.
        apart: dict[str, Any] = (
            {"start_new_session": True} if os.name == "posix" else {"creationflags": NEW_GROUP_ON_WINDOWS}
        )
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "labkit.cloud.endpoints.worker.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=task_root,
            env={**blueprint.variables, **_machine(self._folder), "LAMBDA_TASK_ROOT": str(task_root)},
            **apart,
        )
        for read, stream in (
            (self._read_frames, self._process.stdout),
            (self._read_lines, self._process.stderr),
        ):
            threading.Thread(target=read, args=(stream,), daemon=True).start()

    def write(self, kind: str, body: bytes, **head: Any) -> None:
        """Send it a frame. OSError if it has ended."""
        try:
            write_frame(cast(BinaryIO, self._process.stdin), kind, body, **head)
        except ValueError as closed:  # it was ended meanwhile
            raise BrokenPipeError from closed

    def read(self, until: float) -> Frame | None:
        """Its next frame, None if it has ended. TimeUpError at `until`, by the monotonic clock."""
        try:
            return self._frames.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TimeUpError from None

    def lines(self, until: str | None) -> tuple[LogLine, ...]:
        """What it has printed, until the line `until` (which is left out) or, for None, until its end."""
        found: list[LogLine] = []
        waiting = time.monotonic() + LAST_SECONDS
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, waiting - time.monotonic()))
            except queue.Empty:
                break
            if line is None or line.text == until:
                break
            if line.text:  # CloudWatch Logs takes no empty message
                found.append(line)
        return tuple(found)

    def end(self) -> None:
        """Kill it, with what it has started, and remove its folder."""
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        with suppress(OSError):  # it went before it had read everything
            self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def exit_code(self) -> int | None:
        """How it has ended, once it has closed the pipe; None if it is still there after all."""
        try:
            return self._process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def _read_frames(self, stream: BinaryIO) -> None:
        with stream:
            while (frame := read_frame(stream)) is not None:
                self._frames.put(frame)
        self._frames.put(None)

    def _read_lines(self, stream: BinaryIO) -> None:
        with stream:
            for line in stream:
                text = line.decode(errors="replace").rstrip("\r\n").replace(frames.INNER_LINE_END, "\n")
                self._lines.put(LogLine(self._now(), text))
        self._lines.put(None)


def _machine(folder: str) -> dict[str, str]:
    """What a process needs of this machine; whose it is, a function must not know."""
    machine = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    # There, no credentials or profile of the student's are found.
    home = {"HOME": folder, "USERPROFILE": folder, "AWS_EC2_METADATA_DISABLED": "true"}
    return {**machine, **home, "PYTHONPATH": str(HOME_OF_LABKIT), "PYTHONUTF8": "1"}
