"""Log groups and streams are made, found, listed and deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.people import statement
from tests.cloud.services.logs.conftest import made, messages, put

ARN = "arn:aws:logs:us-east-1:123456789012:log-group:web"


def names(answer: dict[str, Any]) -> list[str]:
    return [one["logGroupName"] for one in answer["logGroups"]]


def streams(answer: dict[str, Any]) -> list[str]:
    return [one["logStreamName"] for one in answer["logStreams"]]


def test_a_group_is_described_as_it_was_made(logs: Any) -> None:
    logs.create_log_group(logGroupName="web", tags={"team": "one"})
    (told,) = logs.describe_log_groups()["logGroups"]
    assert told["arn"] == f"{ARN}:*"
    assert told["logGroupArn"] == ARN
    assert told["logGroupClass"] == "STANDARD"
    assert (told["storedBytes"], told["metricFilterCount"]) == (0, 0)
    assert "kmsKeyId" not in told
    assert "retentionInDays" not in told
    assert logs.list_tags_for_resource(resourceArn=ARN)["tags"] == {"team": "one"}


def test_a_name_is_taken_once(logs: Any) -> None:
    made(logs)
    told = refusal(logs.create_log_group, logGroupName="web")
    assert told.code == "ResourceAlreadyExistsException"
    assert told.message == "The specified log group already exists"
    told = refusal(logs.create_log_stream, logGroupName="web", logStreamName="one")
    assert (told.code, told.message) == (
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
    )


def test_a_name_that_the_model_refuses_is_an_invalid_parameter(logs: Any) -> None:
    told = refusal(logs.create_log_group, logGroupName="no spaces")
    assert told.code == "InvalidParameterException"
    assert told.message.startswith("1 validation error detected: Value 'no spaces' at 'logGroupName' failed")


def test_names_that_begin_like_aws_own_are_reserved(logs: Any) -> None:
    told = refusal(logs.create_log_group, logGroupName="aws/lambda/f")
    assert (told.code, told.message) == (
        "InvalidParameterException",
        "Log groups starting with AWS/ are reserved for AWS.",
    )
    logs.create_log_group(logGroupName="/aws/lambda/f")


def test_what_does_not_exist_is_not_found(logs: Any) -> None:
    told = refusal(logs.create_log_stream, logGroupName="web", logStreamName="one")
    assert (told.code, told.message) == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
    logs.create_log_group(logGroupName="web")
    told = refusal(logs.get_log_events, logGroupName="web", logStreamName="one")
    assert (told.code, told.message) == (
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
    assert refusal(logs.delete_log_group, logGroupName="none").code == "ResourceNotFoundException"
    assert refusal(logs.describe_log_streams, logGroupName="none").code == "ResourceNotFoundException"


def test_groups_are_listed_by_prefix_or_by_a_part_of_the_name_in_pages(logs: Any) -> None:
    for name in ("app/a", "app/b", "my-app", "web"):
        logs.create_log_group(logGroupName=name)
    assert names(logs.describe_log_groups(logGroupNamePrefix="app")) == ["app/a", "app/b"]
    assert names(logs.describe_log_groups(logGroupNamePattern="app")) == ["app/a", "app/b", "my-app"]
    assert "logGroupArn" not in logs.describe_log_groups(logGroupNamePattern="web")["logGroups"][0]
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["logGroups"]) for page in pages] == [3, 1]
    told = refusal(logs.describe_log_groups, logGroupNamePrefix="a", logGroupNamePattern="a")
    assert told.code == "InvalidParameterException"
    assert refusal(logs.describe_log_groups, nextToken="!").code == "InvalidParameterException"


def test_groups_are_listed_by_names_and_classes(logs: Any) -> None:
    for name, kind in (("app/a", "STANDARD"), ("app/b", "INFREQUENT_ACCESS"), ("my-app", "DELIVERY")):
        logs.create_log_group(logGroupName=name, logGroupClass=kind)
    assert names(logs.list_log_groups(logGroupNamePattern="^app|app/b")) == ["app/a", "app/b"]
    assert names(logs.list_log_groups(logGroupClass="DELIVERY")) == ["my-app"]
    assert names(logs.describe_log_groups(logGroupIdentifiers=["app/a", "my-app"])) == ["app/a", "my-app"]
    first = logs.list_log_groups(limit=2)
    assert names(first) == ["app/a", "app/b"]
    assert names(logs.list_log_groups(limit=2, nextToken=first["nextToken"])) == ["my-app"]


def test_streams_are_listed_by_name_or_by_their_last_event(logs: Any, lab: Lab) -> None:
    made(logs, stream="a1")
    for name in ("a2", "b"):
        logs.create_log_stream(logGroupName="web", logStreamName=name)
    put(lab, logs, "late", stream="a1")
    put(lab, logs, "early", stream="b", ago=5000)
    listed = logs.describe_log_streams
    assert streams(listed(logGroupName="web")) == ["a1", "a2", "b"]
    assert streams(listed(logGroupIdentifier=ARN, descending=True)) == ["b", "a2", "a1"]
    assert streams(listed(logGroupName="web", logStreamNamePrefix="a")) == ["a1", "a2"]
    by_time = {"logGroupName": "web", "orderBy": "LastEventTime"}
    assert streams(listed(**by_time)) == ["a2", "b", "a1"]
    for more in ({}, {"descending": True}, by_time, {**by_time, "descending": True}):
        pages = logs.get_paginator("describe_log_streams").paginate(
            **{"logGroupName": "web", **more}, PaginationConfig={"PageSize": 1}
        )
        whole = listed(**{"logGroupName": "web", **more})
        assert [streams(page) for page in pages] == [[name] for name in streams(whole)]
    told = refusal(listed, **by_time, logStreamNamePrefix="a")
    assert told.message == "Cannot order by LastEventTime with a logStreamNamePrefix."


def test_a_stream_tells_of_its_first_and_last_event(logs: Any, lab: Lab) -> None:
    made(logs)
    (empty,) = logs.describe_log_streams(logGroupName="web")["logStreams"]
    assert not {"firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"} & empty.keys()
    assert empty["arn"] == f"{ARN}:log-stream:one"
    put(lab, logs, "later")
    put(lab, logs, "earlier", ago=60_000)
    (told,) = logs.describe_log_streams(logGroupName="web")["logStreams"]
    assert told["lastEventTimestamp"] - told["firstEventTimestamp"] >= 59_000
    assert told["lastIngestionTime"] >= told["lastEventTimestamp"]
    assert len(told["uploadSequenceToken"]) == 56


def test_what_is_deleted_takes_its_events_with_it(logs: Any, lab: Lab) -> None:
    made(logs)
    logs.create_log_stream(logGroupName="web", logStreamName="two")
    put(lab, logs, "one", "one")
    put(lab, logs, "two", stream="two")
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 3 * (3 + 26)
    logs.delete_log_stream(logGroupName="web", logStreamName="one")
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 3 + 26
    assert messages(logs, stream="two") == ["two"]
    logs.delete_log_group(logGroupName="web")
    made(logs)
    assert messages(logs) == []


def test_a_protected_group_is_not_deleted(logs: Any) -> None:
    logs.create_log_group(logGroupName="web", deletionProtectionEnabled=True)
    assert refusal(logs.delete_log_group, logGroupName="web").code == "ValidationException"
    logs.put_log_group_deletion_protection(logGroupIdentifier=ARN, deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="web")


def test_tags_come_and_go_by_both_sets_of_operations(logs: Any) -> None:
    made(logs, tags={"a": "1"})
    logs.tag_resource(resourceArn=ARN, tags={"b": "2"})
    logs.tag_log_group(logGroupName="web", tags={"c": "3"})
    assert logs.list_tags_log_group(logGroupName="web")["tags"] == {"a": "1", "b": "2", "c": "3"}
    logs.untag_resource(resourceArn=ARN, tagKeys=["a", "none"])
    logs.untag_log_group(logGroupName="web", tags=["b"])
    assert logs.list_tags_for_resource(resourceArn=ARN)["tags"] == {"c": "3"}
    told = refusal(logs.tag_resource, resourceArn=ARN, tags={f"k{n}": "" for n in range(50)})
    assert told.code == "TooManyTagsException"


@pytest.mark.parametrize(
    ("resource", "allowed"), [(f"{ARN}:*", True), (f"{ARN}2:*", False), ("arn:aws:logs:*:*:*", True)]
)
def test_a_policy_names_a_group_with_a_colon_and_an_asterisk(
    as_user: Callable[..., Any], resource: str, allowed: bool
) -> None:
    user = as_user(statement("logs:*", resource))
    if allowed:
        user.create_log_group(logGroupName="web")
        return
    told = refusal(user.create_log_group, logGroupName="web")
    assert told.code == "AccessDeniedException"
    assert f"is not authorized to perform: logs:CreateLogGroup on resource: {ARN}:log-stream:" in told.message


def test_a_group_in_another_account_is_not_found(logs: Any) -> None:
    made(logs)
    other = ARN.replace("123456789012", "111122223333")
    told = refusal(logs.get_log_events, logGroupIdentifier=other, logStreamName="one")
    assert told.code == "ResourceNotFoundException"
    told = refusal(logs.get_log_events, logStreamName="one")
    assert told.code == "InvalidParameterException"
