"""What every service is built on. One object serves one call, so its methods read as sentences.

def delete_alias(self, AliasName: str) -> None:
    alias = self.find_alias(AliasName)
    self.allow(alias.arn)
    self.tables.aliases.delete(alias.AliasName)
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.events import DEFAULT_BUS, delivery_of, event_of, listening
from labkit.cloud.core.facts import global_facts
from labkit.cloud.core.faults import Faults, not_built
from labkit.cloud.core.outside import Steps
from labkit.cloud.policy.decision import Decision, StatementOutcome
from labkit.cloud.policy.evaluation import decide, with_grants
from labkit.cloud.policy.principal import ANONYMOUS, Principal, service_principal
from labkit.cloud.policy.question import Facts, Question
from labkit.cloud.state.arns import arn
from labkit.cloud.state.tables import Scope


class Service:
    """Base of every service. A public method is an operation, named as boto3 names it.

    `reads` lists operations that CloudTrail calls read-only although they don't begin with Get, List,
    Describe or Lookup; `data_events` those that are no management events, which its history leaves out.
    `regional` is whether it goes by the name of its Region where it asks others, as in a key policy:
    logs.us-east-1.amazonaws.com.
    `event_names` are what it calls operations otherwise than the API does.
    """

    name: ClassVar[str]
    regional: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset()
    data_events: ClassVar[frozenset[str]] = frozenset()
    event_names: ClassVar[Mapping[str, str]] = {}

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        self.cloud = cloud
        self.call = call
        self.principal = principal
        self.account = principal.account
        self.region = call.region
        self.operation = call.operation.name if call.operation else ""  # as the wire spells it
        self.now: datetime = call.time

    def arn(self, resource: str) -> str:
        """The ARN of a resource of this service in the caller's account and region."""
        return arn(self.name, self.region, self.account, resource)

    def allow(
        self,
        resource: str,
        action: str = "",
        policy: str | None = None,
        *,
        rooted: bool = False,
        owner: str = "",
        facts: Callable[[], Facts] | None = None,
        grants: Callable[[], Iterable[StatementOutcome]] | None = None,
    ) -> None:
        """Go on only if the caller may do this.

        `resource` is an ARN or "*"; `action` is this operation unless another is named ("kms:ReEncryptTo");
        `policy` is the JSON of the policy attached to the resource, if it has one, and `rooted` means that
        nobody may anything unless it lets them. `owner` is the resource's account where its ARN doesn't tell.
        `facts` gives the service's own condition keys. `grants` is asked only where no policy allows and
        none denies; an outcome that matched then allows.

        Raises:
            AccessDeniedException (AccessDenied in the services that speak XML): somebody's policy says no,
                or nobody's says yes.
        """
        action = action or f"{self.name}:{self.operation}"
        question = Question(self.principal, action, resource, policy, rooted, owner)
        decision = decide(question, partial(self._condition_keys, action, resource, owner, facts))
        if not decision.allowed and grants is not None:
            decision = with_grants(decision, grants)
        self.call.decisions.append(decision)
        if resource != "*":
            self.call.resources.append(resource)
        if not decision.allowed:
            raise self._denied(decision)

    def allow_everybody(self, reason: str) -> None:
        """Note that this operation needs no permission at all, and why."""
        action = f"{self.name}:{self.operation}"
        self.call.decisions.append(Decision(self.principal.arn, action, "*", True, reason))

    def check_built(self, **given: object) -> None:
        """Go on only if none of these parameters is given: they belong to what the lab doesn't have.

        Raises:
            AwsError: NotImplemented (501).
        """
        for name, value in given.items():
            if value:
                raise not_built(self.name, f"{self.operation} with {name}")

    def ask(
        self,
        service: str,
        operation: str,
        *,
        itself: bool = False,
        source: str = "",
        region: str = "",
        **parameters: Any,
    ) -> dict[str, Any]:
        """Call another service on the caller's behalf, or as this service `itself`, and return its answer.

        A service that acts itself may name the ARN of the resource for which it does, the `source`.
        It happens in this call's transaction and is an event of its own in the audit log. The AwsError that
        the other service answers with is raised here.
        Source: IAM User Guide, "Forward access sessions".
        """
        assert self.cloud.call_within is not None
        return self.cloud.call_within(
            self.call, self._asking(itself, source), service, operation, region or self.region, **parameters
        )

    def ask_and_wait(
        self,
        service: str,
        operation: str,
        *,
        itself: bool = False,
        source: str = "",
        region: str = "",
        **parameters: Any,
    ) -> Steps:
        """The same for an operation that takes a while: `answer = yield from self.ask_and_wait(...)`."""
        assert self.cloud.call_and_wait is not None
        return self.cloud.call_and_wait(
            self.call, self._asking(itself, source), service, operation, region or self.region, **parameters
        )

    def _asking(self, itself: bool, source: str) -> Principal:
        """In whose name another service is asked."""
        if not itself:
            return self.principal
        name = f"{self.name}.{self.region}" if self.regional else self.name
        return service_principal(name, self.account, source)

    def plan(
        self, name: str, due: datetime, method: str, arguments: Mapping[str, str], *, region: str = ""
    ) -> None:
        """Have `method` of this service called at `due`; the same name again replaces the plan."""
        entry = AgendaEntry(name, due, self.name, self.account, region or self.region, method, arguments)
        self.cloud.tables.agenda.put(entry)

    def cancel(self, name: str) -> None:
        """Drop what was planned under this name, if anything was."""
        if name in self.cloud.tables.agenda:
            self.cloud.tables.agenda.delete(name)

    def announce(self, detail_type: str, detail: Mapping[str, Any], *resources: str) -> None:
        """Tell EventBridge that something happened to `resources` (ARNs), if anybody listens to that.

        It is taken back with everything else if the call fails, and delivered once it has been answered.
        """
        if self.cloud.tables.listeners:
            place, source = Scope(self.account, self.region), f"aws.{self.name}"
            if any(listening(self.cloud.tables.listeners, place, DEFAULT_BUS, source, detail_type)):
                event = event_of(place, source, detail_type, detail, resources, self.now)
                self.cloud.tables.agenda.put(
                    delivery_of(event, place, DEFAULT_BUS, self.now, self.cloud.hsm_memory)
                )

    def facts_of(self, action: str) -> Facts:
        """The service's own condition keys for `action`, where `allow` is given no others."""
        return {}

    def _condition_keys(
        self, action: str, resource: str, owner: str, own: Callable[[], Facts] | None
    ) -> Facts:
        """All condition keys of this call: those of every service, and this one's `own`."""
        general = global_facts(self.call, self.principal, resource, owner)
        return {**general, **(self.facts_of(action) if own is None else own())}

    def _denied(self, decision: Decision) -> Exception:
        """AWS's sentence for a denied call. Source: IAM User Guide, "Troubleshoot access denied errors"."""
        who = "anonymous" if self.principal.kind == ANONYMOUS else decision.principal
        assert self.call.contract is not None
        protocol = self.call.contract.model.metadata["protocol"]
        faults = Faults(self.name)
        fault = faults.AccessDeniedException if "json" in protocol else faults.AccessDenied
        return fault(
            f"User: {who} is not authorized to perform: {decision.action} "
            f"on resource: {decision.resource} {decision.reason}"
        )
