"""A stand-in for Lambda: a function is a Python callable of the test, invoked outside the lab's lock."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from labkit.cloud.core.faults import Faults
from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.core.service import Service
from labkit.cloud.gateway import directory

Handler = Callable[[Mapping[str, Any], Any], Any]

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
faults = Faults("lambda")


class Functions:
    """The functions that there are, and who may invoke them; every event they got, in order."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.closed: set[str] = set()
        self.events: list[dict[str, Any]] = []

    def add(self, name: str, handler: Handler) -> str:
        """Make a function; return its ARN."""
        self.handlers[ARN + name] = handler
        return ARN + name

    @property
    def steps(self) -> list[str]:
        """The steps that were asked for."""
        return [event["Step"] for event in self.events]


functions = Functions()


class FakeLambda(Service):
    """Invoke, and nothing else."""

    name = "lambda"
    data_events = frozenset({"Invoke"})

    def invoke(self, FunctionName: str, InvocationType: str = "", Payload: bytes = b"") -> Steps:
        """Run the function in this process; an exception of its is a FunctionError."""
        self.allow_everybody("a test's own")
        handler = functions.handlers.get(FunctionName)
        if handler is None:
            raise faults.ResourceNotFoundException(f"Function not found: {FunctionName}")
        if FunctionName in functions.closed:
            raise faults.AccessDeniedException(
                f"not authorized to perform: lambda:InvokeFunction on {FunctionName}"
            )
        if InvocationType == "DryRun":
            return {"StatusCode": 204}
        event = json.loads(Payload)
        functions.events.append(event)
        try:
            yield Outside(lambda: handler(event, None))
        except Exception as error:  # noqa: BLE001 - as Lambda does
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": str(error).encode()}
        return {"StatusCode": 200, "Payload": b"null"}


@contextmanager
def lambda_of_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """In this block the lab's Lambda is this one."""
    caches = (directory.service_class, directory.find_built)
    monkeypatch.setitem(directory.BUILT, "lambda", f"{__name__}:FakeLambda")
    for cache in caches:
        cache.cache_clear()
    functions.__init__()  # type: ignore[misc]
    yield functions
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()
