"""Rules, targets, buses, tags: made, shown, listed in pages, refused."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.events.conftest import QUEUE, Inbox, rule
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.cloud.services.kms.people import client_of_user
from tests.conftest import MakeClient

ARN = "arn:aws:events:us-east-1:123456789012:"


@pytest.fixture
def as_user(lab: Lab, client: MakeClient) -> Callable[..., Any]:
    """Return `as_user(*statements)`: a client of a new user with just these statements."""
    return partial(client_of_user, client, "events")


def test_a_rule_is_made_shown_and_deleted(events: Any) -> None:
    made = events.put_rule(Name="r", EventPattern='{"source": ["a"]}', Description="d")
    assert made["RuleArn"] == ARN + "rule/r"
    shown = events.describe_rule(Name="r")
    del shown["ResponseMetadata"]
    assert shown == {
        "Name": "r",
        "Arn": ARN + "rule/r",
        "EventPattern": '{"source": ["a"]}',
        "State": "ENABLED",
        "Description": "d",
        "EventBusName": "default",
        "CreatedBy": "123456789012",
    }
    events.disable_rule(Name="r")
    assert events.list_rules()["Rules"][0]["State"] == "DISABLED"
    events.delete_rule(Name="r")
    events.delete_rule(Name="r")
    assert refusal(events.describe_rule, Name="r") == Refusal(
        "ResourceNotFoundException", "Rule r does not exist on EventBus default."
    )


def test_a_rule_needs_a_pattern_or_a_schedule(events: Any) -> None:
    assert refusal(events.put_rule, Name="r") == Refusal(
        "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."
    )
    assert refusal(events.put_rule, Name="r", ScheduleExpression="rate(1 minutes)") == Refusal(
        "ValidationException", "Parameter ScheduleExpression is not valid."
    )
    wrong = refusal(events.put_rule, Name="r", EventPattern='{"a": "b"}')
    assert wrong == Refusal(
        "InvalidEventPatternException",
        'Event pattern is not valid. Reason: "a" must be an object or an array\n'
        ' at [Source: (String)"{"a": "b"}"; line: 1, column: 8]',
    )


def test_a_rule_with_targets_stays(events: Any) -> None:
    rule(events, {"source": ["a"]})
    assert refusal(events.delete_rule, Name="r") == Refusal(
        "ValidationException", "Rule can't be deleted since it has targets."
    )
    assert events.list_targets_by_rule(Rule="r")["Targets"] == [{"Id": "inbox", "Arn": QUEUE}]
    assert events.list_rule_names_by_target(TargetArn=QUEUE)["RuleNames"] == ["r"]
    answer = events.remove_targets(Rule="r", Ids=["inbox", "other"])
    assert [one["TargetId"] for one in answer["FailedEntries"]] == ["other"]
    events.delete_rule(Name="r")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            {"Arn": "inbox"},
            "Parameter inbox is not valid. Reason: Provided Arn is not in correct format.",
        ),
        (
            {"Arn": QUEUE + ".fifo"},
            "Parameter(s) SqsParameters must be specified for target: t.",
        ),
        (
            {"Arn": QUEUE, "Input": "{}", "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
    ],
)
def test_what_cannot_be_a_target(events: Any, target: Any, message: str) -> None:
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    wrong = refusal(events.put_targets, Rule="r", Targets=[{"Id": "t"} | target])
    assert wrong == Refusal("ValidationException", message)


def test_a_target_that_the_lab_does_not_have_is_refused(events: Any) -> None:
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    topic = {"Id": "t", "Arn": "arn:aws:sns:us-east-1:123456789012:topic"}
    assert refusal(events.put_targets, Rule="r", Targets=[topic]).code == "NotImplemented"


def test_a_rule_has_five_targets_at_most(events: Any) -> None:
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    targets = [{"Id": str(number), "Arn": QUEUE} for number in range(6)]
    assert refusal(events.put_targets, Rule="r", Targets=targets).code == "LimitExceededException"
    events.put_targets(Rule="r", Targets=targets[:5])


def test_rules_come_in_pages(events: Any) -> None:
    for number in range(5):
        events.put_rule(Name=f"r{number}", EventPattern='{"source": ["a"]}')
    pages = []
    token: dict[str, str] = {}
    while True:
        page = events.list_rules(NamePrefix="r", Limit=2, **token)
        pages.append([one["Name"] for one in page["Rules"]])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert pages == [["r0", "r1"], ["r2", "r3"], ["r4"]]


def test_a_bus_of_ones_own_hears_what_is_put_on_it(events: Any, inbox: Inbox) -> None:
    assert events.create_event_bus(Name="mine")["EventBusArn"] == ARN + "event-bus/mine"
    assert rule(events, {"source": ["a"]}, EventBusName="mine") == ARN + "rule/mine/r"
    for bus in ("mine", "default"):
        events.put_events(
            Entries=[
                {"Source": "a", "DetailType": "t", "Detail": json.dumps({"on": bus}), "EventBusName": bus}
            ]
        )
    assert [one["detail"] for one in inbox.read()] == [{"on": "mine"}]
    assert [one["Name"] for one in events.list_event_buses()["EventBuses"]] == ["default", "mine"]
    assert refusal(events.delete_event_bus, Name="mine").code == "ValidationException"


def test_a_schedule_is_for_the_default_bus(events: Any) -> None:
    events.create_event_bus(Name="mine")
    wrong = refusal(events.put_rule, Name="r", EventBusName="mine", ScheduleExpression="rate(1 hour)")
    assert wrong.message == "ScheduleExpression is supported only on the default event bus."


def test_another_account_may_put_events_if_it_is_let_in(
    events: Any, inbox: Inbox, client: MakeClient
) -> None:
    rule(events, {"account": ["444455556666"]})
    other = client("events", account="444455556666")
    entry = {
        "Source": "a",
        "DetailType": "t",
        "Detail": "{}",
        "EventBusName": ARN + "event-bus/default",
    }
    assert refusal(other.put_events, Entries=[entry]).code == "AccessDeniedException"
    events.put_permission(Action="events:PutEvents", Principal="444455556666", StatementId="them")
    other.put_events(Entries=[entry])
    assert [one["account"] for one in inbox.read()] == ["444455556666"]
    events.remove_permission(StatementId="them")
    assert refusal(other.put_events, Entries=[entry]).code == "AccessDeniedException"
    assert "Policy" not in events.describe_event_bus()


def test_tags(events: Any) -> None:
    arn = events.put_rule(Name="r", EventPattern='{"source": ["a"]}', Tags=[{"Key": "a", "Value": "1"}])[
        "RuleArn"
    ]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_who_may_make_a_rule_may_be_bound_to_a_source(as_user: Callable[..., Any]) -> None:
    condition = {
        "ForAllValues:StringEquals": {"events:source": ["aws.ssm"]},
        "Null": {"events:source": "false"},
    }
    ada = as_user({"Effect": "Allow", "Action": "events:PutRule", "Resource": "*", "Condition": condition})
    ada.put_rule(Name="r", EventPattern='{"source": ["aws.ssm"]}')
    assert refusal(ada.put_rule, Name="r", EventPattern='{"source": ["aws.kms"]}') == Refusal(
        "AccessDeniedException",
        f"User: arn:aws:iam::123456789012:user/ada is not authorized to perform: events:PutRule on resource: "
        f"{ARN}rule/r because no identity-based policy allows the events:PutRule action",
    )


def test_test_event_pattern(events: Any) -> None:
    event = dict.fromkeys(("account", "detail-type", "id", "region", "source", "time"), "x")
    for source, fits in (("x", True), ("y", False)):
        pattern = json.dumps({"source": [source]})
        answer = events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))
        assert answer["Result"] is fits
    del event["id"]
    wrong = refusal(events.test_event_pattern, EventPattern='{"source": ["x"]}', Event=json.dumps(event))
    assert wrong.code == "ValidationException"


def test_a_policy_may_ask_for_the_tags_of_buses_and_rules(events: Any, client: MakeClient) -> None:
    new = {"StringEquals": {"aws:RequestTag/team": "red"}}
    old = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    ada = client_of_user(
        client,
        "events",
        {"Effect": "Allow", "Action": ["events:CreateEventBus", "events:TagResource"], "Resource": "*"}
        | {"Condition": new},
        {"Effect": "Allow", "Action": "events:UntagResource", "Resource": "*", "Condition": old},
    )
    red, blue = ([{"Key": "team", "Value": colour}] for colour in ("red", "blue"))
    assert refusal(ada.create_event_bus, Name="blue", Tags=blue).code == "AccessDeniedException"
    ada.create_event_bus(Name="red", Tags=red)
    made = events.put_rule(Name="r", EventPattern='{"source": ["me"]}', Tags=blue)["RuleArn"]
    assert refusal(ada.untag_resource, ResourceARN=made, TagKeys=["team"]).code == "AccessDeniedException"
    assert refusal(ada.tag_resource, ResourceARN=made, Tags=blue).code == "AccessDeniedException"
    ada.tag_resource(ResourceARN=made, Tags=red)
    ada.untag_resource(ResourceARN=made, TagKeys=["team"])
    assert events.list_tags_for_resource(ResourceARN=made)["Tags"] == []
