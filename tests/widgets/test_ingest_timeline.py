"""The ingest timeline: events on the lines of their keys, and how many of them can be read."""

from typing import Any

import pytest

from labkit import Lab, progress
from labkit.widgets import IngestTimeline
from tests.cloud.services.logs.conftest import policy_for_logs


@pytest.fixture
def keys(kms: Any, lab: Lab) -> list[str]:
    """Two keys that CloudWatch Logs may use."""
    return [kms.create_key(Policy=policy_for_logs())["KeyMetadata"]["Arn"] for _ in range(2)]


@pytest.fixture
def widget(lab: Lab, client: Any, keys: list[str]) -> IngestTimeline:
    """A timeline of a group that has no key yet."""
    client("logs").create_log_group(logGroupName="web")
    return IngestTimeline(lab, "web", keys)


def test_an_event_stays_on_the_line_of_its_arrival(widget: IngestTimeline, keys: list[str]) -> None:
    model = widget.model
    for key in ("", keys[0], keys[1], ""):
        model.associate(key)
        model.write()
    assert [one.key for one in model.arrived] == ["", *keys, ""]
    assert [line.current for line in model.lines] == [True, False, False]
    model.disable(keys[0])
    assert model.table["readable"].to_list() == ["not tried"] * 4
    assert model.read() == 3
    assert model.table["readable"].to_list() == ["yes", "no", "yes", "yes"]
    model.enable(keys[0])
    assert model.read() == 4


def test_every_button_does_what_it_says(widget: IngestTimeline, keys: list[str]) -> None:
    widget.write.click()
    widget.chosen.value = keys[1]
    widget.associate.click()
    widget.write.click()
    widget.disable.click()
    widget.expected.value = 1
    widget.read.click()
    assert "Predicted: 1. 1 of 2 events can be read." in widget.answer.value
    assert widget.model.outcome == "right"
    assert "✗" in widget.picture.value
    assert "Disabled, used now" in widget.picture.value
    widget.enable.click()
    assert "Enabled, used now" in widget.picture.value
    widget.chosen.value = ""
    assert widget.disable.disabled
    widget.associate.click()
    assert widget.model.key == ""


def test_a_prediction_is_recorded_and_can_be_wrong(widget: IngestTimeline) -> None:
    widget.model.write()
    widget.model.read(0)
    assert widget.model.refused
    assert widget.model.said == "Predicted: 0. 1 of 1 events can be read."
    (kept,) = progress.entries("predictions")["12-ingest-timeline"]
    assert (kept["predicted"], kept["outcome"]) == (0, "wrong")


def test_what_aws_refuses_is_told_and_changes_nothing(
    widget: IngestTimeline, keys: list[str], kms: Any
) -> None:
    model = widget.model
    model.associate(keys[0])
    model.disable(keys[0])
    model.write()
    assert model.arrived == []
    assert "not allowed to be used with Arn" in model.said
    assert "not allowed to be used with Arn" in widget.answer.value
    kms.put_key_policy(KeyId=keys[1], Policy=policy_for_logs("logs.eu-west-1.amazonaws.com"))
    model.associate(keys[1])
    assert model.key == keys[0]


def test_the_picture_has_words(widget: IngestTimeline) -> None:
    assert 'aria-label="no events yet"' in widget.picture.value
    widget.model.write()
    assert "event 1 under the service&#x27;s own key, readable: not tried" in widget.picture.value
