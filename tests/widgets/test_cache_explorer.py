"""The cache explorer: three limits, what follows, and a live cache that knows nothing of a DisableKey."""

import time

import pytest

from labkit import Lab
from labkit.widgets.cache_explorer import CacheExplorer
from labkit.widgets.cache_pictures import lifetimes, pareto
from labkit.widgets.cache_world import CacheWorld


def test_messages_share_a_data_key_until_a_limit_is_reached(lab: Lab) -> None:
    world = CacheWorld(lab, max_messages=5, contexts=1, rate=10)
    world.send(20)
    assert (world.sent, world.calls, world.refused) == (20, 4, 0)
    assert int((lab.audit()["EventName"] == "GenerateDataKey").sum()) == 4
    assert world.table["Messages"].to_list() == [5]
    assert world.said == "20 messages encrypted, 4 calls of GenerateDataKey."


def test_the_limits_hold_for_the_live_cache_at_once(lab: Lab) -> None:
    world = CacheWorld(lab, contexts=1, rate=100)
    world.send(10)
    assert world.calls == 1
    world.max_messages = 2
    world.send(10)
    assert world.calls == 6


def test_a_disabled_key_is_noticed_only_when_the_data_key_is_too_old(lab: Lab) -> None:
    world = CacheWorld(lab, max_age=60, contexts=1, rate=100)
    world.send(5)
    world.disable()
    assert world.send(5) == 0
    world.pass_time(61)
    assert world.send(3) == 3
    assert "is disabled" in world.said
    world.enable()
    assert world.send(3) == 0
    assert (world.sent, world.calls, world.refused) == (16, 2, 3)


@pytest.mark.parametrize(
    ("settings", "binding"),
    [
        ({}, "the maximum age"),
        ({"max_messages": 10}, "the maximum of messages"),
        ({"max_bytes": 20_000}, "the maximum of bytes"),
        ({"contexts": 100}, "the capacity of the cache"),
    ],
)
def test_it_tells_which_limit_ends_most_data_keys(lab: Lab, settings: dict[str, int], binding: str) -> None:
    assert CacheWorld(lab, **settings).binding == binding


def test_pictures_wait_for_the_prediction(lab: Lab) -> None:
    explorer = CacheExplorer(lab)
    assert explorer.shown.layout.display == "none"
    assert explorer.price.value == ""
    explorer.question.model.choose("the maximum age")
    assert explorer.question.model.outcome == "right"
    assert explorer.shown.layout.display == ""
    assert "One stolen data key opens" in explorer.summary.value


def test_a_slider_moves_everything(lab: Lab) -> None:
    explorer = CacheExplorer(lab)
    explorer.reveal()
    before = explorer.price.value, explorer.lives.value, explorer.summary.value
    explorer.sliders["max_messages"].value = 10
    assert explorer.model.max_messages == 10
    after = explorer.price.value, explorer.lives.value, explorer.summary.value
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert "the maximum of messages" in explorer.summary.value


def test_the_buttons_do_what_the_model_does(lab: Lab) -> None:
    explorer = CacheExplorer(lab)
    explorer.reveal()
    send, minute, disable, enable = explorer.buttons
    send.click()
    assert "tenant=0" in explorer.live.value
    assert "20 sent" in explorer.live.value
    disable.click()
    assert "DisableKey: done" in explorer.answer.value
    minute.click()
    minute.click()
    send.click()
    assert "20 refused" in explorer.live.value
    enable.click()
    assert "EnableKey: done" in explorer.answer.value


def test_an_update_is_smooth(lab: Lab) -> None:
    explorer = CacheExplorer(lab)
    explorer.reveal()
    took = []
    for name, value in (
        ("max_age", 3.0),
        ("rate", 1000.0),
        ("contexts", 300),
        ("capacity", 7),
        ("size", 9000),
    ):
        start = time.process_time()
        setattr(explorer.model, name, value)
        took.append(time.process_time() - start)
    # A tenth of a second is what a hand feels; the rest is for slow machines.
    assert min(took) < 0.1


def test_pictures_have_words(lab: Lab) -> None:
    world = CacheWorld(lab)
    svg, words = lifetimes(world.simulated)
    assert svg.count("<rect") >= 1
    assert "DisableKey" in svg
    assert words.startswith(f"{svg.count('<rect')} data keys as bars.")
    svg, words = pareto(world.workload, world.limits)
    assert svg.count("<polyline") == 3
    assert "opens at most 1,000" in words
