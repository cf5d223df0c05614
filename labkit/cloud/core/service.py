"""What every service is built on. One object serves one call, so its methods read as sentences.

def delete_alias(self, AliasName: str) -> None:
    alias = self.find_alias(AliasName)
    self.allow(alias.arn)
    self.tables.aliases.delete(alias.AliasName)
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.evaluation import evaluate
from labkit.cloud.policy.principal import Principal
from labkit.cloud.state.arns import arn


class Service:
    """Base of every service. A public method is an operation, named as boto3 names it.

    `reads` lists operations that CloudTrail calls read-only although they don't begin with Get, List,
    Describe or Lookup.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        self.cloud = cloud
        self.call = call
        self.principal = principal
        self.account = principal.account
        self.region = call.region
        self.now: datetime = call.time

    def arn(self, resource: str) -> str:
        """The ARN of a resource of this service in the caller's account and region."""
        return arn(self.name, self.region, self.account, resource)

    def allow(self, resource: str, action: str = "", policy: str | None = None) -> None:
        """Go on only if the caller may do this.

        `resource` is an ARN or "*"; `action` is this operation unless another is named ("kms:ReEncryptTo");
        `policy` is the JSON of the policy attached to the resource, if it has one.

        Raises:
            AccessDeniedException: somebody's policy says no, or nobody's says yes.
        """
        assert self.call.operation is not None
        action = action or f"{self.name}:{self.call.operation.name}"
        decision = evaluate(self.principal, action, resource, policy)
        self.call.decisions.append(decision)
        if resource != "*":
            self.call.resources.append(resource)
        if not decision.allowed:
            raise self._denied(decision)

    def allow_everybody(self, reason: str) -> None:
        """Note that this operation needs no permission at all, and why."""
        assert self.call.operation is not None
        action = f"{self.name}:{self.call.operation.name}"
        self.call.decisions.append(Decision(self.principal.arn, action, "*", True, reason))

    def plan(self, name: str, due: datetime, method: str, arguments: Mapping[str, str]) -> None:
        """Have `method` of this service called at `due`; the same name again replaces the plan."""
        entry = AgendaEntry(name, due, self.name, self.account, self.region, method, arguments)
        self.cloud.tables.agenda.put(entry)

    def cancel(self, name: str) -> None:
        """Drop what was planned under this name, if anything was."""
        if name in self.cloud.tables.agenda:
            self.cloud.tables.agenda.delete(name)

    def _denied(self, decision: Decision) -> Exception:
        """AWS's sentence for a denied call. Source: IAM User Guide, "Troubleshoot access denied errors"."""
        on = "" if decision.resource == "*" else f" on resource: {decision.resource}"
        return Faults(self.name).AccessDeniedException(
            f"User: {decision.principal} is not authorized to perform: "
            f"{decision.action}{on} {decision.reason}"
        )
