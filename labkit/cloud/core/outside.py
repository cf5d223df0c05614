"""What takes a while is done outside the lab: a function's code runs, a database starts.

    def invoke(self, FunctionName: str, Payload: bytes = b"") -> Steps:
        function = self.find(FunctionName)
        self.allow(function.Arn)
        outcome = yield Outside(lambda: run(function, Payload))
        return {"StatusCode": 200, "Payload": outcome}

Such a method is a generator. At a `yield` what it has done is committed and the lab's lock is given back, so
that others can call, the work itself among them. Then the rest begins, in a transaction of its own: whatever
was read before the `yield` may have changed since.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from functools import partial
from typing import Any, NamedTuple


class Outside(NamedTuple):
    """Work that needs neither the lab's lock nor a transaction; its result is the value of the `yield`."""

    work: Callable[[], Any]


# Keeps what was done so far, whatever comes after it: an exception undoes what it finds uncommitted.
COMMIT = Outside(lambda: None)


Steps = Generator[Outside, Any, dict[str, Any]]


def carry_through(steps: Steps, outside: Callable[[], AbstractContextManager[None]]) -> dict[str, Any]:
    """Go through `steps` to their end and return their result; `outside()` is the block for the work.

    An exception of the work is raised at the `yield`, where the method may catch it.
    """
    go_on: Callable[[], Outside] = partial(next, steps)
    with closing(steps):  # where the work is given up, the method cleans up inside the transaction
        while True:
            try:
                step = go_on()
            except StopIteration as end:
                result: dict[str, Any] | None = end.value
                return result or {}
            with outside():
                try:
                    outcome = step.work()
                except Exception as error:  # noqa: BLE001 - it is the method's, and raised there
                    go_on = partial(steps.throw, error)
                else:
                    go_on = partial(steps.send, outcome)
