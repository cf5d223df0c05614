"""FilterLogEvents searches a group: by pattern, by stream, by time, in pages, in both directions."""

from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.logs import filtering
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.logs.conftest import made, now


def found(logs: Any, **more: Any) -> list[str]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="web", **more)
    return [one["message"] for page in pages for one in page["events"]]


@pytest.fixture
def start(logs: Any, lab: Lab) -> int:
    """Fill the group web: three streams, whose events take turns. Return the time of the first event."""
    made(logs, stream="a1")
    for name in ("a2", "b"):
        logs.create_log_stream(logGroupName="web", logStreamName=name)
    time = now(lab) - 1000
    for number in range(9):
        event = {"timestamp": time + number, "message": f"{'ERROR' if number % 2 else 'fine'} {number}"}
        logs.put_log_events(
            logGroupName="web", logStreamName=("a1", "a2", "b")[number % 3], logEvents=[event]
        )
    return time


def numbers(messages: list[str]) -> str:
    return "".join(message[-1] for message in messages)


def test_events_of_all_streams_come_in_the_order_of_time(logs: Any, start: int) -> None:
    answer = logs.filter_log_events(logGroupName="web")
    assert numbers([one["message"] for one in answer["events"]]) == "012345678"
    assert "nextToken" not in answer
    assert answer["searchedLogStreams"] == []
    first = answer["events"][0]
    assert (first["logStreamName"], first["timestamp"], len(first["eventId"])) == ("a1", start, 56)
    assert len({one["eventId"] for one in answer["events"]}) == 9


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"filterPattern": "ERROR"}, "1357"),
        ({"logStreamNames": ["b", "a1"]}, "023568"),
        ({"logStreamNamePrefix": "a"}, "013467"),
        ({"logStreamNamePrefix": "a", "filterPattern": "ERROR"}, "137"),
        ({"startFromHead": False}, "876543210"),
        ({"startFromHead": False, "logStreamNames": ["b", "a1"], "filterPattern": "-ERROR"}, "8620"),
    ],
)
def test_what_is_found_is_the_same_in_pages_of_any_size(
    logs: Any, start: int, asked: dict[str, Any], expected: str
) -> None:
    for size in (1, 2, 100):
        assert numbers(found(logs, **asked, PaginationConfig={"PageSize": size})) == expected


def test_a_time_range_begins_with_its_start_and_ends_before_its_end(logs: Any, start: int) -> None:
    assert numbers(found(logs, startTime=start + 2, endTime=start + 5)) == "234"
    assert numbers(found(logs, startTime=start + 5, endTime=start + 2)) == ""


def test_a_page_without_a_hit_is_not_the_end(logs: Any, start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filtering, "LOOKED_AT", 3)
    answer = logs.filter_log_events(logGroupName="web", filterPattern="7")
    assert answer["events"] == []
    assert answer["nextToken"]
    assert numbers(found(logs, filterPattern="7")) == "7"
    assert numbers(found(logs, filterPattern="ERROR", startFromHead=False)) == "7531"


def test_what_makes_no_sense_is_refused(logs: Any, start: int) -> None:
    told = refusal(logs.filter_log_events, logGroupName="web", filterPattern="{ $.a = 1")
    assert told.code == "InvalidParameterException"
    assert told.message == (
        "Invalid filter pattern: If a filter pattern starts with '{' it must end with '}'"
    )
    both = {"logStreamNames": ["a1"], "logStreamNamePrefix": "a"}
    for wrong in (both, {"nextToken": "x"}, {"logGroupIdentifier": "web"}):
        told = refusal(logs.filter_log_events, logGroupName="web", **wrong)
        assert told.code == "InvalidParameterException"
    told = refusal(logs.filter_log_events, logGroupName="web", logStreamNames=["none"])
    assert told.message == "The specified log stream does not exist."
