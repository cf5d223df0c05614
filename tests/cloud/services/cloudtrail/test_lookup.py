"""LookupEvents: every call is there, newest first, and can be found by what is known of it."""

from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.cloudtrail.trail import by, events
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.conftest import MakeClient


def names(found: list[Any]) -> list[str]:
    return [event["EventName"] for event in found]


def test_calls_are_listed_newest_first(lab: Lab, kms: Any, client: MakeClient) -> None:
    arn = new_key(kms)
    kms.disable_key(KeyId=arn)
    refusal(kms.encrypt, KeyId=arn, Plaintext=b"x")
    client("sts").get_caller_identity()
    assert names(events(client)) == ["GetCallerIdentity", "Encrypt", "DisableKey", "CreateKey"]


def test_looking_is_recorded_too(lab: Lab, client: MakeClient) -> None:
    assert events(client) == []
    assert names(events(client)) == ["LookupEvents"]


def test_an_event_says_the_main_things_itself(lab: Lab, kms: Any, client: MakeClient) -> None:
    arn = new_key(kms)
    (event,) = events(client)
    del event["CloudTrailEvent"], event["EventId"], event["EventTime"]
    assert event == {
        "EventName": "CreateKey",
        "EventSource": "kms.amazonaws.com",
        "ReadOnly": "false",
        "Username": "Administrator",
        "AccessKeyId": "123456789012",
        "Resources": [{"ResourceType": "AWS::KMS::Key", "ResourceName": arn}],
    }


def test_each_attribute_finds_its_events(lab: Lab, kms: Any, client: MakeClient) -> None:
    first, second = new_key(kms), new_key(kms)
    kms.describe_key(KeyId=first)
    client("sts", account="AKIAIOSFODNN7EXAMPLE").get_caller_identity()
    (identified, described, *made) = events(client)
    for attributes, found in (
        ({"EventName": "CreateKey"}, made),
        ({"EventId": described["EventId"]}, [described]),
        ({"ReadOnly": "false"}, made),
        ({"EventSource": "sts.amazonaws.com"}, [identified]),
        ({"ResourceName": first}, [described, made[1]]),
        ({"ResourceName": second}, [made[0]]),
        ({"ResourceType": "AWS::KMS::Key"}, [described, *made]),
        ({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, [identified]),
        ({"Username": "Nobody"}, []),
    ):
        assert events(client, **by(**attributes)) == found, attributes
    everybody = events(client, **by(Username="Administrator"))
    assert names(everybody)[-4:] == ["GetCallerIdentity", "DescribeKey", "CreateKey", "CreateKey"]


def test_read_only_calls_are_told_apart(lab: Lab, kms: Any, client: MakeClient) -> None:
    """Cryptography counts as reading. Source: KMS Developer Guide, "Logging AWS KMS API calls"."""
    arn = new_key(kms)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=arn)
    kms.generate_data_key(KeyId=arn, KeySpec="AES_256")
    kms.generate_random(NumberOfBytes=1)
    kms.list_keys()
    kms.tag_resource(KeyId=arn, Tags=[{"TagKey": "a", "TagValue": "b"}])
    kms.enable_key_rotation(KeyId=arn)
    assert names(events(client, **by(ReadOnly="true"))) == [
        "ListKeys",
        "GenerateRandom",
        "GenerateDataKey",
        "ReEncrypt",
        "Decrypt",
        "Encrypt",
    ]
    assert names(events(client, **by(ReadOnly="false"))) == ["EnableKeyRotation", "TagResource", "CreateKey"]


def test_pages_follow_each_other_although_new_events_come(lab: Lab, kms: Any, client: MakeClient) -> None:
    trail = client("cloudtrail")
    made = [new_key(kms) for _ in range(7)]
    token: dict[str, str] = {}
    found = []
    for size in (3, 3, 1):
        page = trail.lookup_events(**by(EventName="CreateKey"), MaxResults=3, **token)
        assert len(page["Events"]) == size
        found += [event["Resources"][0]["ResourceName"] for event in page["Events"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
        new_key(kms)
    assert found == made[::-1]
    assert token == {}


def test_a_page_has_50_events_unless_fewer_are_asked_for(lab: Lab, kms: Any, client: MakeClient) -> None:
    for _ in range(51):
        kms.list_keys()
    page = client("cloudtrail").lookup_events()
    assert len(page["Events"]) == 50
    assert "NextToken" in page


def test_a_token_belongs_to_its_question(lab: Lab, kms: Any, client: MakeClient) -> None:
    for _ in range(3):
        kms.list_keys()
    trail = client("cloudtrail")
    token = trail.lookup_events(**by(EventName="ListKeys"), MaxResults=1)["NextToken"]
    assert trail.lookup_events(**by(EventName="ListKeys"), MaxResults=2, NextToken=token)["Events"]
    for other in (by(EventName="Encrypt"), {}, by(EventName="ListKeys") | {"EndTime": lab.clock.now()}):
        refused = refusal(trail.lookup_events, **other, NextToken=token)
        assert refused.code == "InvalidNextTokenException"


def test_only_one_attribute_can_be_looked_up(lab: Lab, client: MakeClient) -> None:
    asked = by(EventName="Encrypt", ReadOnly="true")
    refused = refusal(client("cloudtrail").lookup_events, **asked)
    assert refused.code == "InvalidLookupAttributesException"


@pytest.mark.parametrize(("length", "code"), [(2000, None), (2001, "InvalidLookupAttributesException")])
def test_some_characters_of_a_value_count_twice(
    lab: Lab, client: MakeClient, length: int, code: str | None
) -> None:
    asked = by(Username="_" * (length - 1000) + "x" * (2000 - length))
    trail = client("cloudtrail")
    if code is None:
        assert trail.lookup_events(**asked)["Events"] == []
    else:
        assert refusal(trail.lookup_events, **asked).code == code


def test_history_reaches_90_days_back(lab: Lab, kms: Any, client: MakeClient) -> None:
    new_key(kms)
    lab.clock.advance(days=89)
    assert names(events(client)) == ["CreateKey"]
    lab.clock.advance(days=2)
    assert names(events(client)) == ["LookupEvents"]


@pytest.mark.parametrize("token", ["!", "bm90IGEgbnVtYmVy"])
def test_a_token_that_was_not_handed_out_is_refused(lab: Lab, client: MakeClient, token: str) -> None:
    refused = refusal(client("cloudtrail").lookup_events, NextToken=token)
    assert refused.code == "InvalidNextTokenException"


def test_a_time_range_cuts_the_history(lab: Lab, kms: Any, client: MakeClient) -> None:
    moments = []
    for _ in range(3):
        moments.append(lab.clock.now())
        new_key(kms)
        lab.clock.advance(days=1)
    hour = timedelta(hours=1)
    keys = by(EventName="CreateKey")
    assert len(events(client, **keys, StartTime=moments[1] - hour)) == 2
    assert len(events(client, **keys, EndTime=moments[1] - hour)) == 1
    assert len(events(client, **keys, StartTime=moments[1] - hour, EndTime=moments[1] + hour)) == 1
    assert events(client, **keys, StartTime=moments[2] + hour) == []


def test_a_time_range_runs_forwards(lab: Lab, client: MakeClient) -> None:
    now = lab.clock.now()
    asked = {"StartTime": now, "EndTime": now - timedelta(hours=1)}
    assert refusal(client("cloudtrail").lookup_events, **asked).code == "InvalidTimeRangeException"


def test_no_insights_are_gained(lab: Lab, kms: Any, client: MakeClient) -> None:
    new_key(kms)
    assert events(client, EventCategory="insight") == []


def test_the_history_is_of_one_account_and_region(lab: Lab, kms: Any, client: MakeClient) -> None:
    new_key(kms)
    assert events(client, region="eu-west-1") == []
    assert events(client, account="111122223333") == []
    assert names(events(client, **by(EventName="CreateKey"))) == ["CreateKey"]
