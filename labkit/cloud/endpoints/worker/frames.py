"""What goes through the pipe between the lab and a function's process: frames, one after the other.

    length of head (4 bytes), length of body (4 bytes), head (JSON), body (bytes as they are)

The head says what a frame is for (`kind`). Both sides read this page, so it imports nothing of the emulator.
"""

import json
import struct
from typing import Any, BinaryIO, NamedTuple

LENGTHS = struct.Struct(">II")

# From the lab: an event to handle, the answer to a call.
INVOKE, ANSWER = "invoke", "answer"
# To the lab: the code is loaded or is not, a request for AWS, the handler's answer or error.
READY, FAILED, CALL, RESULT, ERROR = "ready", "failed", "call", "result", "error"

# How the name of a process's folder begins.
FOLDER = "labkit-function-"
# How the end of one invocation's lines is marked in the log: this, and the request's id.
END_OF_LINES = "\x1e"
# Stands for a line's end inside one log message of several lines.
INNER_LINE_END = "\0"


class Frame(NamedTuple):
    """One frame."""

    kind: str
    head: dict[str, Any]
    body: bytes


def write_frame(stream: BinaryIO, kind: str, body: bytes = b"", **head: Any) -> None:
    """Write one frame, at once. OSError if nobody reads any longer."""
    told = json.dumps({"kind": kind, **head}).encode()
    stream.write(LENGTHS.pack(len(told), len(body)) + told + body)
    stream.flush()


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame, None if the other side is gone."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head_length, body_length = LENGTHS.unpack(lengths)
    head, body = stream.read(head_length), stream.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    told = json.loads(head)
    return Frame(told.pop("kind"), told, body)
