"""The audit log is written here, for every call alike: allowed, denied, failed."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from inspect import signature
from typing import Any, NamedTuple

from botocore import xform_name

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.gateway.redaction import Redactor, redactor
from labkit.cloud.protocols import contract
from labkit.cloud.services.cloudtrail.model import CloudTrailTables, Event
from labkit.cloud.services.cloudtrail.record import BY_ITSELF, INTERNAL
from labkit.crypto.randomness import random_uuid

READING = ("Get", "List", "Describe", "Lookup")
HISTORY = timedelta(days=90)
TRIM_EVERY = 64


class Form(NamedTuple):
    """How calls of one operation are written down; `defaults` is told where a caller left it out."""

    read_only: bool
    defaults: dict[str, str]
    parameters: Redactor
    answer: Redactor


@cache
def form_of(service: str, operation: str) -> Form:
    """The form for an operation. CloudTrail shows the answer only of what changes something.

    It always names an algorithm or a message type, also where the caller relied on the default.
    """
    model = contract(service).model.operation_model(operation)
    kind = service_class(service)
    read_only = operation.startswith(READING) or (kind is not None and operation in kind.reads)
    method = getattr(kind, xform_name(operation), None)
    chosen = signature(method).parameters.values() if method else ()
    return Form(
        read_only,
        {one.name: one.default for one in chosen if isinstance(one.default, str) and one.default},
        redactor(model.input_shape),
        redactor(None if read_only else model.output_shape),
    )


def record(cloud: Cloud, call: Call) -> None:
    """Write down a call that came in through a door."""
    assert call.operation is not None
    error = call.error
    form = form_of(call.service, call.operation.name)
    _write(
        cloud,
        call,
        EventName=call.operation.name,
        ReadOnly=form.read_only,
        RequestId=call.request_id,
        UserAgent=call.request.headers.get("user-agent", ""),
        SourceIp=call.request.source_ip,
        Parameters=form.parameters(form.defaults | call.parameters) or {},
        Answer=form.answer(call.result) if error is None else None,
        ErrorCode=error.code if error else None,
        ErrorMessage=error.message if error else None,
    )


def record_event(cloud: Cloud, call: Call, method: str, arguments: Mapping[str, str]) -> None:
    """Write down what a service did by itself, such as DeleteKey at the end of a waiting period."""
    assert call.principal is not None
    _write(
        cloud,
        call,
        EventName="".join(part.capitalize() for part in method.split("_")),
        ReadOnly=False,
        EventType=BY_ITSELF,
        UserAgent=INTERNAL,
        SourceIp=INTERNAL,
        Parameters={name[:1].lower() + name[1:]: value for name, value in arguments.items()},
    )


def _write(cloud: Cloud, call: Call, **facts: Any) -> None:
    assert call.principal is not None
    call.event_id = random_uuid()
    events = cloud.store.tables(CloudTrailTables, call.principal.account, call.region).events
    last = events.last()
    number = last.Number + 1 if last else 1
    events.put(
        Event(
            Number=number,
            EventId=call.event_id,
            EventSource=f"{call.service}.amazonaws.com",
            EventTime=call.time,
            Region=call.region,
            Principal=call.principal,
            Resources=tuple(dict.fromkeys(call.resources)),
            **facts,
        )
    )
    if number % TRIM_EVERY == 0:
        # The event history reaches back 90 days. Two leave for each that came, so it shrinks after a rush.
        for old in events.after(None, 2 * TRIM_EVERY):
            if old.EventTime < call.time - HISTORY:
                events.delete(old.Number)
