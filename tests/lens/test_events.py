"""lab.events(): what became of an event, and why it did not come to a target."""

import boto3

from labkit import Lab

QUEUE = "arn:aws:sqs:us-east-1:123456789012:inbox"


def test_the_table_tells_what_became_of_each_event(lab: Lab) -> None:
    events = boto3.client("events")
    boto3.client("sqs").create_queue(QueueName="inbox")
    events.put_rule(Name="idle", EventPattern='{"source": ["me"]}')
    events.put_rule(Name="sends", EventPattern='{"source": ["me"], "detail": {"n": [1]}}')
    events.put_targets(Rule="sends", Targets=[{"Id": "q", "Arn": QUEUE}])
    for source, detail in (("me", '{"n": 1}'), ("you", "{}")):
        events.put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": detail}])
    shown = lab.events()
    rows = [
        [None if one is None else str(one) for one in row]
        for row in shown[["Source", "Rule", "TargetArn", "Status"]]
        .astype(object)
        .where(shown.notna(), None)
        .values
    ]
    assert rows == [
        ["me", "idle", None, "NoTarget"],
        ["me", "sends", QUEUE, "Failed"],
        ["you", None, None, "NoRule"],
    ]
    assert shown["Detail"][0] == '{"n": 1}'
    assert shown["Error"][1].startswith("AccessDenied: User: events.amazonaws.com is not authorized")
