"""Retention on the lab's clock: what is too old is not shown, and then it is gone."""

from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.logs.model import LogTables
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.logs.conftest import made, messages, put


def chunks(lab: Lab) -> int:
    """How many chunks are kept."""
    return len(lab.cloud.store.tables(LogTables, "123456789012", "us-east-1").chunks)


def days(logs: Any) -> int | None:
    group: dict[str, Any] = logs.describe_log_groups()["logGroups"][0]
    return group.get("retentionInDays")


def stored(logs: Any) -> int:
    return int(logs.describe_log_groups()["logGroups"][0]["storedBytes"])


def test_events_are_kept_for_ever_unless_a_number_of_days_is_set(logs: Any, lab: Lab) -> None:
    made(logs)
    put(lab, logs, "old")
    lab.clock.advance(days=4000)
    assert days(logs) is None
    assert messages(logs) == ["old"]


def test_an_event_is_hidden_when_it_is_too_old_and_deleted_within_a_day(logs: Any, lab: Lab) -> None:
    made(logs)
    logs.put_retention_policy(logGroupName="web", retentionInDays=3)
    put(lab, logs, "monday")
    lab.clock.advance(days=2)
    put(lab, logs, "wednesday")
    assert messages(logs) == ["monday", "wednesday"]
    lab.clock.advance(days=1, minutes=1)
    assert messages(logs) == ["wednesday"]
    lab.clock.advance(days=1)
    assert (chunks(lab), stored(logs)) == (1, len("wednesday") + 26)
    lab.clock.advance(days=2)
    assert (chunks(lab), stored(logs), messages(logs)) == (0, 0, [])
    assert not lab.clock.agenda()


def test_one_entry_a_day_is_planned_however_many_events_there_are(logs: Any, lab: Lab) -> None:
    made(logs)
    logs.put_retention_policy(logGroupName="web", retentionInDays=1)
    for _ in range(5):
        put(lab, logs, "hello")
        lab.clock.advance(minutes=1)
    (entry,) = lab.clock.agenda()
    assert entry.Due - lab.clock.now() > timedelta(days=1) - timedelta(minutes=10)
    assert (entry.Due.hour, entry.Due.minute) == (0, 0)


def test_a_retention_can_be_changed_and_ended(logs: Any, lab: Lab) -> None:
    made(logs)
    put(lab, logs, "hello")
    logs.put_retention_policy(logGroupName="web", retentionInDays=1)
    assert days(logs) == 1
    logs.delete_retention_policy(logGroupName="web")
    assert days(logs) is None
    assert not lab.clock.agenda()
    lab.clock.advance(days=10)
    assert messages(logs) == ["hello"]
    logs.put_retention_policy(logGroupName="web", retentionInDays=7)
    assert messages(logs) == []
    logs.delete_log_group(logGroupName="web")
    assert not lab.clock.agenda()


@pytest.mark.parametrize("wrong", [0, 2, 4000])
def test_not_every_number_of_days_is_offered(logs: Any, wrong: int) -> None:
    made(logs)
    told = refusal(logs.put_retention_policy, logGroupName="web", retentionInDays=wrong)
    assert told.code == "InvalidParameterException"
    assert "[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731," in told.message
    told = refusal(logs.put_retention_policy, logGroupName="none", retentionInDays=1)
    assert told.code == "ResourceNotFoundException"


def test_the_class_for_delivery_keeps_events_for_a_day(logs: Any) -> None:
    logs.create_log_group(logGroupName="web", logGroupClass="DELIVERY")
    assert days(logs) == 1
    told = refusal(logs.put_retention_policy, logGroupName="web", retentionInDays=7)
    assert told.code == "InvalidParameterException"
