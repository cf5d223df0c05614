"""Events arrive within AWS's limits, and are read in the order of time, page by page."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import Lab
from labkit.cloud.services.logs.model import CHUNK_MILLISECONDS, Chunk
from labkit.cloud.services.logs.order import Span, after, in_order
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.people import statement
from tests.cloud.services.logs.conftest import made, messages, now, put

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def batch(logs: Any, *events: tuple[int, str]) -> Any:
    return logs.put_log_events(
        logGroupName="web",
        logStreamName="one",
        logEvents=[{"timestamp": time, "message": message} for time, message in events],
    )


def test_events_come_back_with_their_times(logs: Any, lab: Lab) -> None:
    made(logs)
    answer = put(lab, logs, "first", "second")
    assert "rejectedLogEventsInfo" not in answer
    assert len(answer["nextSequenceToken"]) == 56
    first, second = logs.get_log_events(logGroupName="web", logStreamName="one")["events"]
    assert (first["message"], second["message"]) == ("first", "second")
    assert second["timestamp"] - first["timestamp"] == 1
    assert 0 <= first["ingestionTime"] - first["timestamp"] < MINUTE


def test_a_wrong_sequence_token_is_taken_and_ignored(logs: Any, lab: Lab) -> None:
    made(logs)
    event = {"timestamp": now(lab), "message": "hello"}
    for token in ("1", "2"):
        logs.put_log_events(logGroupName="web", logStreamName="one", logEvents=[event], sequenceToken=token)
    assert messages(logs) == ["hello", "hello"]


def test_the_order_is_of_time_and_then_of_arrival(logs: Any, lab: Lab) -> None:
    made(logs)
    time = now(lab)
    batch(logs, (time, "b"), (time, "c"))
    batch(logs, (time - 1, "a"), (time, "d"), (time + 1, "e"))
    assert messages(logs) == ["a", "b", "c", "d", "e"]
    assert messages(logs, startTime=time, endTime=time + 1) == ["b", "c", "d"]
    assert messages(logs, limit=2) == ["d", "e"]
    assert messages(logs, limit=2, startFromHead=True) == ["a", "b"]


def test_pages_lead_forwards_and_backwards_and_end_where_the_token_stays(logs: Any, lab: Lab) -> None:
    made(logs)
    put(lab, logs, *"abcde")

    def read(**more: Any) -> Any:
        return logs.get_log_events(logGroupName="web", logStreamName="one", limit=2, **more)

    def walk(page: Any, token: str, **more: Any) -> list[str]:
        pages = []
        while True:
            pages.append("".join(one["message"] for one in page["events"]))
            following = read(nextToken=page[token], **more)
            if following[token] == page[token]:
                assert following["events"] == []
                return pages
            page = following

    assert walk(read(startFromHead=True), "nextForwardToken", startFromHead=True) == ["ab", "cd", "e"]
    assert walk(read(), "nextBackwardToken") == ["de", "bc", "a"]
    last = read()
    back = read(nextToken=last["nextBackwardToken"])
    forth = read(nextToken=back["nextForwardToken"], startFromHead=True)
    assert forth["events"] == last["events"]
    end = read(nextToken=forth["nextForwardToken"], startFromHead=True)
    again = read(nextToken=end["nextBackwardToken"])
    assert again["events"] == last["events"]


def test_a_reader_who_waits_gets_what_arrives_later(logs: Any, lab: Lab) -> None:
    made(logs)
    token = logs.get_log_events(logGroupName="web", logStreamName="one")["nextForwardToken"]
    put(lab, logs, "new")
    assert messages(logs, nextToken=token, startFromHead=True) == ["new"]


def test_a_page_holds_a_megabyte_at_most(logs: Any, lab: Lab) -> None:
    made(logs)
    for letter in "abc":
        put(lab, logs, letter * 500_000)
    page = messages(logs, startFromHead=True)
    assert [one[0] for one in page] == ["a", "b"]
    assert [one[0] for one in messages(logs)] == ["b", "c"]


@pytest.mark.parametrize("token", ["x", "f/12/s", "g/" + "0" * 56 + "/s"])
def test_a_token_that_is_none_is_refused(logs: Any, token: str) -> None:
    made(logs)
    told = refusal(logs.get_log_events, logGroupName="web", logStreamName="one", nextToken=token)
    assert (told.code, told.message) == ("InvalidParameterException", "The specified nextToken is invalid.")


def test_events_too_old_and_too_new_are_left_out_and_told(logs: Any, lab: Lab) -> None:
    made(logs)
    time = now(lab)
    answer = batch(
        logs,
        (time - 15 * DAY, "old"),
        (time - 14 * DAY - MINUTE, "old"),
        (time, "now"),
        (time + 3 * HOUR, "new"),
    )
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 3}
    assert messages(logs) == ["now"]
    logs.put_retention_policy(logGroupName="web", retentionInDays=1)
    answer = batch(logs, (time - 2 * DAY, "expired"), (time + HOUR, "soon"))
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert messages(logs) == ["now", "soon"]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (
            [(2, "a"), (1, "b")],
            "Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            [(-DAY - 1, "a"), (0, "b")],
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ),
        ([(0, "x" * 1_048_551)], "Log event too large: 1048577 bytes exceeds limit of 1048576"),
        (
            [(0, "x" * 524_262), (0, "x" * 524_263)],
            "Upload too large: 1048577 bytes exceeds limit of 1048576",
        ),
    ],
)
def test_a_batch_that_breaks_a_limit_is_refused_whole(
    logs: Any, lab: Lab, events: list[tuple[int, str]], message: str
) -> None:
    made(logs)
    time = now(lab) - MINUTE
    told = refusal(lambda: batch(logs, *((time + shift, text) for shift, text in events)))
    assert (told.code, told.message) == ("InvalidParameterException", message)
    assert messages(logs) == []


def test_what_just_fits_is_taken(logs: Any, lab: Lab) -> None:
    made(logs)
    time = now(lab)
    batch(logs, (time - DAY, "x" * 524_262), (time, "x" * 524_262))
    put(lab, logs, "x" * 1_048_550)
    made(logs, "many")
    put(lab, logs, *("x" for _ in range(10_000)), group="many")
    assert len(messages(logs, "many")) == 10_000
    too_many = ["x"] * 10_001
    assert "less than or equal to 10000" in refusal(lambda: put(lab, logs, *too_many)).message


def test_a_service_writes_where_a_resource_policy_lets_it(logs: Any, lab: Lab) -> None:
    made(logs)
    written = {
        "logGroupName": "web",
        "logStreamName": "one",
        "logEvents": [{"timestamp": now(lab), "message": "from a service"}],
    }
    with pytest.raises(Exception, match="no resource-based policy allows the logs:PutLogEvents action"):
        as_service(lab, "events", **written)
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:PutLogEvents",'
        ' "Principal": {"Service": "events.amazonaws.com"}, "Resource": "%s"}}'
    )
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:web:*"
    logs.put_resource_policy(policyName="events", policyDocument=policy % arn)
    as_service(lab, "events", **written)
    assert messages(logs) == ["from a service"]
    (told,) = logs.describe_resource_policies()["resourcePolicies"]
    assert (told["policyName"], told["policyScope"]) == ("events", "ACCOUNT")
    logs.delete_resource_policy(policyName="events")
    assert refusal(logs.delete_resource_policy, policyName="events").code == "ResourceNotFoundException"


def as_service(lab: Lab, service: str, **written: Any) -> None:
    """Write events as another service does: within a call, in its own name."""
    from labkit.cloud.core.call import Call
    from labkit.cloud.policy.principal import service_principal
    from labkit.cloud.protocols.messages import HttpRequest

    principal = service_principal(service, "123456789012")
    request = HttpRequest("AGENDA", "https", f"{service}.amazonaws.com", "/")
    call = Call(request, "", lab.clock.now(), service, "us-east-1", principal=principal)
    with lab.cloud.store.transaction:
        lab.gateway.call_within(call, principal, "logs", "PutLogEvents", "us-east-1", **written)


def test_a_policy_on_a_group_lets_into_that_group_and_has_a_revision(logs: Any, lab: Lab) -> None:
    made(logs)
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:web"
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:*",'
        ' "Principal": {"Service": "events.amazonaws.com"}, "Resource": "*"}}'
    )
    revision = logs.put_resource_policy(resourceArn=arn, policyDocument=policy)["revisionId"]
    told = refusal(logs.put_resource_policy, resourceArn=arn, policyDocument=policy)
    assert told.code == "InvalidParameterException"
    logs.put_resource_policy(resourceArn=arn, policyDocument=policy, expectedRevisionId=revision)
    assert logs.describe_resource_policies()["resourcePolicies"] == []
    (one,) = logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"]
    assert one["resourceArn"] == arn
    told = refusal(logs.put_resource_policy, policyName="bad", policyDocument="{}")
    assert told.code == "InvalidParameterException"


def test_writing_and_reading_take_permissions_of_their_own(
    logs: Any, lab: Lab, as_user: Callable[..., Any]
) -> None:
    made(logs)
    stream = "arn:aws:logs:us-east-1:123456789012:log-group:web:log-stream:one"
    writer = as_user(statement("logs:PutLogEvents", stream))
    put(lab, writer, "hello")
    told = refusal(lambda: messages(writer))
    assert told.code == "AccessDeniedException"
    assert f"logs:GetLogEvents on resource: {stream}" in told.message


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, CHUNK_MILLISECONDS), min_size=1, max_size=5).map(sorted), max_size=6),
    st.lists(st.integers(0, 4 * CHUNK_MILLISECONDS), min_size=6, max_size=6),
    st.integers(0, 30),
    st.booleans(),
)
def test_chunks_that_overlap_are_read_in_order_from_any_position(
    runs: list[list[int]], shifts: list[int], skipped: int, newest_first: bool
) -> None:
    events = {
        number: [(time + shifts[number - 1], f"{number}.{place}") for place, time in enumerate(run)]
        for number, run in enumerate(runs, 1)
    }
    chunks = [
        Chunk(number, "g", "s", run[0][0], run[-1][0], len(run), 0, 0, "", b"")
        for number, run in events.items()
    ]
    chunks.sort(key=lambda one: (one.First, one.Number), reverse=newest_first)
    everything = sorted(
        (time, number, place) for number, run in events.items() for place, (time, _) in enumerate(run)
    )
    span = Span.of_times(None, None)
    if newest_first:
        everything.reverse()
    if skipped < len(everything):
        mark = everything[skipped]
        span = span.before(mark) if newest_first else span.since(after(mark))
        everything = everything[skipped + 1 :]
    found = in_order(chunks, lambda chunk: events[chunk.Number], span, newest_first=newest_first)
    assert [one.position for one in found] == everything
