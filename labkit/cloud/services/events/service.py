"""What every chapter of EventBridge begins with: which bus, which rule, and may I.

A rule is on a bus. The default bus hears of what AWS's services do; a bus of one's own, what is put on it.
Source: EventBridge API Reference; Service Authorization Reference, "Amazon EventBridge".
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.core.service import Service
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Value
from labkit.cloud.services.events.model import (
    DEFAULT,
    Bus,
    EventsTables,
    Rule,
    RuleTarget,
    rule_key,
    target_key,
)
from labkit.cloud.state.arns import Arn

T = TypeVar("T")

faults = Faults("events")


class EventsService(Service):
    """Base of EventBridge's chapters."""

    name = "events"
    data_events = frozenset({"PutEvents"})

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(EventsTables, self.account, self.region)

    def bus_arn(self, name: str) -> str:
        """The ARN of a bus of this name."""
        return self.arn(f"event-bus/{name}")

    def bus_name(self, name_or_arn: str) -> str:
        """The name of a bus that goes by its name or its ARN."""
        parsed = Arn.parse(name_or_arn)
        return parsed.resource.removeprefix("event-bus/") if parsed else name_or_arn

    def find_bus(self, name: str) -> Bus:
        """A bus by its name; the default one is always there. ResourceNotFoundException."""
        bus = self.tables.buses.get(name)
        if bus is None and name == DEFAULT:
            return Bus(DEFAULT, self.bus_arn(DEFAULT), self.now, self.now)
        if bus is None:
            raise faults.ResourceNotFoundException(f"Event bus {name} does not exist.")
        return bus

    def rule_arn(self, bus: str, name: str) -> str:
        """The ARN of a rule; on the default bus, it does not name the bus."""
        return self.arn(f"rule/{name}" if bus == DEFAULT else f"rule/{bus}/{name}")

    def allow_rule(
        self, bus: str, name: str, tags: Sequence[Any] = (), told: dict[str, Value] | None = None
    ) -> None:
        """Go on only if the caller may do this with the rule, whether there is such a one or not."""
        rule = self.tables.rules.get(rule_key(bus, name))

        def known() -> dict[str, Value]:
            mine = {f"aws:ResourceTag/{key}": value for key, value in (rule.Tags if rule else ())}
            return {**mine, **facts_of_tags(tags), **(told or {})}

        self.allow(self.rule_arn(bus, name), facts=known)

    def find_rule(self, EventBusName: str, Name: str) -> Rule:
        """A rule, once it is clear that the caller may do this with it.

        Raises:
            AccessDeniedException: the caller may not.
            ResourceNotFoundException: there is no such rule, or no such bus.
        """
        bus = self.bus_name(EventBusName)
        self.allow_rule(bus, Name)
        self.find_bus(bus)
        rule = self.tables.rules.get(rule_key(bus, Name))
        if rule is None:
            raise faults.ResourceNotFoundException(f"Rule {Name} does not exist on EventBus {bus}.")
        return rule

    def targets_of(self, rule: Rule) -> list[RuleTarget]:
        """The targets of a rule, in the order of their ids."""
        return list(self.tables.targets.beginning(target_key(rule.Key)))

    def page(
        self, items: Sequence[T], limit: int, names: Sequence[str], token: str | None
    ) -> tuple[list[T], str | None]:
        """The next `limit` of these after the token, in the order of their `names`, and the next token."""
        try:
            after = read_marker(token) if token else ""
        except BadMarkerError:
            raise faults.ValidationException("The nextToken provided is invalid.") from None
        left = [(name, item) for name, item in zip(names, items, strict=True) if name > after]
        shown = left[:limit]
        more = make_marker(shown[-1][0]) if len(left) > limit else None
        return [item for _, item in shown], more
