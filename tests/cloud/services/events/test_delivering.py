"""Events on their way: who hears of what, what targets are sent, what becomes of the undeliverable."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from labkit import Lab
from labkit.cloud.services.events.model import EventsTables
from tests.cloud.services.events.conftest import QUEUE, Inbox, let_in, rule
from tests.cloud.services.kms.wrapping import give
from tests.conftest import ACCOUNT, REGION, MakeClient

CHANGE = {"source": ["aws.ssm"], "detail-type": ["Parameter Store Change"]}
POLICY = {"source": ["aws.ssm"], "detail-type": ["Parameter Store Policy Action"]}
ARN = "arn:aws:ssm:us-east-1:123456789012:parameter/app/db"


@pytest.fixture
def ssm(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("ssm")


def deliveries(lab: Lab) -> list[tuple[str, str]]:
    tables = lab.cloud.store.tables(EventsTables, ACCOUNT, REGION)
    return [(one.Status, one.Error) for one in tables.deliveries]


def put_event(events: Any, detail: Any, source: str = "me") -> None:
    answer = events.put_events(
        Entries=[
            {"Source": source, "DetailType": "t", "Detail": json.dumps(detail), "Resources": ["r1", "r2"]}
        ]
    )
    assert answer["FailedEntryCount"] == 0


def test_a_change_of_a_parameter_is_told_as_documented(events: Any, inbox: Inbox, ssm: Any) -> None:
    rule(events, CHANGE)
    ssm.put_parameter(Name="/app/db", Value="v", Type="String", Description="Sample")
    (event,) = inbox.read()
    assert event.pop("time").endswith("Z")
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "Parameter Store Change",
        "source": "aws.ssm",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [ARN],
        "detail": {"operation": "Create", "name": "/app/db", "type": "String", "description": "Sample"},
    }


def test_every_kind_of_change_is_told(events: Any, inbox: Inbox, ssm: Any) -> None:
    rule(events, CHANGE)
    ssm.put_parameter(Name="/app/db", Value="v", Type="SecureString")
    ssm.put_parameter(Name="/app/db", Value="w", Type="SecureString", Overwrite=True)
    ssm.label_parameter_version(Name="/app/db", Labels=["live"])
    ssm.delete_parameter(Name="/app/db")
    told = inbox.read()
    assert [one["detail"]["operation"] for one in told] == [
        "Create",
        "Update",
        "LabelParameterVersion",
        "Delete",
    ]
    assert {one["detail"]["type"] for one in told} == {"SecureString"}


def test_a_call_that_fails_tells_nothing(events: Any, inbox: Inbox, ssm: Any) -> None:
    rule(events, CHANGE)
    ssm.put_parameter(Name="/app/db", Value="v", Type="String")
    with pytest.raises(ssm.exceptions.ParameterAlreadyExists):
        ssm.put_parameter(Name="/app/db", Value="v", Type="String")
    assert len(inbox.read()) == 1


def test_policies_of_a_parameter_are_acted_upon_in_their_time(
    events: Any, inbox: Inbox, ssm: Any, lab: Lab
) -> None:
    rule(events, POLICY)
    end = lab.clock.now().replace(microsecond=0)
    policies = [
        {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": _in_days(end, 30)}},
        {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "5", "Unit": "Days"}},
        {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "20", "Unit": "Days"}},
    ]
    ssm.put_parameter(
        Name="/app/db", Value="v", Type="String", Tier="Advanced", Policies=json.dumps(policies)
    )
    told = []
    for days in (19, 2, 5, 5):  # at 19, 21, 26 and 31 days
        lab.clock.advance(days=days)
        told.append([one["detail"]["policy-type"] for one in inbox.read()])
    assert told == [[], ["NoChangeNotification"], ["ExpirationNotification"], ["Expiration"]]
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_policy_action_is_told_as_documented(events: Any, inbox: Inbox, ssm: Any, lab: Lab) -> None:
    rule(events, POLICY)
    policy = {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "1", "Unit": "Hours"}}
    ssm.put_parameter(
        Name="/app/db", Value="v", Type="String", Tier="Advanced", Policies=json.dumps([policy])
    )
    lab.clock.advance(minutes=30)
    ssm.put_parameter(Name="/app/db", Value="w", Type="String", Overwrite=True)  # the hour begins anew
    lab.clock.advance(minutes=45)
    assert inbox.read() == []
    lab.clock.advance(days=3)
    (event,) = inbox.read()
    (shown,) = ssm.describe_parameters()["Parameters"][0]["Policies"]
    assert (shown["PolicyType"], shown["PolicyStatus"]) == ("NoChangeNotification", "Finished")
    assert json.loads(event["detail"].pop("policy-content")) == policy
    assert (event["resources"], event["detail"]) == (
        [ARN],
        {
            "policy-type": "NoChangeNotification",
            "parameter-type": "String",
            "parameter-name": "/app/db",
            "action-status": "Success",
            "action-reason": "",
        },
    )


def _in_days(moment: Any, days: int) -> str:
    return f"{moment + timedelta(days=days):%Y-%m-%dT%H:%M:%S.000Z}"


def test_a_key_tells_of_its_rotation_and_of_its_end(
    events: Any, inbox: Inbox, client: MakeClient, lab: Lab
) -> None:
    rule(events, {"source": ["aws.kms"], "detail-type": [{"prefix": "KMS CMK"}]})
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    (rotation,) = inbox.read()
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    lab.clock.advance(days=7)
    (deletion,) = inbox.read()
    assert (rotation["detail-type"], rotation["resources"]) == ("KMS CMK Rotation", [key["Arn"]])
    assert rotation["detail"]["key-id"] == key["KeyId"]
    assert (rotation["detail"]["key-origin"], rotation["detail"]["rotation-type"]) == ("AWS_KMS", "ON_DEMAND")
    assert rotation["detail"]["current-key-material-id"] != rotation["detail"]["previous-key-material-id"]
    assert (deletion["detail-type"], deletion["detail"]) == ("KMS CMK Deletion", {"key-id": key["KeyId"]})


def test_imported_material_tells_of_its_end(events: Any, inbox: Inbox, client: MakeClient, lab: Lab) -> None:
    rule(events, {"source": ["aws.kms"], "detail-type": ["KMS Imported Key Material Expiration"]})
    kms = client("kms")
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    end = lab.clock.now() + timedelta(days=1)
    give(kms, key["KeyId"], bytes(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=end)
    lab.clock.advance(days=2)
    (event,) = inbox.read()
    assert event["resources"] == [key["Arn"]]
    assert event["detail"].keys() == {"key-id", "key-material-id"}


def test_calls_come_through_cloudtrail_and_reading_ones_only_if_wanted(
    events: Any, inbox: Inbox, client: MakeClient
) -> None:
    pattern = {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["secretsmanager.amazonaws.com"]},
    }
    secrets = client("secretsmanager")
    rule(events, pattern)
    secrets.create_secret(Name="s", SecretString="hidden")
    secrets.get_secret_value(SecretId="s")
    with pytest.raises(secrets.exceptions.ResourceExistsException):
        secrets.create_secret(Name="s", SecretString="hidden")
    told = inbox.read()
    assert [(one["detail"]["eventName"], one["detail"].get("errorCode")) for one in told] == [
        ("CreateSecret", None),
        ("CreateSecret", "ResourceExistsException"),
    ]
    assert "hidden" not in json.dumps(told)
    rule(events, pattern, State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    secrets.get_secret_value(SecretId="s")
    assert [one["detail"]["eventName"] for one in inbox.read()] == ["GetSecretValue"]


def test_a_call_made_while_no_rule_was_on_is_not_told_later(
    events: Any, inbox: Inbox, client: MakeClient
) -> None:
    rule(events, {"source": ["aws.secretsmanager"], "detail-type": ["AWS API Call via CloudTrail"]})
    events.disable_rule(Name="r")
    secrets = client("secretsmanager")
    secrets.create_secret(Name="before", SecretString="x")
    events.enable_rule(Name="r")
    secrets.create_secret(Name="after", SecretString="x")
    assert [one["detail"]["requestParameters"]["name"] for one in inbox.read()] == ["after"]


def test_what_a_service_does_by_itself_comes_through_cloudtrail(
    events: Any, inbox: Inbox, client: MakeClient
) -> None:
    rule(events, {"detail-type": ["AWS Service Event via CloudTrail"]})
    kms = client("kms")
    kms.rotate_key_on_demand(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    (event,) = inbox.read()
    assert (event["source"], event["detail"]["eventName"]) == ("aws.kms", "RotateKey")


def test_a_rule_hears_of_its_own_region_and_account(events: Any, inbox: Inbox, client: MakeClient) -> None:
    rule(events, CHANGE)
    for region, account in (("eu-west-1", ACCOUNT), (REGION, "444455556666")):
        client("ssm", region, account).put_parameter(Name="/x", Value="v", Type="String")
    assert inbox.read() == []


def test_a_rule_that_is_off_or_gone_hears_nothing(events: Any, inbox: Inbox, lab: Lab) -> None:
    rule(events, {"source": ["me"]})
    events.disable_rule(Name="r")
    put_event(events, {})
    events.enable_rule(Name="r")
    put_event(events, {"n": 1})
    events.remove_targets(Rule="r", Ids=["inbox"])
    events.delete_rule(Name="r")
    put_event(events, {})
    assert [one["detail"] for one in inbox.read()] == [{"n": 1}]
    assert len(lab.cloud.tables.listeners) == 0


def test_a_rule_fires_by_its_schedule(events: Any, inbox: Inbox, lab: Lab) -> None:
    arn = rule(events, ScheduleExpression="cron(0 12 * * ? *)")
    lab.clock.advance(days=2)
    first, second = inbox.read()
    assert (first["source"], first["detail-type"]) == ("aws.events", "Scheduled Event")
    assert (first["resources"], first["detail"]) == ([arn], {})
    assert [one["time"][10:] for one in (first, second)] == ["T12:00:00Z"] * 2
    events.disable_rule(Name="r")
    lab.clock.advance(days=2)
    assert inbox.read() == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail.b[1]"}, 20),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"a": "$.detail.a", "b": "$.detail.b", "no": "$.detail.no"},
                    "InputTemplate": '{"a": <a>, "text": "a is <a>, b is <b>, <no>.", '
                    '"rule": <aws.events.rule-name>}',
                }
            },
            {"a": 'x"y', "text": 'a is x"y, b is [10, 20], .', "rule": "r"},
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '"It is <a>"'}},
            'It is x"y',
        ),
    ],
)
def test_what_a_target_is_sent(events: Any, inbox: Inbox, target: Any, expected: Any) -> None:
    rule(events, {"source": ["me"]}, **target)
    put_event(events, {"a": 'x"y', "b": [10, 20]})
    assert inbox.read() == [expected]


def test_a_fifo_queue_is_sent_a_group(events: Any, inbox: Inbox) -> None:
    wanted = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = inbox.sqs.create_queue(QueueName="inbox.fifo", Attributes=wanted)["QueueUrl"]
    let_in(inbox.sqs, url)
    rule(events, {"source": ["me"]}, Arn=QUEUE + ".fifo", SqsParameters={"MessageGroupId": "g"})
    put_event(events, {})
    message = inbox.sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"][0]
    assert message["Attributes"]["MessageGroupId"] == "g"


def test_a_queue_that_names_another_rule_lets_nobody_in(events: Any, inbox: Inbox, lab: Lab) -> None:
    let_in(inbox.sqs, inbox.url, "arn:aws:events:us-east-1:123456789012:rule/other")
    rule(events, {"source": ["me"]})
    put_event(events, {})
    assert inbox.read() == []
    ((status, error),) = deliveries(lab)
    assert status == "Failed"
    assert error.startswith("AccessDenied: User: events.amazonaws.com is not authorized")


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(events: Any, inbox: Inbox, lab: Lab) -> None:
    nowhere = "arn:aws:sqs:us-east-1:123456789012:nowhere"
    arn = rule(events, {"source": ["me"]}, Arn=nowhere, DeadLetterConfig={"Arn": QUEUE})
    put_event(events, {"n": 1})
    found = inbox.sqs.receive_message(QueueUrl=inbox.url, MessageAttributeNames=["All"])["Messages"][0]
    assert json.loads(found["Body"])["detail"] == {"n": 1}
    told = {name: value["StringValue"] for name, value in found["MessageAttributes"].items()}
    assert told["RULE_ARN"] == arn
    assert told["TARGET_ARN"] == nowhere
    assert deliveries(lab)[0][0] == "DeadLetter"


def test_failed_entries_are_told_and_the_others_go_on(events: Any, inbox: Inbox) -> None:
    rule(events, {"detail-type": ["t"]})
    entry = {"Source": "me", "DetailType": "t", "Detail": "{}"}
    answer = events.put_events(
        Entries=[
            entry,
            entry | {"Source": "aws.ssm"},
            entry | {"Detail": "x"},
            entry | {"Source": ""},
            entry | {"Detail": '{"a": ' * 5000 + "1" + "}" * 5000},
        ]
    )
    assert [one.get("ErrorCode") for one in answer["Entries"]] == [
        None,
        "NotAuthorizedForSourceException",
        "MalformedDetail",
        "InvalidArgument",
        "MalformedDetail",
    ]
    assert len(inbox.read()) == 1


def test_events_come_in_the_order_in_which_they_were_put(events: Any, inbox: Inbox) -> None:
    rule(events, {"source": ["me"]})
    entries = [{"Source": "me", "DetailType": "t", "Detail": json.dumps({"n": n})} for n in range(10)]
    events.put_events(Entries=entries)
    assert [one["detail"]["n"] for one in inbox.read()] == list(range(10))


def test_only_the_last_events_are_remembered(events: Any, inbox: Inbox, lab: Lab) -> None:
    rule(events, {"source": ["me"]})
    entries = [{"Source": "me", "DetailType": "t", "Detail": "{}"}] * 10
    for _ in range(21):
        events.put_events(Entries=entries)
    tables = lab.cloud.store.tables(EventsTables, ACCOUNT, REGION)
    assert (len(tables.seen), len(tables.deliveries)) == (200, 200)


def test_a_rule_in_a_file_still_hears(tmp_path: Any) -> None:
    with Lab(tmp_path / "class.lab"):
        sqs, events = boto3.client("sqs"), boto3.client("events")
        url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        let_in(sqs, url)
        rule(events, {"source": ["me"]})
    with Lab(tmp_path / "class.lab"):
        put_event(boto3.client("events"), {"n": 1})
        assert len(Inbox(boto3.client("sqs"), url).read()) == 1
