"""Running a student's function so that nothing it does can take the notebook along.

What it prints is kept back, what it raises is caught, SystemExit too, and an endless loop ends. For the last,
Python itself watches the function's lines (`sys.settrace`): this needs no thread and no signal, so it holds in
a browser and on Windows as well.
"""

import io
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from types import FrameType
from typing import Any

from labkit.exercises.exercise import Missed
from labkit.exercises.shown import told

SECONDS = 10.0


class TooLong(BaseException):
    """The student's function did not come back. No `except Exception` of theirs is to catch it."""


def run(
    function: Callable[..., Any],
    arguments: tuple[object, ...],
    named: Mapping[str, object],
    seconds: float = SECONDS,
) -> tuple[Any, str]:
    """Return what `function` returns, and what it printed. `Missed` if it raises, or takes over `seconds`."""
    printed = io.StringIO()
    name = getattr(function, "__name__", "the function")
    try:
        with redirect_stdout(printed), redirect_stderr(printed), _Watch(seconds):
            return function(*arguments, **named), printed.getvalue()
    except KeyboardInterrupt:
        raise  # the student pressed "Interrupt"
    except TooLong:
        raise Missed(f"{name}() comes back", f"it was still running after {seconds:g} seconds") from None
    except BaseException as error:
        raise Missed(f"{name}() returns without an error", last_line(error)) from None


def last_line(error: BaseException) -> str:
    """Return the last line of an error's traceback, and the line of the cell where it arose."""
    lines = traceback.format_exception_only(error)
    text = told(lines[-1].strip())
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "ipykernel" in frame.filename or frame.filename.startswith("<")]
    return f"{text} (line {own[-1].lineno} of the cell)" if own else text


class _Watch:
    """Raise TooLong in the code of the block once `seconds` are over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watching = False

    def __enter__(self) -> None:
        self._end = time.monotonic() + self._seconds
        # A debugger that is stepping through this code is not to be thrown out.
        self._watching = sys.gettrace() is None
        if self._watching:
            sys.settrace(self._look)

    def __exit__(self, *_: object) -> None:
        if self._watching:
            sys.settrace(None)

    def _look(self, frame: FrameType, event: str, argument: object) -> Any:
        if time.monotonic() > self._end:
            raise TooLong
        # Lines are watched in what was typed into a cell; in libraries, which are many, only the calls.
        return self._look if event != "call" or _is_typed(frame) else None


def _is_typed(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return "ipykernel" in name or name.startswith("<")
