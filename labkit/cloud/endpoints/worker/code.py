"""The function's own code: finding its handler, calling it, and telling what went wrong as Lambda tells it.

Source: Lambda Developer Guide, "Building Lambda functions with Python" (handler, context, exceptions); the
runtime that AWS publishes as aws-lambda-python-runtime-interface-client, for names and sentences of errors.
"""

import importlib
import json
import os
import time
import traceback
from collections.abc import Callable, Sequence
from decimal import Decimal
from types import SimpleNamespace, TracebackType
from typing import Any

# Where a function's code lies on AWS; a stack trace says so here, too.
TASK_ROOT = "/var/task"

Handler = Callable[[Any, "Context"], Any]


class Fault(Exception):
    """What the runtime itself reports; `kind` is its errorType, such as Runtime.HandlerNotFound."""

    def __init__(self, kind: str, message: str, trace: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class Context:
    """What a handler is told of its invocation, beside the event."""

    def __init__(self, head: dict[str, Any]) -> None:
        self._ends = time.monotonic() + head["timeout"]
        self.aws_request_id: str = head["request_id"]
        self.invoked_function_arn: str = head["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        told = head.get("client_context")
        self.client_context = None if told is None else _client_context(told)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation times out."""
        return max(0, int(1000 * (self._ends - time.monotonic())))


def _client_context(told: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(custom=told.get("custom"), env=told.get("env"), client=told.get("client"))


def task_root() -> str:
    """The folder that the function's code lies in."""
    return os.environ["LAMBDA_TASK_ROOT"]


def load_handler(handler: str) -> Handler:
    """The function that `handler` names: module.function.

    Raises:
        Fault: it names none, or the module can't be imported.
    """
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        place = f'  File "{_shown(error.filename or "")}" Line {error.lineno}\n    {error.text or ""}'
        raise Fault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", [place]
        ) from error
    found = getattr(module, name, None)
    if found is None:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    called: Handler = found
    return called


def call_handler(handler: Handler, payload: bytes, context: Context) -> bytes:
    """What the handler returns for an event, as JSON. Its own exceptions pass through.

    Raises:
        Fault: the event is no JSON, or the answer has none.
    """
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
    answer = handler(event, context)
    try:
        return json.dumps(answer, ensure_ascii=False, default=_decimal).encode()
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def describe(error: Exception, request_id: str) -> dict[str, Any]:
    """An error as a caller is told of it: message, type, and the stack from the function's code on."""
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace
    else:
        kind, trace = type(error).__name__, _stack(error.__traceback__)
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def log_text(error: dict[str, Any]) -> str:
    """The same as it stands in the log, where spaces at the start of a line would be cut off."""
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}"]
    if error["stackTrace"]:
        lines.append("Traceback (most recent call last):")
    for line in "".join(error["stackTrace"]).splitlines():
        bare = line.lstrip(" ")
        lines.append("\N{NO-BREAK SPACE}" * (len(line) - len(bare)) + bare)
    return "\n".join(lines)


def _stack(trace: TracebackType | None) -> list[str]:
    """The frames from the function's code on; before it are those of the runtime and the import system."""
    frames = traceback.extract_tb(trace)
    own = (index for index, frame in enumerate(frames) if frame.filename.startswith(task_root()))
    return [_shown(line) for line in traceback.StackSummary.from_list(frames[next(own, 0) :]).format()]


def _shown(text: str) -> str:
    return text.replace(task_root(), TASK_ROOT)


def _decimal(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
