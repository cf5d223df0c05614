"""Invoke: hand an event to a function, and wait for its answer, or not.

    RequestResponse    wait; an exception of the code is an answer, too, with FunctionError
    Event              don't wait; a function that fails is called again after one and after two minutes
    DryRun             ask only whether the caller may

AWS calls for an Event from a queue of its own. Here the code runs as soon as the call is answered, on the
lab's clock, and with nothing else at the same time.
Source: Lambda API Reference, "Invoke"; Lambda Developer Guide, "Understanding retry behavior in Lambda",
"Lambda quotas".
"""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labkit.cloud.core.outside import Steps
from labkit.cloud.core.own_keys import open_own, seal_own
from labkit.cloud.policy.principal import service_principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.lambda_.model import LATEST
from labkit.cloud.services.lambda_.running import Running
from labkit.cloud.services.lambda_.service import USER, faults, invalid, too_large

RESPONSE, EVENT, DRY_RUN = "RequestResponse", "Event", "DryRun"
MOST_BYTES = {RESPONSE: 6_291_456, EVENT: 1_048_576, DRY_RUN: 6_291_456}
MOST_ANSWERED = 6_291_556
TAIL = 4096
RETRIES = 2


class Invoking(Running):
    """Invoke."""

    def invoke(
        self,
        FunctionName: str,
        InvocationType: str = RESPONSE,
        LogType: str = "None",
        ClientContext: str | None = None,
        DurableExecutionName: str | None = None,
        Payload: bytes = b"",
        Qualifier: str | None = None,
        TenantId: str | None = None,
    ) -> Steps:
        """Hand an event, which is JSON, to a function; by default wait for what it returns.

        Raises:
            ResourceNotFoundException: there is no such function, version or alias.
            AccessDeniedException: neither the caller's policies nor the function's let the caller.
            InvalidRequestContentException: the event is no JSON. RequestEntityTooLargeException.
            TooManyRequestsException: as many as are reserved for the function are at work.
        """
        reference = self.refer(FunctionName, Qualifier)
        function = self.find(reference, "lambda:InvokeFunction", anywhere=True)
        self.check_built(DurableExecutionName=DurableExecutionName, TenantId=TenantId)
        version = self.version(reference if reference.qualifier else reference._replace(qualifier=LATEST))
        context = _client_context(ClientContext)
        _check_payload(Payload, InvocationType)
        if InvocationType == DRY_RUN:
            return {"StatusCode": 204}
        # From here on Lambda acts itself, in the account of the function.
        owner = type(self)(self.cloud, self.call, service_principal(self.name, reference.account))
        if InvocationType == EVENT:
            owner._plan(reference.arn, Payload, self.call.request_id, 0)
            return {"StatusCode": 202}
        outcome, log = yield from owner.run(function, version, reference.arn, Payload, context)
        failed, payload = outcome.failed, outcome.payload
        if len(payload) > MOST_ANSWERED:
            failed = True
            payload = _answer_too_large()
        told: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": version.Version, "Payload": payload}
        if failed:
            told["FunctionError"] = "Unhandled"
        if LogType == "Tail":
            told["LogResult"] = base64.b64encode(log.encode()[-TAIL:]).decode()
        return told

    def _plan(self, function_arn: str, payload: bytes, request_id: str, attempt: int) -> None:
        """Have an event handled: now, and after a failure one minute later, and then two."""
        due = self.now + timedelta(minutes=attempt)
        sealed = seal_own(self.cloud.hsm_memory, self.name, payload)
        told = {
            "function_arn": function_arn,
            "payload": base64.b64encode(sealed).decode(),
            "request_id": request_id,
            "attempt": str(attempt),
        }
        self.plan(f"lambda event {request_id}", due, "_handle_event", told)

    def _handle_event(self, function_arn: str, payload: str, request_id: str, attempt: str) -> Steps:
        """Handle an event that nobody waits for."""
        self.call.request_id = request_id
        event = open_own(self.cloud.hsm_memory, self.name, base64.b64decode(payload))
        count = int(attempt)
        reference = self.refer(function_arn)
        function = self.tables.functions.get(reference.name)
        if function is None:
            return {}  # deleted meanwhile
        try:
            outcome, _ = yield from self.run(function, self.version(reference), function_arn, event)
            failed = outcome.failed
        except AwsError:
            failed = True  # throttled, or its role or the version is gone
        if failed and count < RETRIES:
            self._plan(function_arn, event, request_id, count + 1)
        return {}


def _check_payload(payload: bytes, kind: str) -> None:
    most = MOST_BYTES[kind]
    if len(payload) > most:
        if kind == EVENT:
            raise too_large(
                f"{len(payload)} byte payload is too large for the Event invocation type (limit {most} bytes)"
            )
        raise too_large(f"Request must be smaller than {most} bytes for the InvokeFunction operation")
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        raise faults.InvalidRequestContentException(
            f"Could not parse request body into json: Could not parse payload into json: {_place(error)}",
            Type=USER,
        ) from None


def _place(error: ValueError) -> str:
    """What is wrong and where, but not what was sent."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}: line {error.lineno}, column {error.colno}"
    return "it is not UTF-8"


def _client_context(text: str | None) -> Mapping[str, Any] | None:
    if not text:
        return None
    try:
        told = json.loads(base64.b64decode(text, validate=True))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise invalid("Client context must be a valid Base64-encoded JSON object.")
    return told


def _answer_too_large() -> bytes:
    return json.dumps(
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": f"Response payload size exceeded maximum allowed payload size ({MOST_ANSWERED} "
            "bytes).",
        }
    ).encode()
