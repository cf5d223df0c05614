"""Three windows: what the lab holds, what was done in it, and what the student has done."""

from typing import Any

import pytest

from labkit import Lab, progress, viz
from labkit.widgets.audit_timeline import AuditModel, AuditTimeline
from labkit.widgets.inventory import QUESTIONS, Inventory, InventoryModel
from labkit.widgets.progress_page import ProgressModel, ProgressPage
from labkit.widgets.world import World


def refused(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)
    with pytest.raises(kms.exceptions.DisabledException):
        kms.encrypt(KeyId=key, Plaintext=b"not to be seen")


def test_the_world_is_counted_anew_when_asked(lab: Lab, kms: Any) -> None:
    world = World(lab)
    assert world.model.things["KMS keys"] == []
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert world.model.things["KMS keys"] == []
    world.again._handle_custom_msg({"event": "click"}, [])
    assert world.model.things["KMS keys"] == [f"{key[:8]}… Enabled"]
    assert world.model.things["callers"] == ["Administrator"]
    assert "<strong>KMS keys: 1</strong>" in world.cards.value
    assert world.model.table.set_index("what")["how many"]["regions"] == 1


def test_the_audit_timeline_tells_the_refused_apart(lab: Lab, kms: Any, tell: Any) -> None:
    refused(kms, kms.create_key()["KeyMetadata"]["KeyId"])
    timeline = AuditTimeline(lab)
    assert "3 events, 1 of them refused" in timeline.picture.value
    assert (timeline.picture.value.count("<circle"), timeline.picture.value.count("<path")) == (2, 1)
    tell(timeline.what, {"index": list(timeline.what.options).index("DisableKey")})
    assert "1 events, 0 of them refused" in timeline.picture.value
    tell(timeline.event, {"index": 1})
    assert "&quot;eventName&quot;: &quot;DisableKey&quot;" in timeline.record.value
    tell(timeline.what, {"index": 0})
    assert timeline.record.value == ""


def test_no_plaintext_is_in_a_record(lab: Lab, kms: Any) -> None:
    refused(kms, kms.create_key()["KeyMetadata"]["KeyId"])
    model = AuditModel(lab)
    assert model.choose(0)["errorCode"] == "DisabledException"
    assert "not to be seen" not in str(model.events)
    with pytest.raises(IndexError):
        model.choose(3)


def test_older_events_come_page_by_page(lab: Lab, kms: Any) -> None:
    for _ in range(103):
        kms.list_keys()
    timeline = AuditTimeline(lab)
    assert len(timeline.model.events) == 100
    timeline.more.click()
    assert len(timeline.model.events) == 103


def test_an_inventory_gives_what_the_confidence_plot_takes(tell: Any) -> None:
    inventory = Inventory("pre-test")
    tell(inventory.options[0], {"index": 2})
    tell(inventory.sliders[0], {"value": 5})
    tell(inventory.sliders[1], {"value": 5})
    (result,) = inventory.model.results
    assert (result["misconception"], result["right"], result["confidence"]) == ("M1", True, 5)
    assert "1 of 12 answered" in inventory.count.value
    assert viz.confidence(inventory.model.results).table["right"].to_list() == [True]
    assert progress.entries("quizzes")["pre-test/M1"][-1]["confidence"] == 5


def test_an_inventory_takes_nothing_that_is_not_on_offer() -> None:
    model = InventoryModel("post-test")
    for option, confidence in ((2, 3), (0, 0), (0, 6)):
        with pytest.raises(ValueError, match=r"no option|from 1"):
            model.answer(0, option, confidence)
    assert model.results == []
    assert len({question.misconception for question in QUESTIONS}) == 12


def test_the_progress_page_counts_by_notebook() -> None:
    page = ProgressPage()
    assert "Nothing yet" in page.page.value
    progress.record("exercises", "05-seal", outcome="missed")
    progress.record("exercises", "05-seal", outcome="solved")
    progress.record("exercises", "05-two-party", outcome="not yet")
    progress.record("predictions", "04-size", outcome="wrong")
    progress.record("quizzes", "05-opening/1", right=True)
    page.again._handle_custom_msg({"event": "click"}, [])
    assert [row[:2] for row in page.model.rows] == [("04", (0, 0)), ("05", (1, 2))]
    assert page.model.table["questions right"].to_list() == ["0 of 0", "1 of 1"]
    assert "1 of 2" in page.page.value
    assert ProgressModel().rows == page.model.rows
