"""The audit log is written here, for every call alike: allowed, denied, failed.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.gateway.redaction import Redactor, redactor
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols import contract
from labkit.cloud.services.cloudtrail.model import CloudTrailTables, Event, resource_type
from labkit.crypto.randomness import random_uuid

READING = ("Get", "List", "Describe", "Lookup")
HISTORY = timedelta(days=90)
TRIM_EVERY = 64


class Form(NamedTuple):
    """How calls of one operation are written down."""

    read_only: bool
    parameters: Redactor
    answer: Redactor


@cache
def form_of(service: str, operation: str) -> Form:
    """The form for an operation. CloudTrail shows the answer only of what changes something."""
    model = contract(service).model.operation_model(operation)
    kind = service_class(service)
    read_only = operation.startswith(READING) or (kind is not None and operation in kind.reads)
    return Form(read_only, redactor(model.input_shape), redactor(None if read_only else model.output_shape))


def record(cloud: Cloud, call: Call) -> None:
    """Write down a call that came in through a door."""
    assert call.operation is not None
    assert call.principal is not None
    form = form_of(call.service, call.operation.name)
    details = {
        "userIdentity": _identity(call.principal),
        "userAgent": call.request.headers.get("user-agent", ""),
        "sourceIPAddress": call.request.source_ip,
        "requestParameters": form.parameters(call.parameters) or None,
        "responseElements": form.answer(call.result) or None if call.error is None else None,
        "requestID": call.request_id,
        "readOnly": form.read_only,
        "eventType": "AwsApiCall",
    }
    if call.error is not None:
        details["errorCode"] = call.error.code
        details["errorMessage"] = call.error.message
    _write(cloud, call, call.operation.name, form.read_only, details)


def record_event(cloud: Cloud, call: Call, method: str, arguments: Mapping[str, str]) -> None:
    """Write down what a service did by itself, such as DeleteKey at the end of a waiting period."""
    assert call.principal is not None
    details = {
        "userIdentity": _identity(call.principal),
        "userAgent": call.principal.name,
        "sourceIPAddress": call.principal.name,
        "requestParameters": None,
        "responseElements": None,
        "serviceEventDetails": {name[:1].lower() + name[1:]: value for name, value in arguments.items()},
        "readOnly": False,
        "eventType": "AwsServiceEvent",
    }
    _write(cloud, call, "".join(part.capitalize() for part in method.split("_")), False, details)


def _write(cloud: Cloud, call: Call, name: str, read_only: bool, details: dict[str, Any]) -> None:
    assert call.principal is not None
    call.event_id = random_uuid()
    account = call.principal.account
    source = f"{call.service}.amazonaws.com"
    resources = tuple(dict.fromkeys(call.resources))
    details |= {
        "eventVersion": "1.11",
        "eventTime": call.time.isoformat(timespec="seconds")[:19] + "Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": call.region,
        "eventID": call.event_id,
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        "resources": [{"accountId": account, "type": resource_type(arn), "ARN": arn} for arn in resources],
    }
    events = cloud.store.tables(CloudTrailTables, account, call.region).events
    last = events.last()
    number = last.Number + 1 if last else 1
    events.put(
        Event(
            number,
            call.event_id,
            name,
            source,
            call.time,
            read_only,
            call.principal.name,
            call.principal.access_key_id,
            resources,
            msgspec.json.encode(details).decode(),
        )
    )
    if number % TRIM_EVERY == 0:
        # The event history reaches back 90 days. Two leave for each that came, so it shrinks after a rush.
        for old in events.after(None, 2 * TRIM_EVERY):
            if old.EventTime < call.time - HISTORY:
                events.delete(old.Number)


@lru_cache(maxsize=1024)
def _identity(principal: Principal) -> dict[str, Any]:
    if principal.kind == "AWSService":
        return {"type": "AWSService", "invokedBy": principal.name}
    return {
        "type": principal.kind,
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": principal.access_key_id,
        "userName": principal.name,
    }
