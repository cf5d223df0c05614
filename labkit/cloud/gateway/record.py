"""The audit log is written here, for every call alike: allowed, denied, failed.

What was encrypted never reaches it: a member that the service model marks as sensitive, and every blob, is
left out, as CloudTrail leaves it out.
Source: CloudTrail User Guide, "CloudTrail record contents"; KMS Developer Guide, "Logging AWS KMS API calls".
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from botocore.model import Shape

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.policy.principal import Principal
from labkit.cloud.services.cloudtrail.lookup import resource_type
from labkit.cloud.services.cloudtrail.model import CloudTrailTables, Event

READING = ("Get", "List", "Describe", "Lookup")
HISTORY = timedelta(days=90)


def record(cloud: Cloud, call: Call) -> None:
    """Write down a call that came in through a door."""
    assert call.operation is not None
    assert call.principal is not None
    kind = service_class(call.service)
    name = call.operation.name
    read_only = name.startswith(READING) or (kind is not None and name in kind.reads)
    shown = None
    if call.error is None and not read_only and call.operation.model.output_shape:
        shown = without_secrets(call.operation.model.output_shape, call.result)
    details = {
        "userIdentity": _identity(call.principal),
        "userAgent": call.request.headers.get("user-agent", ""),
        "sourceIPAddress": call.request.source_ip,
        "requestParameters": without_secrets(call.operation.model.input_shape, call.parameters) or None,
        "responseElements": shown or None,
        "eventType": "AwsApiCall",
        "requestID": call.request_id,
    }
    if call.error is not None:
        details |= {"errorCode": call.error.code, "errorMessage": call.error.message}
    _write(cloud, call, name, read_only, details)


def record_event(cloud: Cloud, call: Call, method: str, arguments: Mapping[str, str]) -> None:
    """Write down what a service did by itself, such as DeleteKey at the end of a waiting period."""
    assert call.principal is not None
    name = "".join(part.capitalize() for part in method.split("_"))
    details = {
        "userIdentity": _identity(call.principal),
        "userAgent": call.principal.name,
        "sourceIPAddress": call.principal.name,
        "requestParameters": None,
        "responseElements": None,
        "serviceEventDetails": {_lower(key): value for key, value in arguments.items()},
        "eventType": "AwsServiceEvent",
    }
    _write(cloud, call, name, False, details)


def _write(cloud: Cloud, call: Call, name: str, read_only: bool, details: dict[str, Any]) -> None:
    assert call.principal is not None
    call.event_id = str(uuid.uuid4())
    account = call.principal.account
    events = cloud.store.tables(CloudTrailTables, account, call.region).events
    source = f"{call.service}.amazonaws.com"
    resources = tuple(dict.fromkeys(call.resources))
    body = {
        "eventVersion": "1.11",
        "eventTime": f"{call.time:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": source,
        "eventName": name,
        "awsRegion": call.region,
        "readOnly": read_only,
        "eventID": call.event_id,
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        "resources": [{"accountId": account, "type": resource_type(arn), "ARN": arn} for arn in resources],
    } | details
    last = events.last()
    events.put(
        Event(
            Number=last.Number + 1 if last else 1,
            EventId=call.event_id,
            EventName=name,
            EventSource=source,
            EventTime=call.time,
            ReadOnly=read_only,
            Username=call.principal.name,
            AccessKeyId=call.principal.access_key_id,
            Resources=resources,
            Record=msgspec.json.encode(body).decode(),
        )
    )
    # The event history reaches back 90 days. Each call lets go of at most two old events, so none pays for all.
    for old in events.after(None, 2):
        if old.EventTime < call.time - HISTORY:
            events.delete(old.Number)


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


def without_secrets(shape: Shape | None, value: Any) -> Any:
    """`value` as CloudTrail shows it: names in lower camel case; blobs and sensitive members left out."""
    if shape is None or value is None:
        return None
    if shape.type_name == "structure":
        members = shape.members  # type: ignore[attr-defined]
        return {
            _lower(name): without_secrets(members[name], inner)
            for name, inner in value.items()
            if inner is not None and not _secret(members[name])
        }
    if shape.type_name == "list":
        inner = shape.member  # type: ignore[attr-defined]
        return [without_secrets(inner, one) for one in value]
    if shape.type_name == "map":
        inner = shape.value  # type: ignore[attr-defined]
        return {key: without_secrets(inner, one) for key, one in value.items()}
    if isinstance(value, datetime):
        return f"{value:%b %d, %Y, %I:%M:%S %p}"
    return value


def _secret(shape: Shape) -> bool:
    return shape.type_name == "blob" or bool(shape.metadata.get("sensitive"))


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
