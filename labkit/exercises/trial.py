"""A trial: a student's answer, a fresh lab to try it in, and the audit log that tells what it did.

The fresh lab answers every client that is made while the trial lasts, also where the student's own lab is
running and serving; when it ends, everything is put back. The checker signs with an access key of its own, so
that CloudTrail tells its calls from the student's.
"""

import os
from collections.abc import Mapping, Sequence
from dis import get_instructions
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn, Self, TypeVar

import boto3

from labkit.cloud.audit.log import EventLog
from labkit.cloud.audit.record import event_record
from labkit.cloud.gateway.administrator import SECRET_ACCESS_KEY
from labkit.exercises import shown
from labkit.exercises.findings import Missed, NotYet
from labkit.exercises.patience import run
from labkit.exercises.variant import Variant
from labkit.lab import Environment, Lab

CHECKER, STUDENT = "AKIACHECKEREXAMPLE00", "AKIASTUDENTEXAMPLE00"

T = TypeVar("T")


class Trial:
    """What a check is given. Use it in a `with` block: the fresh lab runs as long as the block.

    `stub` is the cell as the student was given it. `lab` is the fresh lab, `namespace` what the student has
    defined (not to be written to), `printed` all that the functions called have printed. The same `variant`
    gives the same random values.
    """

    def __init__(self, stub: str, namespace: Mapping[str, Any], variant: bytes | None = None) -> None:
        self._stub = stub
        self.namespace = namespace
        self.printed = ""
        self.lab = Lab()
        self._surroundings = Environment(
            {name: None for name in os.environ if name.startswith("AWS_ENDPOINT_URL")}
        )
        self._variant = Variant(variant)
        self._calls: list[list[dict[str, Any]]] = []

    def __enter__(self) -> Self:
        # A lab that serves has set one of these variables, which would lead every client to its own door.
        self._surroundings.__enter__()
        self.lab.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.close()
        self._surroundings.__exit__()

    # The fresh lab and what happened in it.

    @property
    def region(self) -> str:
        """The region of clients for which none is named."""
        return os.environ["AWS_DEFAULT_REGION"]

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of the fresh lab for the check itself; `events` leaves out what it does."""
        return self._client(service, region, CHECKER)

    def student(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of the fresh lab to hand to a student's function."""
        return self._client(service, region, STUDENT)

    def as_user(self, service: str, access_key: Mapping[str, Any]) -> Any:
        """A boto3 client of the fresh lab that signs with an `AccessKey` as CreateAccessKey returns it."""
        return self._client(service, None, access_key["AccessKeyId"], access_key["SecretAccessKey"])

    def events(self, name: str | None = None, *, last_call: bool = False) -> list[dict[str, Any]]:
        """CloudTrail's records of what the student's functions called, oldest first; with `name`, only those.

        With `last_call` only what the last `call` did. Refused calls are among them: `errorCode` tells.
        """
        calls = self._calls[-1:] if last_call else self._calls
        return [event for call in calls for event in call if name in (None, event["eventName"])]

    # The student's answer.

    def call(self, name: str, *arguments: object, **named: object) -> Any:
        """Call the student's function `name`, and return what it returns.

        Raises:
            NotYet: there is no such function, or it still is what the student was given.
            Missed: it raises, SystemExit too, or does not come back.
        """
        function = self.value(name)
        if not callable(function):
            raise Missed(f"{name} is a function", shown.shown(function))
        if self._is_untouched(function):
            raise NotYet(f"{name}() is still to be written.")
        before, own_before = self._next_numbers(), self._own_lab_seen()
        try:
            came, printed = run(function, arguments, named)
        except Missed as missed:
            if self._own_lab_seen() != own_before:
                raise Missed(
                    missed.expected,
                    f"{missed.came}; it called your own lab, not by the client that it was given",
                ) from None
            raise
        finally:
            self._calls.append(self._since(before))
        self.printed += printed
        if came is ...:
            raise NotYet(f"{name}() returns the three dots: something is still to be written.")
        return came

    def error_of(self, name: str, *arguments: object) -> BaseException | None:
        """Call the student's function `name`, and return the error that it raises; None if it raises none.

        Raises:
            NotYet, Missed: as `call` does, but for the error itself.
        """
        try:
            self.call(name, *arguments)
        except Missed as missed:
            if missed.__cause__ is None:
                raise
            return missed.__cause__
        return None

    def value(self, name: str) -> Any:
        """Return the student's variable `name`. NotYet where it is missing or still `...`."""
        found = self.namespace.get(name, ...)
        if found is ...:
            raise NotYet(f"{name} is still to be written, or its cell has not run yet.")
        return found

    @property
    def own_lab(self) -> Lab:
        """The lab that the student has started in the notebook. NotYet where there is none.

        Look at it through its windows, such as `own_lab.keys()`: they leave no event in its log.
        """
        if (found := self._find_own_lab()) is None:
            raise NotYet("There is no lab yet: run the cell at the top that starts it.")
        return found

    @property
    def folder(self) -> Path:
        """The student's workspace."""
        return Path.cwd()

    # The judgement.

    def expect(self, ok: bool, expected: str, came: object = "", smells: str = "") -> None:
        """Raise Missed unless `ok` is True itself: `value == expected` of a student's class may be anything.

        `came` is a text about what came, or the value. `smells` is a misconception such as "M10".
        """
        if ok is not True:
            raise Missed(expected, self._with_printed(came), smells)

    def miss(self, expected: str, came: object = "", smells: str = "") -> NoReturn:
        """Raise Missed."""
        raise Missed(expected, self._with_printed(came), smells)

    def same(self, value: object, expected: object) -> bool:
        """Whether the values are equal and of the very same class all the way down: True is not 1."""
        return shown.same(value, expected)

    def shown(self, value: object) -> str:
        """Return a value as a message may show it: short."""
        return shown.shown(value)

    # Random values.

    def random_bytes(self, count: int) -> bytes:
        """`count` random bytes."""
        return self._variant.random_bytes(count)

    def integer(self, low: int, high: int) -> int:
        """A random integer from `low` to `high`, both included."""
        return self._variant.integer(low, high)

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return self._variant.choice(options)

    def word(self, length: int = 8) -> str:
        """A random word of small letters."""
        return self._variant.word(length)

    def _client(
        self, service: str, region: str | None, access_key_id: str, secret: str = SECRET_ACCESS_KEY
    ) -> Any:
        return _session().client(
            service,  # type: ignore[call-overload]
            region_name=region or self.region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret,
        )

    def _next_numbers(self) -> dict[object, int]:
        with self.lab.gateway.lock:
            return {log.scope: log.next_number for log in self.lab.cloud.store.logs(EventLog)}

    def _since(self, before: dict[object, int]) -> list[dict[str, Any]]:
        with self.lab.gateway.lock:
            found = [
                (event.EventTime, event_record(event, log.scope.account, log.scope.region))
                for log in self.lab.cloud.store.logs(EventLog)
                for _, event in reversed(log.page(limit=log.next_number - before.get(log.scope, 1)))
                if event.Identity.AccessKeyId != CHECKER
            ]
        return [record for _, record in sorted(found, key=lambda pair: pair[0])]

    def _find_own_lab(self) -> Lab | None:
        labs = [value for value in self.namespace.values() if isinstance(value, Lab)]
        named = self.namespace.get("lab")
        return named if isinstance(named, Lab) else next(iter(labs), None)

    def _own_lab_seen(self) -> object:
        """Whatever changes with a call that reaches the student's own lab."""
        own = self._find_own_lab()
        return own.gateway.calls[-1] if own is not None and own.gateway.calls else None

    def _is_untouched(self, function: object) -> bool:
        given = _functions(self._stub).get(getattr(function, "__name__", ""))
        code = getattr(function, "__code__", None)
        return given is not None and code is not None and _gist(code) == _gist(given)

    def _with_printed(self, came: object) -> str:
        if came is None and self.printed:
            return f"None; it printed {shown.shown(self.printed.strip())}, but returned nothing"
        return shown.told(came)


@cache
def _session() -> boto3.Session:
    # One for all trials: a session reads botocore's models once, and that is most of the time a client takes.
    return boto3.Session()


@cache
def _functions(cell: str) -> dict[str, CodeType]:
    """The functions that a cell's text defines, compiled; none where it is not plain Python."""
    try:
        compiled = compile(cell, "<stub>", "exec")
    except SyntaxError:
        return {}
    return {code.co_name: code for code in compiled.co_consts if isinstance(code, CodeType)}


def _gist(code: CodeType) -> list[tuple[str, object]]:
    """What a function does, step by step, whatever its docstring says."""
    return [
        (step.opname, _gist(step.argval) if isinstance(step.argval, CodeType) else step.argval)
        for step in get_instructions(code)
        if step.opname != "NOP"
    ]
