"""Running a student's function so that nothing it does can take the notebook along.

What it prints is kept back, what it raises is caught, SystemExit too, and an endless loop ends. For the last
a thread watches the clock, and asks Python to raise `TooLong` where the function then is. A browser has no
threads: there the student ends the loop.
"""

import ctypes
import io
import re
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any

from labkit.exercises.findings import Missed
from labkit.exercises.shown import told

SECONDS = 10.0

_CELL = re.compile("ipykernel|^<(?!frozen)")  # the names that Python has for what was typed


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
    except BaseException as error:  # whatever it is, it becomes the student's verdict
        raise Missed(f"{name}() returns without an error", last_line(error)) from error


def last_line(error: BaseException) -> str:
    """Return the last line of an error's traceback, and the line of the cell where it arose."""
    lines = traceback.format_exception_only(error)
    text = told(lines[-1].strip())
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _CELL.search(frame.filename)]
    return f"{text} (line {own[-1].lineno} of the cell)" if own else text


class _Watch:
    """Raise TooLong in this thread's code of the block once `seconds` are over.

    Unlike a signal it is there on Windows. Source: Python/C API manual, "PyThreadState_SetAsyncExc".
    """

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._interrupt)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._over = False

    def __enter__(self) -> None:
        self._thread = threading.get_ident()
        with suppress(RuntimeError):  # no thread can be started in a browser
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
        self._timer.cancel()

    def _interrupt(self) -> None:
        # Behind the lock, so that nothing is raised once the block has been left.
        with self._lock:
            if not self._over:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread), ctypes.py_object(TooLong)
                )
