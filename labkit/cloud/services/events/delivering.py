"""What EventBridge does by itself: find the rules that an event fits, and send it to their targets.

An event is an entry of the agenda, and so is each of its ways to a target: what goes wrong with one of them
is the matter of no other, and of nobody who made the event. A target's own policy decides whether
EventBridge gets in. What it refuses, or what isn't there, is not tried again; the rest is, later and later.
Source: EventBridge User Guide, "How EventBridge retries delivering events", "Using dead-letter queues".
"""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from labkit.cloud.core.events import EVENTBRIDGE, event_of, listening
from labkit.cloud.core.outside import Steps
from labkit.cloud.core.own_keys import open_own, seal_own
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.events.model import (
    ALL_CALLS,
    HISTORY,
    Delivery,
    Rule,
    RuleTarget,
    SeenEvent,
)
from labkit.cloud.services.events.patterns import read_pattern
from labkit.cloud.services.events.targets import Targets
from labkit.cloud.services.events.transforming import input_for
from labkit.cloud.state.arns import Arn
from labkit.cloud.state.tables import Scope
from labkit.crypto.randomness import public_uuid
from labkit.records import replace

CLOUDTRAIL_CALL = "AWS API Call via CloudTrail"
MOST_RETRIES, OLDEST = 185, timedelta(hours=24)
LONGEST_PAUSE = timedelta(hours=1)
TEXT = "String"


class Delivering(Targets):
    """Deliver events."""

    def _deliver(self, Event: str, EventBusName: str) -> None:
        """Send an event that came to a bus to the targets of all rules that it fits."""
        event = json.loads(open_own(self.cloud.hsm_memory, EVENTBRIDGE, b64decode(Event)))
        self._send_to(self._fitting(event, EventBusName), event, EventBusName)

    def _fire(self, Rule: str) -> None:
        """What a rule does when its time has come."""
        rule = self.tables.rules.get(Rule)
        if rule is None:
            return
        place = Scope(self.account, self.region)
        event = event_of(place, "aws.events", "Scheduled Event", {}, [rule.Arn], self.now)
        self._send_to([rule], event, rule.Bus)
        self._plan_next(rule)

    def _fitting(self, event: Mapping[str, Any], bus: str) -> list[Rule]:
        """The rules that an event fits; of a call that only reads, only those that want to hear of it."""
        place = Scope(self.account, self.region)
        heard = listening(self.cloud.tables.listeners, place, bus, event["source"], event["detail-type"])
        only_reads = event["detail-type"] == CLOUDTRAIL_CALL and event["detail"].get("readOnly") is True
        fitting = []
        for name in sorted({one.Rule for one in heard}):
            rule = self.tables.rules.get(name)
            assert rule is not None
            assert rule.EventPattern is not None
            if (not only_reads or rule.State == ALL_CALLS) and read_pattern(rule.EventPattern).fits(event):
                fitting.append(rule)
        return fitting

    def _send_to(self, rules: list[Rule], event: Mapping[str, Any], bus: str) -> None:
        """Plan the way of an event to every target of these rules, and note it for who looks inside."""
        number = self._note(rules, event, bus)
        for rule in rules:
            for target in self.targets_of(rule):
                key = f"{number:012d} {target.Key}"
                self.tables.deliveries.put(Delivery(key, number, rule.Key, target.Id, target.Arn))
                self._plan_send(key, timedelta())

    def _note(self, rules: list[Rule], event: Mapping[str, Any], bus: str) -> int:
        last = self.tables.seen.last()
        number = last.Number + 1 if last else 1
        self.tables.seen.put(
            SeenEvent(
                number,
                event["id"],
                bus,
                event["source"],
                event["detail-type"],
                self.now,
                seal_own(self.cloud.hsm_memory, EVENTBRIDGE, json.dumps(event).encode()),
                tuple(rule.Name for rule in rules),
            )
        )
        old = number - HISTORY
        if old in self.tables.seen:
            self.tables.seen.delete(old)
            for delivery in list(self.tables.deliveries.beginning(f"{old:012d} ")):
                self.tables.deliveries.delete(delivery.Key)
        return number

    def _text_of(self, seen: SeenEvent) -> str:
        return open_own(self.cloud.hsm_memory, EVENTBRIDGE, seen.Event).decode()

    def _plan_send(self, key: str, pause: timedelta) -> None:
        self.plan(
            f"events: send {self.account} {self.region} {key}", self.now + pause, "_send", {"Delivery": key}
        )

    def _send(self, Delivery: str) -> Steps:
        """Bring one event to one target, or find out why it can't be brought there."""
        delivery = self.tables.deliveries.get(Delivery)
        seen = self.tables.seen.get(delivery.Number) if delivery else None
        if delivery is None or seen is None:
            return {}  # so much has happened since that nobody knows of it any more
        rule = self.tables.rules.get(delivery.Rule)
        target = self.tables.targets.get(delivery.Key.partition(" ")[2])
        if rule is None or target is None:
            self._settle(delivery, "Failed", "The rule or its target is gone.")
            return {}
        settings = json.loads(target.Settings)
        error: AwsError | None = None
        try:
            yield from self._bring(rule, target, settings, json.loads(self._text_of(seen)))
        except AwsError as refused:
            error = refused
        if error is None:
            self._settle(delivery, "Delivered", "")
        elif not self._try_again(delivery, seen, settings, error):
            self._give_up(delivery, rule, settings, seen, error)
        return {}

    def _bring(
        self, rule: Rule, target: RuleTarget, settings: Mapping[str, Any], event: Mapping[str, Any]
    ) -> Steps:
        """Hand an event over to its target; AwsError, as the target's service answers."""
        text = input_for(settings, event, _variables(rule, event, f"{self.now:%Y-%m-%dT%H:%M:%SZ}"))
        arn = Arn.parse(target.Arn)
        assert arn is not None
        if arn.service == "sqs":
            more = {"MessageGroupId": group} if (group := _group_of(settings)) else {}
            return self._ask_queue(target.Arn, rule, MessageBody=text, **more)
        if arn.service == "logs":
            return self._write_log(arn, rule, text)
        return (
            yield from self.ask_and_wait(
                "lambda",
                "Invoke",
                itself=True,
                region=arn.region,
                source=rule.Arn,
                FunctionName=target.Arn,
                InvocationType="Event",
                Payload=text.encode(),
            )
        )

    def _ask_queue(self, arn: str, rule: Rule, **message: Any) -> dict[str, Any]:
        _, _, _, region, account, name = arn.split(":", 5)
        url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
        return self.ask(
            "sqs", "SendMessage", itself=True, region=region, source=rule.Arn, QueueUrl=url, **message
        )

    def _write_log(self, arn: Arn, rule: Rule, text: str) -> dict[str, Any]:
        """Each event gets a log stream of its own, as the lab doesn't gather them."""
        stream = {
            "logGroupName": arn.resource.removeprefix("log-group:").removesuffix(":*"),
            "logStreamName": public_uuid(),
        }
        asked: dict[str, Any] = {"itself": True, "region": arn.region, "source": rule.Arn, **stream}
        self.ask("logs", "CreateLogStream", **asked)
        line = {"timestamp": int(self.now.timestamp() * 1000), "message": text}
        return self.ask("logs", "PutLogEvents", **asked, logEvents=[line])

    def _try_again(
        self, delivery: Delivery, seen: SeenEvent, settings: Mapping[str, Any], error: AwsError
    ) -> bool:
        """Plan another try, if it can help and the target's retry policy has one left."""
        policy = settings.get("RetryPolicy", {})
        retries = policy.get("MaximumRetryAttempts", MOST_RETRIES)
        oldest = timedelta(seconds=policy.get("MaximumEventAgeInSeconds", OLDEST.total_seconds()))
        pause = min(timedelta(seconds=2**delivery.Attempts), LONGEST_PAUSE)
        if error.status < 500 or delivery.Attempts >= retries or self.now + pause > seen.Time + oldest:
            return False
        self.tables.deliveries.put(
            replace(delivery, Attempts=delivery.Attempts + 1, Status="Retrying", Error=_told(error))
        )
        self._plan_send(delivery.Key, pause)
        return True

    def _give_up(
        self,
        delivery: Delivery,
        rule: Rule,
        settings: Mapping[str, Any],
        seen: SeenEvent,
        error: AwsError,
    ) -> None:
        """Put the event into the target's dead-letter queue, if it has one and lets EventBridge in."""
        self._settle(delivery, "Failed", _told(error))
        graves = settings.get("DeadLetterConfig", {}).get("Arn")
        if not graves:
            return
        attributes = {
            "RULE_ARN": rule.Arn,
            "TARGET_ARN": delivery.TargetArn,
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": error.message or error.code,
        }
        told = {name: {"DataType": TEXT, "StringValue": value} for name, value in attributes.items()}
        try:
            self._ask_queue(graves, rule, MessageBody=self._text_of(seen), MessageAttributes=told)
        except AwsError as refused:
            self._settle(delivery, "Failed", f"{_told(error)} Dead-letter queue: {_told(refused)}")
        else:
            self._settle(delivery, "DeadLetter", _told(error))

    def _settle(self, delivery: Delivery, status: str, error: str) -> None:
        if delivery.Key in self.tables.deliveries:  # while a target was at work, others may have come to pass
            settled = replace(delivery, Attempts=delivery.Attempts + 1, Status=status, Error=error)
            self.tables.deliveries.put(settled)


def _variables(rule: Rule, event: Mapping[str, Any], now: str) -> dict[str, Any]:
    """What an input transformer can name without a path."""
    return {
        "aws.events.rule-arn": rule.Arn,
        "aws.events.rule-name": rule.Name,
        "aws.events.event.ingestion-time": now,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": dict(event),
    }


def _group_of(settings: Mapping[str, Any]) -> str:
    return str(settings.get("SqsParameters", {}).get("MessageGroupId", ""))


def _told(error: AwsError) -> str:
    return f"{error.code}: {error.message}" if error.message else error.code
