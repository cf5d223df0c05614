"""The program inside an execution environment: `python -m labkit.cloud.endpoints.worker.child`.

It loads the function's code once, and then handles one event after the other. Its standard input and output
are the pipe to the lab; the code is given others, and what it prints is the log. When the lab is gone, so is
this process, whatever the code is doing.
"""

import importlib
import io
import json
import logging
import os
import queue
import shutil
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from labkit.cloud.endpoints.worker import frames
from labkit.cloud.endpoints.worker.code import (
    Context,
    Handler,
    call_handler,
    describe,
    load_handler,
    log_text,
    task_root,
)
from labkit.cloud.endpoints.worker.frames import Frame, read_frame, write_frame
from labkit.cloud.endpoints.worker.wire import Wire

if TYPE_CHECKING:
    from labkit.cloud.protocols.messages import HttpRequest, HttpResponse


class Pipe:
    """This process's end of the pipe. A thread reads it, so that its end is noticed at any time.

    `folder` is this process's own.
    """

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, folder: Path) -> None:
        self._folder = folder
        self._incoming, self._outgoing = incoming, outgoing
        self._calling, self._writing = threading.Lock(), threading.Lock()
        self._answers: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.events: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def write(self, kind: str, body: bytes = b"", **head: object) -> None:
        """Send a frame to the lab."""
        with self._writing:
            write_frame(self._outgoing, kind, body, **head)

    def send(self, request: "HttpRequest") -> "HttpResponse":
        """The lab's answer to a request for AWS; one at a time, whichever thread of the code asks."""
        from msgspec.structs import asdict

        from labkit.cloud.protocols.messages import HttpResponse

        told = asdict(request) | {"headers": dict(request.headers)}
        body = told.pop("body")
        with self._calling:
            self.write(frames.CALL, body, request=told)
            answer = self._answers.get()
        return HttpResponse(answer.head["status"], answer.head["headers"], answer.body)

    def _read(self) -> None:
        while (frame := read_frame(self._incoming)) is not None:
            (self._answers if frame.kind == frames.ANSWER else self.events).put(frame)
        # Whoever would have removed the code is gone.
        if self._folder.name.startswith(frames.FOLDER):
            shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)


class LogHandler(logging.Handler):
    """Writes what the code logs, with level, time and the id of the request that it is for."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        """One log message, of however many lines, is one line of the stream."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        record.__dict__["aws_request_id"] = self.request_id
        text = self.format(record)
        print_whole(f"[{record.levelname}]\t{at}.{int(record.msecs):03d}Z\t{self.request_id}\t{text}")


def print_whole(message: str) -> None:
    """Print a message of several lines as one."""
    sys.stderr.write(message.replace("\n", frames.INNER_LINE_END) + "\n")


def take_pipe() -> Pipe:
    """Keep standard input and output for the lab, and give the code the log in their place."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, io.TextIOWrapper)
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n", line_buffering=True)
    return Pipe(incoming, outgoing, Path(task_root()).parent)


def main() -> None:
    """Load the code, then handle events until the lab is gone."""
    pipe, log = take_pipe(), LogHandler()
    logging.getLogger().addHandler(log)
    sys.meta_path.insert(0, Wire(pipe.send))
    sys.path.insert(0, task_root())
    importlib.invalidate_caches()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - whatever the code raises is its answer
        failure = describe(error, "")
        print_whole(log_text(failure))
        _end_lines("")
        pipe.write(frames.FAILED, json.dumps(failure).encode(), memory=memory_used())
        return
    pipe.write(frames.READY)
    while True:
        frame = pipe.events.get()
        log.request_id = frame.head["request_id"]
        _handle(pipe, handler, frame)


def _handle(pipe: Pipe, handler: Handler, frame: Frame) -> None:
    request_id = frame.head["request_id"]
    try:
        kind, body = frames.RESULT, call_handler(handler, frame.body, Context(frame.head))
    except Exception as error:  # noqa: BLE001 - whatever the code raises is its answer
        failure = describe(error, request_id)
        print_whole(log_text(failure))
        kind, body = frames.ERROR, json.dumps(failure).encode()
    _end_lines(request_id)
    pipe.write(kind, body, memory=memory_used())


def _end_lines(request_id: str) -> None:
    """Mark where this invocation's lines end, as they go another way than its answer."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # the code may have closed or exchanged them
            stream.flush()
    os.write(2, f"\n{frames.END_OF_LINES}{request_id}\n".encode())


def memory_used() -> int:
    """The most memory that this process ever held, in MB; 0 where the system doesn't tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most // (1 << 20 if sys.platform == "darwin" else 1 << 10))


if __name__ == "__main__":
    main()
