"""Targets: where a rule sends the events that fit it. A rule has five of them at most.

The lab knows three kinds: queues of SQS, functions of Lambda, and log groups of CloudWatch Logs.
Source: EventBridge API Reference, "PutTargets"; User Guide, "Event bus targets in Amazon EventBridge".
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.faults import not_built
from labkit.cloud.services.events.model import DEFAULT, RuleTarget, rule_key, target_key
from labkit.cloud.services.events.rules import Rules
from labkit.cloud.services.events.service import faults
from labkit.cloud.services.events.transforming import check_transformer
from labkit.cloud.state.arns import Arn

MOST = 5
PAGE = 100
KINDS = ("sqs", "lambda", "logs")
INPUTS = ("Input", "InputPath", "InputTransformer")
KNOWN = {"Id", "Arn", "RoleArn", *INPUTS, "SqsParameters", "DeadLetterConfig", "RetryPolicy"}


class Targets(Rules):
    """Give rules their targets."""

    def put_targets(
        self, Rule: str, Targets: Sequence[Mapping[str, Any]], EventBusName: str = DEFAULT
    ) -> dict[str, Any]:
        """Add targets to a rule; one with an id that is taken replaces that one.

        Raises:
            ResourceNotFoundException: there is no such rule.
            ValidationException: a target can't be one.
            LimitExceededException: the rule would have more than five.
            AwsError: NotImplemented, for kinds of targets that the lab doesn't have.
        """
        rule = self.find_rule(EventBusName, Rule)
        for target in Targets:
            _check(target)
        ids = {target["Id"] for target in Targets} | {one.Id for one in self.targets_of(rule)}
        if len(ids) > MOST:
            raise faults.LimitExceededException("The requested resource exceeds the maximum number allowed.")
        for target in Targets:
            key = target_key(rule.Key, target["Id"])
            self.tables.targets.put(
                RuleTarget(key, rule.Key, target["Id"], target["Arn"], json.dumps(target))
            )
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(
        self, Rule: str, Ids: Sequence[str], EventBusName: str = DEFAULT, Force: bool = False
    ) -> dict[str, Any]:
        """Take targets away; an id that there is not is told in the answer. ResourceNotFoundException."""
        rule = self.find_rule(EventBusName, Rule)
        failed = []
        for target_id in Ids:
            key = target_key(rule.Key, target_id)
            if key in self.tables.targets:
                self.tables.targets.delete(key)
            else:
                failed.append(
                    {
                        "TargetId": target_id,
                        "ErrorCode": "ResourceNotFoundException",
                        "ErrorMessage": f"Rule {Rule} does not have target(s) with the given ids.",
                    }
                )
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    def list_targets_by_rule(
        self, Rule: str, EventBusName: str = DEFAULT, NextToken: str | None = None, Limit: int = PAGE
    ) -> dict[str, Any]:
        """The targets of a rule. ResourceNotFoundException."""
        targets = self.targets_of(self.find_rule(EventBusName, Rule))
        page, more = self.page(targets, Limit, [one.Id for one in targets], NextToken)
        return {"Targets": [json.loads(one.Settings) for one in page], "NextToken": more}

    def list_rule_names_by_target(
        self,
        TargetArn: str,
        EventBusName: str = DEFAULT,
        NextToken: str | None = None,
        Limit: int = PAGE,
    ) -> dict[str, Any]:
        """The names of a bus's rules that have this target. ResourceNotFoundException: no such bus."""
        bus = self.bus_name(EventBusName)
        self.allow(self.rule_arn(bus, "*"))
        self.find_bus(bus)
        beginning = rule_key(bus)
        found = {
            one.Rule.removeprefix(beginning)
            for one in self.tables.targets.having("arn", TargetArn)
            if one.Rule.startswith(beginning)
        }
        names = sorted(found)
        page, more = self.page(names, Limit, names, NextToken)
        return {"RuleNames": page, "NextToken": more}


def _check(target: Mapping[str, Any]) -> None:
    """Go on only if this can be a target."""
    arn = Arn.parse(target["Arn"])
    if arn is None or not arn.resource:
        raise faults.ValidationException(
            f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format."
        )
    if arn.service not in KINDS:
        raise not_built("events", f"targets of {arn.service}")
    for name in target.keys() - KNOWN:
        raise not_built("events", f"PutTargets with {name}")
    if sum(name in target for name in INPUTS) > 1:
        raise faults.ValidationException(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if "Input" in target:
        _check_json(target["Input"], target["Id"])
    if "InputTransformer" in target:
        wrong = check_transformer(target["InputTransformer"])
        if wrong:
            raise faults.ValidationException(f"Invalid InputTemplate for target {target['Id']} : {wrong}.")
    if arn.service == "sqs" and arn.resource.endswith(".fifo"):
        if not target.get("SqsParameters", {}).get("MessageGroupId"):
            raise faults.ValidationException(
                f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
            )
    elif "SqsParameters" in target:
        raise faults.ValidationException(
            f"Parameter(s) SqsParameters cannot be used with target: {target['Id']}."
        )


def _check_json(text: str, target_id: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise faults.ValidationException(
            f"JSON syntax error in input for target {target_id} : it is no JSON: {text}"
        ) from None
