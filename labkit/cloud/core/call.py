"""One call, and all that can be known of it. The gateway fills it in, step by step; the lens reads it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols import Contract, Operation
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.state.tables import Change


class HsmOperation(NamedTuple):
    """One thing that the HSM did: which primitive, with which key material, on what.

    `details` maps a name ("iv", "aad", ...) to its value; key bytes and plaintexts are never among them.
    """

    action: str
    primitive: str
    material: str
    details: dict[str, Any]


class Call:
    """A request on its way through the gateway. It has no useful repr, as it holds what its caller sent.

    `via` lists the services it came through, such as ssm.amazonaws.com, for a call that one service makes of
    another; `inner` the calls that were made of other services to answer this one. What stands here is how a
    call is before the gateway has come so far.
    """

    principal: Principal | None = None
    signature_checked = False
    contract: Contract | None = None
    operation: Operation | None = None
    changes: tuple[Change, ...] = ()
    result: dict[str, Any] | None = None
    error: AwsError | None = None
    event_id = ""
    response: HttpResponse | None = None

    def __init__(
        self,
        request: HttpRequest,
        request_id: str,
        time: datetime,
        service: str = "",
        region: str = "",
        via: tuple[str, ...] = (),
        principal: Principal | None = None,
    ) -> None:
        self.request = request
        self.request_id = request_id
        self.time = time
        self.service = service
        self.region = region
        self.via = via
        self.principal = principal
        self.parameters: dict[str, Any] = {}
        self.decisions: list[Decision] = []
        self.hsm: list[HsmOperation] = []
        self.resources: list[str] = []
        self.inner: list[Call] = []

    def with_inner(self) -> Iterator["Call"]:
        """This call, then the calls that were made to answer it, and those that were made for them."""
        yield self
        for inner in self.inner:
            yield from inner.with_inner()

    def __repr__(self) -> str:
        name = self.operation.name if self.operation else "?"
        return f"<Call {self.service}:{name} {self.request_id}>"
