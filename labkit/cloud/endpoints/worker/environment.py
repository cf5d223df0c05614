"""One execution environment as the lab sees it: events go in, and what becomes of them comes out.

While an event is handled, this thread answers what the code asks of AWS. If that takes too long, the process
is killed, as on AWS.
"""

import json
import time
from collections.abc import Callable

from labkit.cloud.core.functions import Blueprint, Event, LogLine, Outcome
from labkit.cloud.endpoints.worker import frames
from labkit.cloud.endpoints.worker.frames import Frame
from labkit.cloud.endpoints.worker.process import Now, Process, TimeUpError
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

# How long loading the code may take, in seconds, beside the function's own timeout.
# Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle" ("Init phase").
INIT_SECONDS = 10.0

Answer = Callable[[HttpRequest], HttpResponse]


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
        self._process: Process | None = None

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
        """Let nothing be left of it."""
        self.alive = False
        if self._process is not None:
            self._process.end()

    def _invoke(self, event: Event) -> Outcome:
        init, began = None, time.monotonic()
        try:
            if self._process is None:
                self._process = Process(self.blueprint, self._now)
                frame = self._wait(self._process, began + INIT_SECONDS + event.timeout)
                init = _milliseconds(began)
                if frame.kind == frames.FAILED:
                    return self._unloadable(self._process, event, frame, init)
                began = time.monotonic()
            return self._handle(self._process, event, began, init)
        except TimeUpError:
            text = f"Task timed out after {event.timeout:.2f} seconds"
            now = self._now()
            stamp = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
            line = f"{stamp} {event.request_id} {text}"
            return self._broken(event, began, init, "timeout", "Sandbox.Timedout", text, line)
        except OSError:
            text, kind = _how_it_ended(self._process), "Runtime.ExitError"
            line = f"RequestId: {event.request_id} Error: {text}\n{kind}"
            return self._broken(event, began, init, "error", kind, text, line)

    def _handle(self, process: Process, event: Event, began: float, init: float | None) -> Outcome:
        process.write(
            frames.INVOKE,
            event.payload,
            request_id=event.request_id,
            arn=event.arn,
            timeout=event.timeout,
            client_context=event.client_context,
        )
        frame = self._wait(process, began + event.timeout)
        duration = _milliseconds(began)
        lines = process.lines(frames.END_OF_LINES + event.request_id)
        failed = frame.kind == frames.ERROR
        return Outcome(frame.body, lines, duration, init, frame.head["memory"], failed)

    def _wait(self, process: Process, until: float) -> Frame:
        """The next frame that is no request for AWS; those are answered.

        Raises:
            TimeUpError: it has not come by then. OSError: the process has ended.
        """
        while (frame := process.read(until)) is not None:
            if frame.kind != frames.CALL:
                return frame
            response = self._answer(HttpRequest(**frame.head["request"], body=frame.body)).whole()
            process.write(
                frames.ANSWER, response.body, status=response.status, headers=dict(response.headers)
            )
        raise BrokenPipeError

    def _unloadable(self, process: Process, event: Event, frame: Frame, init: float) -> Outcome:
        """The code can't be loaded. The next event finds a new environment, which tries again."""
        told = json.dumps({**json.loads(frame.body), "requestId": event.request_id}).encode()
        lines = process.lines(frames.END_OF_LINES)
        self.close()
        return Outcome(told, lines, init, init, frame.head["memory"], failed=True)

    def _broken(
        self, event: Event, began: float, init: float | None, status: str, kind: str, text: str, line: str
    ) -> Outcome:
        """The process takes too long, or has ended: it is no longer of use."""
        duration = _milliseconds(began)
        self.close()
        printed = self._process.lines(None) if self._process else ()
        told = {"errorType": kind, "errorMessage": f"RequestId: {event.request_id} Error: {text}"}
        lines = (*printed, LogLine(self._now(), line))
        return Outcome(json.dumps(told).encode(), lines, duration, init, 0, True, status, kind)


def _milliseconds(since: float) -> float:
    return 1000 * (time.monotonic() - since)


def _how_it_ended(process: Process | None) -> str:
    code = process.exit_code() if process else None
    if code is None or code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    name = "killed" if code == -9 else str(-code)
    return f"Runtime exited with error: signal: {name}"
