"""One execution environment as the lab sees it: a process, a folder with the code, and a pipe.

While an event is handled, this thread answers what the code asks of AWS. Two more threads read what the
process writes, so that waiting for it can end: at a timeout it is killed, as on AWS.
"""

import io
import json
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

from labkit.cloud.core.functions import Blueprint, Event, LogLine, Outcome
from labkit.cloud.endpoints.worker import frames
from labkit.cloud.endpoints.worker.frames import Frame, read_frame, write_frame
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

# How long loading the code may take, in seconds, beside the function's own timeout.
# Source: Lambda Developer Guide, "Lambda execution environment lifecycle" ("Init phase").
INIT_SECONDS = 10.0
# How long to wait for the rest of the log when the process is gone, or has sent its answer.
LAST_LINES_SECONDS = 2.0
NEW_GROUP_ON_WINDOWS = 0x200
HOME_OF_LABKIT = Path(__file__).resolve().parents[4]

Answer = Callable[[HttpRequest], HttpResponse]
Now = Callable[[], datetime]


class Environment:
    """A function's process, cold until its first event. `done` is called after each one.

    `function` is the ARN of a function's version, and `revision` what it was when this was made of it.
    """

    def __init__(
        self,
        function: str,
        revision: str,
        blueprint: Blueprint,
        answer: Answer,
        now: Now,
        done: Callable[["Environment"], None],
    ) -> None:
        self.function = function
        self.revision = revision
        self.blueprint = blueprint
        self.alive = True
        self.retired = False
        self._answer = answer
        self._now = now
        self._done = done
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[LogLine | None] = queue.SimpleQueue()

    def invoke(self, event: Event) -> Outcome:
        """Handle one event; see ExecutionEnvironment."""
        try:
            return self._invoke(event)
        except BaseException:
            self.close()
            raise
        finally:
            self._done(self)

    def close(self) -> None:
        """Kill the process, and remove the folder."""
        self.alive = False
        if self._process is not None:
            _kill(self._process)
            assert self._process.stdin is not None
            with suppress(OSError):  # it went before it had read everything
                self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _invoke(self, event: Event) -> Outcome:
        init = None
        if self._process is None:
            began = time.monotonic()
            self._start()
            frame = self._wait(began + INIT_SECONDS + event.timeout)
            init = 1000 * (time.monotonic() - began)
            if frame is None or frame.kind != frames.READY:
                return self._outcome(event, frame, began, init)
        began = time.monotonic()
        try:
            self._write(
                frames.INVOKE,
                event.payload,
                request_id=event.request_id,
                arn=event.arn,
                timeout=event.timeout,
                client_context=event.client_context,
            )
        except OSError:
            frame = None  # it ended between two events
        else:
            frame = self._wait(began + event.timeout)
        return self._outcome(event, frame, began, init)

    def _start(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="labkit-function-")
        task_root = Path(self._folder).resolve() / "task"
        with zipfile.ZipFile(io.BytesIO(self.blueprint.code)) as package:
            package.extractall(task_root)
        environment = {
            **self.blueprint.variables,
            **_machine(self._folder),
            "LAMBDA_TASK_ROOT": str(task_root),
        }
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
            env=environment,
            **apart,
        )
        for read, stream in (
            (self._read_frames, self._process.stdout),
            (self._read_lines, self._process.stderr),
        ):
            threading.Thread(target=read, args=(stream,), daemon=True).start()

    def _wait(self, until: float) -> Frame | None:
        """The next frame that is no request, answering those; None if the time is up or the process gone."""
        while True:
            try:
                frame = self._frames.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return None
            if frame is None or frame.kind != frames.CALL:
                return frame
            response = self._answer(HttpRequest(**frame.head["request"], body=frame.body))
            try:
                self._write(
                    frames.ANSWER, response.body, status=response.status, headers=dict(response.headers)
                )
            except OSError:
                return None

    def _write(self, kind: str, body: bytes, **head: Any) -> None:
        assert self._process is not None
        try:
            write_frame(cast(BinaryIO, self._process.stdin), kind, body, **head)
        except ValueError as closed:  # the lab was closed meanwhile
            raise BrokenPipeError from closed

    def _outcome(self, event: Event, frame: Frame | None, began: float, init: float | None) -> Outcome:
        duration = 1000 * (time.monotonic() - began)
        if frame is None:
            return self._broken(event, duration, init)
        failed = frame.kind != frames.RESULT
        body = frame.body
        if frame.kind == frames.FAILED:
            body = json.dumps({**json.loads(body), "requestId": event.request_id}).encode()
        lines = self._lines_so_far("" if frame.kind == frames.FAILED else event.request_id)
        if frame.kind == frames.FAILED:
            self.close()
        return Outcome(body, lines, duration, init, frame.head["memory"], failed)

    def _broken(self, event: Event, duration: float, init: float | None) -> Outcome:
        """The process did not answer: it takes too long, or it has ended."""
        assert self._process is not None
        try:
            code = self._process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        if code is None:
            status, kind = "timeout", "Sandbox.Timedout"
            text = f"Task timed out after {event.timeout:.2f} seconds"
        else:
            status, kind = "error", "Runtime.ExitError"
            text = _how_it_ended(code)
        lines = self._lines_so_far(None)
        if status == "timeout":
            now = self._now()
            stamp = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
            lines = (*lines, LogLine(now, f"{stamp} {event.request_id} {text}"))
        else:
            lines = (*lines, LogLine(self._now(), f"RequestId: {event.request_id} Error: {text}\n{kind}"))
        told = {"errorType": kind, "errorMessage": f"RequestId: {event.request_id} Error: {text}"}
        return Outcome(json.dumps(told).encode(), lines, duration, init, 0, True, status, kind)

    def _lines_so_far(self, request_id: str | None) -> tuple[LogLine, ...]:
        """What was printed for an invocation, until the mark at its end, or until nobody can print more."""
        found: list[LogLine] = []
        until = time.monotonic() + LAST_LINES_SECONDS
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if line is None or line.text == f"{frames.END_OF_LINES}{request_id}":
                break
            found.append(line)
        return tuple(found)

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


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with what the code has started
    process.wait()


def _how_it_ended(code: int) -> str:
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    name = "killed" if code == -9 else str(-code)
    return f"Runtime exited with error: signal: {name}"
