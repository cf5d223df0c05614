"""What a service may ask of whoever runs functions' code: `cloud.functions`.

The lab runs it in processes (see `endpoints/worker`), which no service can know of. Where there can be no
processes there is nobody to run code, and `cloud.functions` is None.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, NamedTuple, Protocol

from labkit.records import Record


class LogLine(NamedTuple):
    """One message in a function's log, and when it came."""

    time: datetime
    text: str


class Blueprint(Record):
    """What an execution environment is made of: the zipped code, and the environment variables.

    `log_stream` is where its lines go, and `expires` is when its credentials end.
    """

    hidden: ClassVar = ("code", "variables")

    code: bytes
    variables: Mapping[str, str]
    log_stream: str
    expires: datetime


class Event(Record):
    """One invocation: what the handler is given, and how many seconds it may take.

    `arn` is the function's as the caller named it.
    """

    hidden: ClassVar = ("payload", "client_context")

    request_id: str
    arn: str
    payload: bytes
    timeout: float
    client_context: Mapping[str, object] | None = None


class Outcome(Record):
    """How an invocation ended.

    `payload` is what the handler returned, or the error; `status` is "", "error" or "timeout", and
    `error_type` names what befell the environment itself, such as Runtime.ExitError. `duration` and `init`
    (which only a new environment has) are in milliseconds, `memory` is in MB.
    """

    hidden: ClassVar = ("payload", "lines")

    payload: bytes
    lines: tuple[LogLine, ...]
    duration: float
    init: float | None
    memory: int
    failed: bool = False
    status: str = ""
    error_type: str = ""


class ExecutionEnvironment(Protocol):
    """A place where a function's code is loaded, for one invocation at a time."""

    blueprint: Blueprint

    def invoke(self, event: Event) -> Outcome:
        """Handle one event, and be there for the next one. The lab must not be locked meanwhile."""


class FunctionRunner(Protocol):
    """All execution environments of a lab. `function` is the ARN of a function's version."""

    def take(self, function: str, revision: str, now: datetime) -> ExecutionEnvironment | None:
        """One that is warm and idle, was made for this revision, and has credentials that are good."""

    def make(self, function: str, revision: str, blueprint: Blueprint) -> ExecutionEnvironment:
        """A new one. Its process starts with its first event."""

    def busy(self, function: str) -> int:
        """How many are at work for a function, its ARN without a version."""

    def warm(self, function: str) -> int:
        """How many of a version of a function are idle, and wait to be used again."""

    def retire(self, function: str) -> None:
        """Let no environment of a function, its ARN without a version, handle another event."""
