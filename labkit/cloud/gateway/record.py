"""The audit log is written here, for every call alike: allowed, denied, failed.

A call is told to its caller's account, and to the account whose resource it used, if that is another one and
it was not denied. An answer must not wait for its event to be written out: the last few calls are held as
they were, and are written down many at a time, or before anybody reads.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache, partial
from inspect import signature
from typing import Any

import msgspec
from botocore import xform_name

from labkit.cloud.audit.event import (
    API_CALL,
    SERVICE_EVENT,
    Action,
    Event,
    Identity,
    Origin,
    account_of,
    identity_of,
    seen_from_outside,
)
from labkit.cloud.audit.log import EventLog
from labkit.cloud.audit.record import INTERNAL
from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.gateway.redaction import Redactor, redactor
from labkit.cloud.gateway.telling import tell_eventbridge
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols import contract
from labkit.cloud.state.arns import partition_of
from labkit.cloud.state.tables import Scope
from labkit.crypto.randomness import public_uuid
from labkit.records import Record, replace

READING = ("Get", "List", "Describe", "Lookup", "Simulate", "AssumeRole")
# CloudTrail shows the answer only of what changes something, and of calls that hand out credentials.
ANSWERED = ("AssumeRole", "GetSessionToken", "GetFederationToken")
DENIED = "AccessDenied"

# Services that have one endpoint for all regions of a partition, and where their events are recorded then.
OFTEN_AT_HOME = frozenset({"iam", "sts"})
HOME_REGION = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

_encode = msgspec.json.Encoder().encode


class Form(Record):
    """How calls of one operation are written down. `material_ids` are the members of the answer
    that additionalEventData tells; `encrypts` is whether it has to be asked of the HSM, as Encrypt's answer
    has no such member; `names_key` is whether responseElements name the key though the answer doesn't.
    """

    action: Action
    parameters: Redactor
    answer: Redactor | None
    material_ids: tuple[str, ...]
    encrypts: bool
    names_key: bool


@cache
def form_of(service: str, operation: str) -> Form:
    """The form for an operation. It names an algorithm or a message type, also where the caller relied on
    the default.
    """
    model = contract(service).model.operation_model(operation)
    kind = service_class(service)
    read_only = operation.startswith(READING) or (kind is not None and operation in kind.reads)
    names = kind.event_names if kind is not None else {}
    method = getattr(kind, xform_name(operation), None)
    chosen = signature(method).parameters.values() if method else ()
    members = frozenset(model.output_shape.members if model.output_shape else ())
    return Form(
        Action(names.get(operation, operation), f"{service}.amazonaws.com", read_only),
        redactor(
            model.input_shape,
            {one.name: one.default for one in chosen if isinstance(one.default, str) and one.default},
        ),
        None if read_only and not operation.startswith(ANSWERED) else redactor(model.output_shape),
        tuple(sorted(name for name in members if name.endswith("KeyMaterialId"))) if read_only else (),
        (service, operation) == ("kms", "Encrypt"),
        service == "kms" and not read_only and members.isdisjoint({"KeyMetadata", "ReplicaKeyMetadata"}),
    )


def record(cloud: Cloud, call: Call) -> None:
    """Write down a call that came in through a door: at once if a file or EventBridge waits for it."""
    if cloud.store.durable or cloud.tables.listeners.records:
        record_with_inner(cloud, call)
    else:
        cloud.store.put_off(_record_late, cloud, call)


def record_with_inner(cloud: Cloud, call: Call, *, late: bool = False) -> None:
    """Write down a call after those that services made to answer it."""
    if call.inner:
        record_inner(cloud, call, late=late)
    assert call.operation is not None
    if not is_data_event(call.service, call.operation.name):
        _write(cloud, call, _event_of(call), late=late)


_record_late = partial(record_with_inner, late=True)


def record_inner(cloud: Cloud, call: Call, *, late: bool = False) -> None:
    """Write down the calls that services made for this one, and not the call itself."""
    for inner in call.inner:
        record_with_inner(cloud, inner, late=late)


@cache
def is_data_event(service: str, operation: str) -> bool:
    """Whether CloudTrail's history leaves this operation out, as it does with what is done to data."""
    kind = service_class(service)
    return kind is not None and operation in kind.data_events


def _event_of(call: Call) -> Event:
    assert call.operation is not None
    assert call.principal is not None
    request, error, used = call.request, call.error, _once(call.resources)
    form, identity, origin = _shared(
        call.service,
        call.operation.name,
        call.principal,
        request.source_ip,
        request.headers.get("user-agent", ""),
        request.host if request.scheme == "https" and not call.via else "",
        call.via[-1] if call.via else "",
    )
    event = Event(
        public_uuid(),
        call.time,
        form.action,
        identity,
        origin,
        call.request_id,
        used,
        _json(form.parameters(call.parameters)),
        "" if form.answer is None or error is not None else _answer(call, form, used),
        _additional(call, form) if error is None else "",
    )
    if error is None:
        return event
    return replace(event, ErrorCode=_error_code(error.code), ErrorMessage=error.message)


def _answer(call: Call, form: Form, resources: tuple[str, ...]) -> str:
    assert form.answer is not None
    answer = form.answer(call.result)
    if form.names_key and (key := _first_key(resources)):
        answer = {"keyId": key} | (answer or {})
    return _json(answer)


def record_event(cloud: Cloud, call: Call, method: str, details: Mapping[str, Any]) -> None:
    """Write down what a service did by itself, such as DeleteKey at the end of a waiting period.

    `details` are the serviceEventDetails, in upper camel case.
    """
    _write(cloud, call, _service_event(call, method, details))


def _service_event(call: Call, method: str, details: Mapping[str, Any]) -> Event:
    assert call.principal is not None
    name = "".join(part.capitalize() for part in method.split("_"))
    if call.service == "secretsmanager":
        return _secret_event(call, name, details)
    resources = _once(call.resources)
    # The documentation shows copies between regions as calls, though nobody made them.
    called = name == "SynchronizeMultiRegionKey"
    told = {label[:1].lower() + label[1:]: value for label, value in details.items()}
    return Event(
        public_uuid(),
        call.time,
        Action(name, f"{call.service}.amazonaws.com", False, API_CALL if called else SERVICE_EVENT),
        Identity("", call.principal.account, ""),
        Origin(INTERNAL, INTERNAL),
        call.request_id if called else "",
        resources,
        "" if called else _json(told),
        _json({"keyId": _first_key(resources)} if name == "DeleteKey" else None),
    )


def _secret_event(call: Call, name: str, details: Mapping[str, str]) -> Event:
    """Secrets Manager names itself as the one that did it, and says what went wrong."""
    assert call.principal is not None
    itself = f"{call.service}.amazonaws.com"
    return Event(
        public_uuid(),
        call.time,
        Action(name, itself, False, SERVICE_EVENT),
        Identity("", call.principal.account, ""),
        Origin(itself, itself, InvokedBy=itself),
        Parameters=_json({"SecretId": details["SecretId"], "VersionId": details["VersionId"]}),
        ErrorMessage=details.get("ErrorMessage", ""),
    )


def _write(cloud: Cloud, call: Call, event: Event, *, late: bool = False) -> None:
    """Put the event into the history of everybody whom it concerns.

    When it is `late`, the call's transaction has ended, and nobody listened who would have had to be told.
    """
    assert call.principal is not None
    store, mine = cloud.store, call.principal.account
    put = EventLog.take if late else store.append
    region = _region(call) if call.service in OFTEN_AT_HOME else call.region
    owners = _owners(tuple(call.resources), mine)
    if owners and event.ErrorCode != DENIED:
        event = replace(event, SharedEventId=public_uuid() if mine else "")
        for owner in owners:
            seen = replace(event, EventId=public_uuid(), Identity=seen_from_outside(event.Identity))
            put(store.log(EventLog, owner, region), seen)
            call.event_id = seen.EventId
    if mine:  # who signed nothing is in no account
        put(store.log(EventLog, mine, region), event)
        call.event_id = event.EventId
        if not late and cloud.tables.listeners.records:
            tell_eventbridge(cloud, call, Scope(mine, region), event)


@lru_cache(maxsize=4096)
def _owners(resources: tuple[str, ...], mine: str) -> tuple[str, ...]:
    """The accounts that own these resources, without the caller's own."""
    return tuple(sorted(set(map(account_of, resources)) - {mine, ""}))


@lru_cache(maxsize=4096)
def _shared(
    service: str,
    operation: str,
    principal: Principal,
    source_ip: str,
    user_agent: str,
    tls_host: str,
    invoked_by: str,
) -> tuple[Form, Identity, Origin]:
    """What thousands of calls share; a caller is equal to itself alone, so nothing long is compared."""
    origin = Origin(source_ip, user_agent, tls_host, invoked_by)
    return form_of(service, operation), identity_of(principal), origin


def _additional(call: Call, form: Form) -> str:
    """Which key material was used. It has an id that the outside knows only if it is symmetric."""
    if form.encrypts:
        last = call.hsm[-1] if call.hsm else None
        if last is None or last.primitive != "AES-256-GCM":
            return ""
        return _materials(("KeyMaterialId", last.material))
    result = call.result or {}
    return _materials(*[(name, result[name]) for name in form.material_ids if name in result])


@lru_cache(maxsize=1024)
def _materials(*ids: tuple[str, str]) -> str:
    return _json({name[:1].lower() + name[1:]: material_id for name, material_id in ids})


def _once(resources: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(resources))


def _first_key(resources: Iterable[str]) -> str | None:
    return next((arn for arn in resources if ":key/" in arn), None)


def _error_code(code: str) -> str:
    """KMS's AccessDeniedException is AccessDenied to CloudTrail, as is that of other services."""
    return DENIED if code == "AccessDeniedException" else code


def _region(call: Call) -> str:
    """The region in whose history a call of a service stands that has an endpoint for all regions."""
    regional = call.service == "sts" and call.request.host != "sts.amazonaws.com"
    return call.region if regional else HOME_REGION[partition_of(call.region)]


def _json(value: Any) -> str:
    return _encode(value).decode() if value else ""
