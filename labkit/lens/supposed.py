"""What would be decided? The same rules, the same key policy and grants, and nothing is done.

Source: IAM User Guide, "Policy evaluation logic"; AWS's own simulator knows neither key policies nor grants.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.call import Call
from labkit.cloud.core.service import Service
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.identity.directory import find_role_by_arn, find_user
from labkit.cloud.identity.principals import principal_of, principal_of_role, principal_of_user
from labkit.cloud.policy.principal import Principal, administrator
from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.services.kms.service import KmsService
from labkit.cloud.state.arns import Arn
from labkit.lens.explanation import Explanation
from labkit.lens.opened import Opened
from labkit.lens.steps.step import Heading

ANY_REGION = "us-east-1"


def decision(
    lab: Opened,
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
    lab: Opened,
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


def _principal(lab: Opened, who: str) -> Principal:
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
