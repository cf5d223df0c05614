"""Event buses, who may use them, and tags.

Source: EventBridge API Reference, "CreateEventBus", "PutPermission", "TagResource"; User Guide, "Permissions
for event buses in Amazon EventBridge".
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.policy.checks import MalformedPolicyError, check_document
from labkit.cloud.services.events.model import DEFAULT, Bus, Rule, rule_key
from labkit.cloud.services.events.service import EventsService, faults
from labkit.cloud.state.arns import partition_of
from labkit.records import replace

MOST_BUSES = 100
PAGE = 100
LONGEST_POLICY = 10_240
ACCOUNT_DIGITS = 12


class Buses(EventsService):
    """Make and manage buses."""

    def create_event_bus(
        self,
        Name: str,
        EventSourceName: str | None = None,
        Description: str | None = None,
        KmsKeyIdentifier: str | None = None,
        DeadLetterConfig: Mapping[str, Any] = {},
        LogConfig: Mapping[str, Any] = {},
        Tags: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Make a bus.

        Raises:
            ResourceAlreadyExistsException, LimitExceededException.
            ValidationException: a slash is for buses of partners.
            AwsError: NotImplemented, for keys, partners' events, dead letters and logs of a bus.
        """
        self.allow(self.bus_arn(Name), facts=lambda: facts_of_tags(Tags))
        self.check_built(
            EventSourceName=EventSourceName,
            KmsKeyIdentifier=KmsKeyIdentifier,
            DeadLetterConfig=DeadLetterConfig,
            LogConfig=LogConfig,
        )
        if "/" in Name:
            raise faults.ValidationException("Event bus name must not contain '/'.")
        if Name == DEFAULT or Name in self.tables.buses:
            raise faults.ResourceAlreadyExistsException(f"Event bus {Name} already exists.")
        if len(self.tables.buses) >= MOST_BUSES:
            raise faults.LimitExceededException("The requested resource exceeds the maximum number allowed.")
        tags = tuple((tag["Key"], tag["Value"]) for tag in Tags)
        bus = Bus(Name, self.bus_arn(Name), self.now, self.now, Description, Tags=tags)
        self.tables.buses.put(bus)
        return {"EventBusArn": bus.Arn, "Description": Description}

    def update_event_bus(
        self,
        Name: str = DEFAULT,
        KmsKeyIdentifier: str | None = None,
        Description: str | None = None,
        DeadLetterConfig: Mapping[str, Any] = {},
        LogConfig: Mapping[str, Any] = {},
    ) -> dict[str, Any]:
        """Describe a bus anew. ResourceNotFoundException."""
        self.allow(self.bus_arn(Name))
        self.check_built(
            KmsKeyIdentifier=KmsKeyIdentifier, DeadLetterConfig=DeadLetterConfig, LogConfig=LogConfig
        )
        bus = replace(self.find_bus(Name), Description=Description, Modified=self.now)
        self.tables.buses.put(bus)
        return {"Arn": bus.Arn, "Name": bus.Name, "Description": Description}

    def describe_event_bus(self, Name: str = DEFAULT) -> dict[str, Any]:
        """A bus and its policy. ResourceNotFoundException."""
        name = self.bus_name(Name)
        self.allow(self.bus_arn(name))
        return _shown(self.find_bus(name))

    def list_event_buses(
        self, NamePrefix: str = "", NextToken: str | None = None, Limit: int = PAGE
    ) -> dict[str, Any]:
        """The buses whose names begin so, the default one among them."""
        self.allow(self.bus_arn("*"))
        named = {bus.Name: bus for bus in self.tables.buses} | {DEFAULT: self.find_bus(DEFAULT)}
        found = [named[name] for name in sorted(named) if name.startswith(NamePrefix)]
        page, more = self.page(found, Limit, [bus.Name for bus in found], NextToken)
        return {"EventBuses": [_shown(bus) for bus in page], "NextToken": more}

    def delete_event_bus(self, Name: str) -> None:
        """Delete a bus; one that there is not is no error.

        Raises:
            ValidationException: it is the default bus, or it has rules.
        """
        self.allow(self.bus_arn(Name))
        if Name == DEFAULT:
            raise faults.ValidationException("Cannot delete event bus default.")
        if next(self.tables.rules.beginning(rule_key(Name)), None) is not None:
            raise faults.ValidationException("Event bus can't be deleted since it has rules.")
        if Name in self.tables.buses:
            self.tables.buses.delete(Name)

    def put_permission(
        self,
        EventBusName: str = DEFAULT,
        Action: str | None = None,
        Principal: str | None = None,
        StatementId: str | None = None,
        Condition: Mapping[str, str] = {},
        Policy: str | None = None,
    ) -> None:
        """Let another account put events on a bus, or give the bus a whole policy.

        Raises:
            ResourceNotFoundException, PolicyLengthExceededException.
            ValidationException: something is missing, or the policy is none.
        """
        self.allow(self.bus_arn(EventBusName))
        bus = self.find_bus(EventBusName)
        if Policy is not None:
            self._put_policy(bus, Policy)
            return
        for name, value in (("Action", Action), ("Principal", Principal), ("StatementId", StatementId)):
            if not value:
                raise faults.ValidationException(f"Parameter(s) {name} must be specified.")
        assert Principal is not None
        if Principal != "*" and not (len(Principal) == ACCOUNT_DIGITS and Principal.isdigit()):
            raise faults.ValidationException(f"Parameter Principal is not valid: {Principal}.")
        who = Principal if Principal == "*" else {"AWS": _root(Principal, self.region)}
        added: dict[str, Any] = {
            "Sid": StatementId,
            "Effect": "Allow",
            "Principal": who,
            "Action": Action,
            "Resource": bus.Arn,
        }
        if Condition:
            added["Condition"] = {Condition["Type"]: {Condition["Key"]: Condition["Value"]}}
        kept = [one for one in _statements(bus) if one.get("Sid") != StatementId]
        self._put_policy(bus, json.dumps({"Version": "2012-10-17", "Statement": [*kept, added]}))

    def remove_permission(
        self,
        StatementId: str | None = None,
        RemoveAllPermissions: bool = False,
        EventBusName: str = DEFAULT,
    ) -> None:
        """Take a statement out of a bus's policy, or all of them. ResourceNotFoundException."""
        self.allow(self.bus_arn(EventBusName))
        bus = self.find_bus(EventBusName)
        kept = (
            [] if RemoveAllPermissions else [one for one in _statements(bus) if one.get("Sid") != StatementId]
        )
        if not RemoveAllPermissions and len(kept) == len(_statements(bus)):
            raise faults.ResourceNotFoundException("Statement with the provided id does not exist.")
        policy = json.dumps({"Version": "2012-10-17", "Statement": kept}) if kept else None
        self.tables.buses.put(replace(bus, Policy=policy, Modified=self.now))

    def tag_resource(self, ResourceARN: str, Tags: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """Give a rule or a bus tags. ResourceNotFoundException."""
        found = self._find_tagged(ResourceARN, Tags)
        given = {tag["Key"]: tag["Value"] for tag in Tags}
        self._put_tags(found, dict(found.Tags) | given)
        return {}

    def untag_resource(self, ResourceARN: str, TagKeys: Sequence[str]) -> dict[str, Any]:
        """Take tags off a rule or a bus. ResourceNotFoundException."""
        found = self._find_tagged(ResourceARN)
        self._put_tags(found, {key: value for key, value in found.Tags if key not in TagKeys})
        return {}

    def list_tags_for_resource(self, ResourceARN: str) -> dict[str, Any]:
        """The tags of a rule or a bus. ResourceNotFoundException."""
        found = self._find_tagged(ResourceARN)
        return {"Tags": [{"Key": key, "Value": value} for key, value in found.Tags]}

    def _find_tagged(self, arn: str, tags: Sequence[Mapping[str, str]] = ()) -> Bus | Rule:
        """The rule or bus of this ARN, once it is clear that the caller may do this with it."""
        kind, _, name = arn.rpartition(":")[2].partition("/")
        bus, _, rule_name = name.rpartition("/")
        found: Bus | Rule | None = (
            self.tables.buses.get(name)
            if kind == "event-bus"
            else self.tables.rules.get(rule_key(bus or DEFAULT, rule_name))
        )
        held = found.Tags if found is not None and found.Arn == arn else ()
        facts = {f"aws:ResourceTag/{key}": value for key, value in held}
        self.allow(arn, facts=lambda: {**facts, **facts_of_tags(tags)})
        if kind == "event-bus" and arn == self.bus_arn(name):
            return self.find_bus(name)
        if found is None or found.Arn != arn:
            raise faults.ResourceNotFoundException(
                f"Rule {rule_name} does not exist on EventBus {bus or DEFAULT}."
            )
        return found

    def _put_tags(self, found: Bus | Rule, tags: Mapping[str, str]) -> None:
        kept = tuple(sorted(tags.items()))
        if isinstance(found, Bus):
            self.tables.buses.put(replace(found, Tags=kept))
        else:
            self.tables.rules.put(replace(found, Tags=kept))

    def _put_policy(self, bus: Bus, policy: str) -> None:
        if len(policy.encode()) > LONGEST_POLICY:
            raise faults.PolicyLengthExceededException(
                f"The policy length must be less than or equal to {LONGEST_POLICY}."
            )
        try:
            check_document(policy, "resource")
        except MalformedPolicyError as error:
            raise faults.ValidationException(f"Parameter Policy is not valid. Reason: {error}") from None
        self.tables.buses.put(replace(bus, Policy=policy, Modified=self.now))


def _root(account: str, region: str) -> str:
    return f"arn:{partition_of(region)}:iam::{account}:root"


def _statements(bus: Bus) -> list[dict[str, Any]]:
    found: Any = json.loads(bus.Policy or "{}").get("Statement", [])
    return found if isinstance(found, list) else [found]


def _shown(bus: Bus) -> dict[str, Any]:
    return {
        "Name": bus.Name,
        "Arn": bus.Arn,
        "Description": bus.Description,
        "Policy": bus.Policy,
        "CreationTime": bus.Created,
        "LastModifiedTime": bus.Modified,
    }
