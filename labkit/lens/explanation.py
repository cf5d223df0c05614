"""Why may they, or why not? Every statement that was held against the question, and by which element it fell.

    lab.explain(error)                                        a call that was made
    lens.decision(lab, user_arn, "kms:Decrypt", key_arn)      one that was not

AWS tells its callers the last line of this at most; its policy simulator knows no grants.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labkit.cloud.core.call import Call
from labkit.cloud.core.service import Service
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.identity.directory import find_role_by_arn, find_user
from labkit.cloud.identity.principals import principal_of, principal_of_role, principal_of_user
from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.principal import Principal, administrator
from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.services.kms.service import KmsService
from labkit.cloud.state.arns import Arn
from labkit.lens.frames import TEXT, YES_NO, frame
from labkit.lens.markup import to_html
from labkit.lens.plain import to_text
from labkit.lens.steps.decisions import step_of
from labkit.lens.steps.step import Heading
from labkit.lens.trace import Trace, TracedCall

if TYPE_CHECKING:
    import pandas as pd

    from labkit.lens.views import Views

ANY_REGION = "us-east-1"


class Explanation:
    """The decisions that a call needed: `decisions` as data, `table()` as a DataFrame, or shown as it is."""

    def __init__(self, heading: Heading, decisions: Sequence[Decision]) -> None:
        self.decisions = tuple(decisions)
        self._heading = heading

    @property
    def allowed(self) -> bool:
        """Whether everything that was asked for was allowed."""
        return bool(self.decisions) and all(decision.allowed for decision in self.decisions)

    def table(self) -> "pd.DataFrame":
        """One row a statement. `element` is what made it fit or not; `outcome` the whole decision's."""
        columns = {
            "action": TEXT,
            "resource": TEXT,
            "policy": TEXT,
            "kind": TEXT,
            "statement": TEXT,
            "effect": TEXT,
            "matched": YES_NO,
            "element": TEXT,
            "reason": TEXT,
            "outcome": TEXT,
        }
        return frame(
            columns,
            [
                (
                    decision.action,
                    decision.resource,
                    one.policy,
                    one.kind,
                    one.statement,
                    one.effect,
                    one.matched,
                    one.element or None,
                    one.reason,
                    f"{'allowed' if decision.allowed else 'denied'}: {decision.reason}",
                )
                for decision in self.decisions
                for one in decision.statements
            ],
        )

    def __repr__(self) -> str:
        return f"<Explanation of {self._heading.name}: {self._heading.outcome}>"

    def __str__(self) -> str:
        return to_text(self._heading, [step_of(self.decisions)])

    def _repr_html_(self) -> str:
        return to_html(self._heading, [step_of(self.decisions)])


def explain(trace: Trace, call: TracedCall | str | BaseException | None) -> Explanation:
    """The decisions of a call that was made, those of the calls made to answer it included."""
    traced = _found(trace, call)
    heading = Heading(traced.name, traced.outcome, traced.call.time, traced.error_code is not None)
    return Explanation(heading, _with_inner(traced.call))


def decision(
    lab: "Views",
    who: str | Principal,
    action: str,
    resource: str = "*",
    *,
    parameters: Mapping[str, Any] | None = None,
    via: Sequence[str] = (),
) -> Explanation:
    """What would be decided if `who` asked for `action` on `resource`; nothing is done.

    `who` is the ARN of a user or a role, an access key id, or a Principal; `resource` an ARN. `parameters`
    are those of the request, as far as conditions look at them (EncryptionContext, ...); `via` lists the
    services it comes through (ssm.amazonaws.com). A key's policy and grants are found by its ARN.

    Raises:
        LookupError: the lab has no such user, role, access key or operation.
    """
    with lab.gateway.lock:
        principal = who if isinstance(who, Principal) else _principal(lab, who)
        call = _asking(lab, principal, action, resource, parameters or {}, tuple(via))
        kind = service_class(call.service)
        if kind is None or call.operation is None:
            raise LookupError(f"the lab has no {action}")
        _ask(kind(lab.cloud, call, principal), action, resource)
    allowed = all(one.allowed for one in call.decisions)
    heading = Heading(action, "would be allowed" if allowed else "would be denied", call.time, not allowed)
    return Explanation(heading, call.decisions)


def _ask(service: Service, action: str, resource: str) -> None:
    """Have the service decide as for a real call; that it says no is an answer, too."""
    try:
        if isinstance(service, KmsService) and ":key/" in resource:
            service.allow_key(service.find_key(resource), action)
        else:
            service.allow(resource, action)
    except AwsError:
        if not service.call.decisions:
            raise


def _asking(
    lab: "Views",
    principal: Principal,
    action: str,
    resource: str,
    parameters: Mapping[str, Any],
    via: tuple[str, ...],
) -> Call:
    name, _, operation = action.partition(":")
    arn = Arn.parse(resource)
    itself = HttpRequest("LENS", "https", "labkit", "/")
    call = Call(itself, str(uuid.uuid4()), lab.clock.now(), name, (arn and arn.region) or ANY_REGION, via)
    call.principal, call.parameters, call.contract = principal, dict(parameters), contract(name)
    # ReEncryptFrom and ReEncryptTo are actions, and no operations.
    operation = "ReEncrypt" if operation.startswith("ReEncrypt") else operation
    call.operation = call.contract.operations.get(operation)
    return call


def _principal(lab: "Views", who: str) -> Principal:
    arn = Arn.parse(who)
    if arn is None:
        credential = find_credential(lab.cloud, who)
        if credential is None:
            raise LookupError(f"the lab has made no access key {who}")
        return principal_of(lab.cloud, credential)
    kind, _, name = arn.resource.rpartition("/")
    if kind.startswith("role"):
        role = find_role_by_arn(lab.cloud, who)
        if role is not None:
            return principal_of_role(lab.cloud, arn.account, role)
    elif kind.startswith("user"):
        if name == "Administrator":
            return administrator(arn.account, "", arn.partition)
        user = find_user(lab.cloud, arn.account, name, arn.partition)
        if user is not None:
            return principal_of_user(lab.cloud, arn.account, user)
    raise LookupError(f"the lab has no user or role {who}")


def _found(trace: Trace, call: TracedCall | str | BaseException | None) -> TracedCall:
    if isinstance(call, TracedCall):
        return call
    if isinstance(call, str):
        return trace.last(call)
    if call is None:
        if not trace:
            raise LookupError("there have been no calls yet")
        return trace[-1]
    told: Any = getattr(call, "response", {})
    request_id = told.get("ResponseMetadata", {}).get("RequestId", "")
    for traced in reversed(trace):
        if traced.call.request_id == request_id:
            return traced
    raise LookupError(f"no call with request id {request_id!r} among the last {len(trace)}")


def _with_inner(call: Call) -> list[Decision]:
    return [*call.decisions, *(one for inner in call.inner for one in _with_inner(inner))]
