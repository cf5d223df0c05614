"""The last calls, each one step by step: `lab.trace`.

    print(lab.trace)                      # the last call
    lab.trace.last("Encrypt")             # the last Encrypt; shows itself in a notebook
    lab.trace.table()                     # one row a call

A trace is a snapshot: calls made later are in the next one. It shows requests and answers as they went over
the wire, plaintexts and data keys among them. No repr does, as reprs end up in logs.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, overload

from labkit.cloud.audit.log import Recorded, find_event
from labkit.cloud.core.call import Call
from labkit.cloud.state.store import Store
from labkit.lens.frames import INTEGER, TEXT, TIME, frame
from labkit.lens.markup import to_html
from labkit.lens.plain import to_text
from labkit.lens.steps import Step, steps_of
from labkit.lens.steps.state import net_changes
from labkit.lens.steps.step import Heading

if TYPE_CHECKING:
    import pandas as pd


class TracedCall:
    """One call under the lens: `steps` are its eight steps as plain data, `call` the gateway's own notes."""

    def __init__(self, call: Call, recorded: Recorded | None) -> None:
        self.call = call
        self._recorded = recorded

    @property
    def operation(self) -> str:
        """The operation's name, such as "Encrypt"; empty if the request named none."""
        return self.call.operation.name if self.call.operation else ""

    @property
    def name(self) -> str:
        """The service and the operation, as policies write them: "kms:Encrypt"."""
        return f"{self.call.service or '?'}:{self.operation or '?'}"

    @property
    def error_code(self) -> str | None:
        """AWS's code for what went wrong, None if nothing did."""
        return self.call.error.code if self.call.error else None

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        assert self.call.response is not None
        return self.call.response.status

    @property
    def outcome(self) -> str:
        """The answer in brief: "200 OK", or the status and the error's code."""
        return f"{self.status} {self.error_code or HTTPStatus(self.status).phrase}"

    @property
    def _heading(self) -> Heading:
        return Heading(self.name, self.outcome, self.call.time, self.error_code is not None)

    @cached_property
    def steps(self) -> list[Step]:
        """What happened, from the wire to the wire."""
        return steps_of(self.call, self._recorded)

    def __repr__(self) -> str:
        return f"<TracedCall {self.name} {self.outcome}>"

    def __str__(self) -> str:
        return to_text(self._heading, self.steps)

    def _repr_html_(self) -> str:
        return to_html(self._heading, self.steps)


class Trace(Sequence[TracedCall]):
    """The last calls, oldest first: `trace[-1]` is the last. A slice of a trace is a trace."""

    def __init__(self, calls: Sequence[Call], events: Mapping[str, Recorded]) -> None:
        self._calls = calls
        self._events = events

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: int) -> TracedCall: ...
    @overload
    def __getitem__(self, index: slice) -> "Trace": ...
    def __getitem__(self, index: int | slice) -> "TracedCall | Trace":
        if isinstance(index, slice):
            return Trace(self._calls[index], self._events)
        call = self._calls[index]
        return TracedCall(call, self._events.get(call.event_id))

    def last(self, operation: str) -> TracedCall:
        """The last call of an operation, such as "Encrypt"; LookupError if these calls have none."""
        for traced in reversed(self):
            if traced.operation == operation:
                return traced
        known = ", ".join(sorted({traced.operation for traced in self} - {""})) or "none"
        raise LookupError(f"no call of {operation} among the last {len(self)}; operations called: {known}")

    def table(self) -> "pd.DataFrame":
        """One row a call, oldest first. `error` is missing where the call succeeded."""
        columns = {
            "time": TIME,
            "service": TEXT,
            "operation": TEXT,
            "who": TEXT,
            "region": TEXT,
            "status": INTEGER,
            "error": TEXT,
            "changes": INTEGER,
            "hsm_operations": INTEGER,
        }
        return frame(columns, [_row(traced) for traced in self])

    def __repr__(self) -> str:
        return f"<Trace of {len(self)} calls>"

    def __str__(self) -> str:
        return str(self[-1]) if self else "No calls yet."

    def _repr_html_(self) -> str:
        return self[-1]._repr_html_() if self else "<p>No calls yet.</p>"


def trace_of(calls: Sequence[Call], store: Store) -> Trace:
    """A trace of these calls, with the audit records that are still kept of them."""
    store.catch_up()  # calls get their events' ids then
    found = {call.event_id: find_event(store, call.event_id) for call in calls if call.event_id}
    return Trace(calls, {event_id: recorded for event_id, recorded in found.items() if recorded})


def _row(traced: TracedCall) -> tuple[object, ...]:
    call = traced.call
    return (
        call.time,
        call.service,
        traced.operation,
        call.principal.name if call.principal else None,
        call.region,
        traced.status,
        traced.error_code,
        len(net_changes(call.changes)),
        len(call.hsm),
    )
