"""One call, and all that can be known of it. The gateway fills it in, step by step; the lens reads it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols import Contract, Operation
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.state.tables import Change
from labkit.records import Record


class HsmOperation(Record):
    """One thing that the HSM did: which primitive, with which key material, on what.

    `details` maps a name ("iv", "aad", ...) to its value; key bytes and plaintexts are never among them.
    """

    action: str
    primitive: str
    material: str
    details: dict[str, Any]


class Call(msgspec.Struct, eq=False):
    """A request on its way through the gateway. It has no useful repr, as it holds what its caller sent.

    `via` lists the services it came through, such as ssm.amazonaws.com, for a call that one service makes of
    another; `inner` the calls that were made of other services to answer this one. The defaults say how a
    call is before the gateway has come so far.
    """

    request: HttpRequest
    request_id: str
    time: datetime
    service: str = ""
    region: str = ""
    via: tuple[str, ...] = ()
    principal: Principal | None = None
    signature_checked: bool = False
    contract: Contract | None = None
    operation: Operation | None = None
    parameters: dict[str, Any] = {}
    decisions: list[Decision] = []
    hsm: list[HsmOperation] = []
    resources: list[str] = []
    changes: tuple[Change, ...] = ()
    inner: "tuple[Call, ...]" = ()
    result: dict[str, Any] | None = None
    error: AwsError | None = None
    event_id: str = ""
    response: HttpResponse | None = None

    def with_inner(self) -> Iterator["Call"]:
        """This call, then the calls that were made to answer it, and those that were made for them."""
        yield self
        for inner in self.inner:
            yield from inner.with_inner()

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("service", self.service), ("request_id", self.request_id)]

    def __repr__(self) -> str:
        name = self.operation.name if self.operation else "?"
        return f"<Call {self.service}:{name} {self.request_id}>"
