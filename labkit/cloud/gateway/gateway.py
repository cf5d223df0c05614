"""One request, from top to bottom. Both doors lead here, and there is no other way in.

identify -> route -> parse -> check -> act (in a transaction) -> record -> commit -> serialise

What one service asks of another takes the same steps, save for the wire: see `call_within`. What takes a
while acts in several transactions, with others' calls in between: see `core/outside`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.defects import log_without_values
from labkit.cloud.core.faults import not_built
from labkit.cloud.core.outside import Steps, carry_through
from labkit.cloud.gateway import directory
from labkit.cloud.gateway.agenda import run_due
from labkit.cloud.gateway.identify import identify, read_signer
from labkit.cloud.gateway.record import record
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols import Contract, contract
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.state.store import LabClosedError
from labkit.cloud.state.tables import Change
from labkit.crypto.randomness import public_uuid

CALLS_REMEMBERED = 50  # at least, and up to twice as many: many are forgotten faster than one by one
LARGE, LARGE_REMEMBERED = 256 * 1024, 5  # calls of so many bytes are remembered in small number
PART_OF = {"ebs": "ec2"}  # to other services, EBS's direct APIs are a part of EC2


class Gateway:
    """Answers requests, one at a time, and remembers the last calls for the lens.

    One with `strict` identities checks every signature, and knows no access key that was not made.
    """

    def __init__(self, cloud: Cloud, *, strict: bool = False) -> None:
        self.cloud = cloud
        self.strict = strict
        cloud.call_within = self.call_within
        cloud.call_and_wait = self.call_and_wait
        self.lock = cloud.lock
        self.calls: list[Call] = []

    def handle(self, request: HttpRequest) -> HttpResponse:
        """The answer to one request. It never raises: what goes wrong is an answer too."""
        with self.lock:
            now = self.cloud.clock.now()
            run_due(self.cloud, now)
            call = Call(request, public_uuid(), now)
            try:
                response = self._answer(call)
            except LabClosedError:
                call.error = aws_error("ServiceUnavailable", 503, "The lab was closed before it answered.")
                response = _refusal(call)
            except Exception as defect:  # noqa: BLE001 - whatever it is, it must become an answer
                # The lab's own defect: the client gets AWS's sentence for it, the log where it happened.
                log_without_values(defect, f"answering {call!r}")
                call.error = aws_error(
                    "InternalFailure", 500, "The request processing has failed because of an unknown error."
                )
                response = _refusal(call)
            call.response = response
            self.calls.append(call)
            if len(self.calls) == 2 * CALLS_REMEMBERED:
                del self.calls[:CALLS_REMEMBERED]
            if len(request.body) + len(response.body) > LARGE:
                self._forget_large()
            return response

    def _forget_large(self) -> None:
        large = [call for call in self.calls if _is_large(call)]
        if len(large) > LARGE_REMEMBERED:
            self.calls.remove(large[0])

    def _answer(self, call: Call) -> HttpResponse:
        try:
            self._identify(call)
            assert call.contract is not None
            call.operation = call.contract.route(call.request)
            call.parameters, checked = call.operation.parse_and_tell(call.request)
        except AwsError as error:
            call.error = error
            return _refusal(call)
        with self.cloud.store.transaction as changes:
            try:
                if not checked:
                    call.operation.check(call.parameters)
                result = self._act(call)
                if not isinstance(result, dict):
                    result = carry_through(result, partial(self._outside, call, changes))
                if not call.decisions:
                    raise NeverAskedError(call)
                call.result = result
                response = call.operation.serialize(call.result, call.request_id)
            except AwsError as error:
                # What it did is taken back; that it was tried is written down all the same.
                self.cloud.store.undo(changes, 0)
                call.error = error
                response = _refusal(call)
            if changes:
                call.changes += tuple(changes)
            record(self.cloud, call)
        if changes:
            # What AWS does once it has answered, such as a rotation that was asked for.
            run_due(self.cloud, call.time)
        return response

    def call_within(
        self, outer: Call, principal: Principal, service: str, operation: str, region: str, **parameters: Any
    ) -> dict[str, Any]:
        """A call that a service makes, as `principal`, to answer `outer`: in the same transaction, recorded
        as an event of its own. Returns the result; raises the AwsError that the other service answers with.
        """
        call = self._inner(outer, principal, service, operation, region, parameters)
        assert call.operation is not None
        with self.cloud.store.transaction as changes:
            before = len(changes)
            try:
                call.operation.check(parameters)
                result = self._act(call)
                assert isinstance(result, dict), f"{operation} takes a while: ask_and_wait for it"
                if not call.decisions:
                    raise NeverAskedError(call)
                call.result = result
            except AwsError as error:
                call.error = error
                raise
            call.changes = tuple(changes[before:])
        return call.result

    def call_and_wait(
        self, outer: Call, principal: Principal, service: str, operation: str, region: str, **parameters: Any
    ) -> Steps:
        """The same for an operation that takes a while; its changes are among those of `outer`."""
        call = self._inner(outer, principal, service, operation, region, parameters)
        assert call.operation is not None
        try:
            call.operation.check(parameters)
            result = self._act(call)
            if not isinstance(result, dict):
                result = yield from result
            if not call.decisions:
                raise NeverAskedError(call)
            call.result = result
        except AwsError as error:
            call.error = error
            raise
        return call.result

    @contextmanager
    def _outside(self, call: Call, changes: list[Change]) -> Iterator[None]:
        """A block outside the lab, in the midst of a call; the lens is told what was changed before it."""
        call.changes += tuple(changes)
        with self.cloud.outside():
            yield

    def _inner(
        self,
        outer: Call,
        principal: Principal,
        service: str,
        operation: str,
        region: str,
        parameters: dict[str, Any],
    ) -> Call:
        """A call that is made to answer `outer`."""
        host = f"{PART_OF.get(outer.service, outer.service)}.amazonaws.com"
        request = HttpRequest("WITHIN", "https", host, "/", source_ip=host, headers={"user-agent": host})
        call = Call(request, public_uuid(), outer.time, service, region, (*outer.via, host), principal)
        outer.inner = (*outer.inner, call)
        call.contract = contract(service)
        call.operation = call.contract.operations[operation]
        call.parameters = parameters
        return call

    def _identify(self, call: Call) -> None:
        signer = read_signer(call.request)
        call.region, call.service = signer.region, signer.service
        call.contract = directory.find_contract(call.service)
        call.principal = identify(self.cloud, call.request, signer, strict=self.strict)
        call.signature_checked = self.strict and bool(signer.access_key_id)

    def _act(self, call: Call) -> dict[str, Any] | Steps:
        """What the service's method returns: the result, or the steps to it."""
        assert call.operation is not None
        assert call.principal is not None
        built = directory.find_built(call.service, call.operation.name)
        if beyond := built.beyond.intersection(call.parameters):
            raise not_built(call.service, f"{call.operation.name} with {min(beyond)}")
        service = built.kind(self.cloud, call, call.principal)
        returned: dict[str, Any] | Steps | None = getattr(service, built.method)(**call.parameters)
        return returned or {}


class NeverAskedError(Exception):
    """A service acted for a caller without asking whether the caller may: the lab's own defect."""

    def __init__(self, call: Call) -> None:
        assert call.operation is not None
        super().__init__(f"{call.service}:{call.operation.name} acted without asking whether it may")


def _is_large(call: Call) -> bool:
    return len(call.request.body) + (len(call.response.body) if call.response else 0) > LARGE


def _refusal(call: Call) -> HttpResponse:
    assert call.error is not None
    return _contract_of(call).serialize_error(call.error, call.request_id)


def _contract_of(call: Call) -> Contract:
    """The contract to word an answer in; a request that names no service gets KMS's JSON or STS's XML."""
    if call.contract:
        return call.contract
    return contract("kms" if "x-amz-target" in call.request.headers else "sts")
