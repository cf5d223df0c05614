"""Rules: which events they are about, or at which times they fire.

A rule that is on stands in the lab's list of listeners, under the sources and types of events that it can
fit, so that an event finds its rules without asking every one.
Source: EventBridge API Reference, "PutRule"; User Guide, "Rules in Amazon EventBridge".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.cloud.core.events import ANY, Listener, listener_key
from labkit.cloud.core.schedules import ScheduleError, next_after
from labkit.cloud.policy.question import Value
from labkit.cloud.services.events.comparing import PatternError
from labkit.cloud.services.events.model import ALL_CALLS, DEFAULT, DISABLED, ENABLED, Rule, rule_key
from labkit.cloud.services.events.patterns import read_pattern
from labkit.cloud.services.events.service import EventsService, faults
from labkit.cloud.state.tables import Scope
from labkit.records import replace

MOST_RULES = 300
MOST_PAIRS = 100
PAGE = 100


class Rules(EventsService):
    """Make and manage rules."""

    def put_rule(
        self,
        Name: str,
        ScheduleExpression: str | None = None,
        EventPattern: str | None = None,
        State: str = ENABLED,
        Description: str | None = None,
        RoleArn: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
        EventBusName: str = DEFAULT,
    ) -> dict[str, Any]:
        """Make a rule, or replace one. What it was is forgotten, save for its targets and its tags.

        Raises:
            ValidationException: it has neither a pattern nor a schedule, or the schedule is none.
            InvalidEventPatternException: the pattern is none.
            ResourceNotFoundException: there is no such bus.
            LimitExceededException: the bus has 300 rules.
        """
        bus = self.bus_name(EventBusName)
        self.allow_rule(bus, Name, Tags, _told(EventPattern))
        self.find_bus(bus)
        if not EventPattern and not ScheduleExpression:
            raise faults.ValidationException(
                "Parameter(s) EventPattern or ScheduleExpression must be specified."
            )
        if ScheduleExpression:
            self._check_schedule(ScheduleExpression, bus)
        if EventPattern:
            check_pattern(EventPattern)
        present = self.tables.rules.get(rule_key(bus, Name))
        if present is None and self._count(bus) >= MOST_RULES:
            raise faults.LimitExceededException("The requested resource exceeds the maximum number allowed.")
        tags = tuple((tag["Key"], tag["Value"]) for tag in Tags)
        rule = Rule(
            rule_key(bus, Name),
            Name,
            bus,
            self.rule_arn(bus, Name),
            self.account,
            State,
            EventPattern or None,
            ScheduleExpression or None,
            Description or None,
            RoleArn,
            present.Tags if present else tags,
        )
        self._turn(rule)
        return {"RuleArn": rule.Arn}

    def describe_rule(self, Name: str, EventBusName: str = DEFAULT) -> dict[str, Any]:
        """A rule, and who made it. ResourceNotFoundException."""
        rule = self.find_rule(EventBusName, Name)
        return {**_shown(rule), "CreatedBy": rule.CreatedBy}

    def list_rules(
        self,
        NamePrefix: str = "",
        EventBusName: str = DEFAULT,
        NextToken: str | None = None,
        Limit: int = PAGE,
    ) -> dict[str, Any]:
        """The rules of a bus whose names begin so. ResourceNotFoundException: there is no such bus."""
        bus = self.bus_name(EventBusName)
        self.allow(self.rule_arn(bus, "*"))
        self.find_bus(bus)
        found = list(self.tables.rules.beginning(rule_key(bus, NamePrefix)))
        page, more = self.page(found, Limit, [rule.Name for rule in found], NextToken)
        return {"Rules": [_shown(rule) for rule in page], "NextToken": more}

    def enable_rule(self, Name: str, EventBusName: str = DEFAULT) -> None:
        """Turn a rule on. ResourceNotFoundException."""
        self._turn(replace(self.find_rule(EventBusName, Name), State=ENABLED))

    def disable_rule(self, Name: str, EventBusName: str = DEFAULT) -> None:
        """Turn a rule off; it hears of nothing, and does not fire. ResourceNotFoundException."""
        self._turn(replace(self.find_rule(EventBusName, Name), State=DISABLED))

    def delete_rule(self, Name: str, EventBusName: str = DEFAULT, Force: bool = False) -> None:
        """Delete a rule; one that there is not is no error.

        Raises:
            ValidationException: it has targets, which have to be removed first.
        """
        bus = self.bus_name(EventBusName)
        self.allow_rule(bus, Name)
        self.find_bus(bus)
        rule = self.tables.rules.get(rule_key(bus, Name))
        if rule is None:
            return
        if self.targets_of(rule):
            raise faults.ValidationException("Rule can't be deleted since it has targets.")
        self._turn(replace(rule, State=DISABLED))
        self.tables.rules.delete(rule.Key)

    def _turn(self, rule: Rule) -> None:
        """Keep a rule, and let it listen or fire if it is on, and not if it is off."""
        listeners = self.cloud.tables.listeners
        before = self.tables.rules.get(rule.Key)
        for key in self._listens_at(before) if before else ():
            listeners.delete(key)
        for key in self._listens_at(rule):
            listeners.put(Listener(key, rule.Key, rule.State == ALL_CALLS))
        self.tables.rules.put(rule)
        self._plan_next(rule)

    def _listens_at(self, rule: Rule) -> Iterator[str]:
        """The keys under which a rule listens: one for each source and type that its pattern names."""
        if rule.State == DISABLED or not rule.EventPattern:
            return
        named = read_pattern(rule.EventPattern).named
        sources, types = named.get("source", (ANY,)), named.get("detail-type", (ANY,))
        if len(sources) * len(types) > MOST_PAIRS:
            types = (ANY,)
        for source in sources:
            for kind in types:
                yield listener_key(Scope(self.account, self.region), rule.Bus, source, kind, rule.Name)

    def _plan_next(self, rule: Rule) -> None:
        """Plan when a rule fires next, in place of what was planned before."""
        plan = f"events: fire {rule.Arn}"
        self.cancel(plan)
        if rule.ScheduleExpression and rule.State != DISABLED:
            due = next_after(rule.ScheduleExpression, self.now)
            if due is not None:
                self.plan(plan, due, "_fire", {"Rule": rule.Key})

    def _check_schedule(self, expression: str, bus: str) -> None:
        if bus != DEFAULT:
            raise faults.ValidationException("ScheduleExpression is supported only on the default event bus.")
        try:
            next_after(expression, self.now)
        except ScheduleError:
            raise faults.ValidationException("Parameter ScheduleExpression is not valid.") from None

    def _count(self, bus: str) -> int:
        return self.tables.rules.count_between(rule_key(bus), f"{bus}!")


def check_pattern(text: str) -> None:
    """Go on only if this is an event pattern; InvalidEventPatternException."""
    try:
        read_pattern(text)
    except PatternError as error:
        raise faults.InvalidEventPatternException(error.reason) from None


def _told(pattern: str | None) -> dict[str, Value]:
    """The condition keys of a pattern: events:source and events:detail-type."""
    try:
        named = read_pattern(pattern).named if pattern else {}
    except PatternError:
        return {}
    return {f"events:{name}": named[name] for name in ("source", "detail-type") if name in named}


def _shown(rule: Rule) -> dict[str, Any]:
    return {
        "Name": rule.Name,
        "Arn": rule.Arn,
        "EventPattern": rule.EventPattern,
        "ScheduleExpression": rule.ScheduleExpression,
        "State": rule.State,
        "Description": rule.Description,
        "RoleArn": rule.RoleArn,
        "EventBusName": rule.Bus,
    }
