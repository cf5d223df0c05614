"""A parameter over time: versions stay, a label moves, an end comes, and nothing changes by itself."""

from typing import Any

import pytest

from labkit import Lab, progress
from labkit.widgets.parameter_timeline import ParameterLife, ParameterTimeline

NAME = "/shop/greeting"


@pytest.fixture
def named(lab: Lab, client: Any) -> str:
    client("ssm").put_parameter(Name=NAME, Value="value 1", Type="String")
    return NAME


def test_a_new_version_leaves_the_old_one_readable(lab: Lab, named: str) -> None:
    model = ParameterLife(lab, named)
    model.label("live", 1)
    model.write()
    came = [model.read(selector) for selector in ("", ":1", ":live", ":3")]
    assert came == ["version 2", "version 1", "version 1", "an error"]
    model.label("live", 2)
    assert model.read(":live") == "version 2"
    assert [one.labels for one in model.versions] == ["", "live"]


def test_time_alone_changes_nothing(lab: Lab, named: str) -> None:
    model = ParameterLife(lab, named)
    model.advance(400)
    assert (model.read(""), len(model.versions), model.dues) == ("version 1", 1, [])
    with pytest.raises(ValueError, match=r"negative|back"):
        model.advance(-1)


def test_at_its_end_all_versions_are_gone_and_the_name_is_free(lab: Lab, named: str) -> None:
    model = ParameterLife(lab, named)
    model.expire(30)
    kinds = [(one.kind, round((one.moment - lab.clock.now()).total_seconds() / 86400)) for one in model.dues]
    assert kinds == [("Expiration", 30), ("ExpirationNotification", 25), ("NoChangeNotification", 10)]
    end = model.dues[0].moment
    model.advance(29)
    assert model.ended is None
    model.advance(10)
    assert model.ended == end
    assert f"On {end:%Y-%m-%d} the parameter has deleted itself" in model.said
    assert set(model.table["State"]) == {"deleted", "past"}
    assert model.read(":1") == "an error"
    model.write()
    assert (model.ended, model.dues, [one.number for one in model.versions]) == (None, [], [1])


def test_the_end_stays_planned_when_the_value_is_overwritten(lab: Lab, named: str) -> None:
    model = ParameterLife(lab, named)
    model.expire(30)
    end = model.dues[0].moment
    model.write()
    assert model.dues[0].moment == end


def test_there_is_nothing_to_watch_without_a_parameter(lab: Lab) -> None:
    with pytest.raises(ValueError, match="no parameter /none yet"):
        ParameterLife(lab, "/none")


def test_the_prediction_is_judged_by_what_came(lab: Lab, named: str) -> None:
    model = ParameterLife(lab, named)
    model.read("", "version 1")
    model.read(":7", "version 1")
    kept = progress.entries("predictions")["10-version-timeline"]
    assert [one["outcome"] for one in kept] == ["right", "wrong"]
    assert "ParameterVersionNotFound" in model.said


def test_the_controls_do_what_the_model_does(lab: Lab, named: str, tell: Any) -> None:
    widget = ParameterTimeline(lab, named)
    for button in (widget.label, widget.write, widget.expire):
        button._handle_custom_msg({"event": "click"}, [])
    assert widget.picture.value.count("<rect") == 3
    assert "reminder: it ends soon" in widget.picture.value
    tell(widget.selector, {"index": 4})
    tell(widget.expected, {"index": 1})
    widget.read._handle_custom_msg({"event": "click"}, [])
    assert "Predicted: version 1. What came: version 1." in widget.answer.value
    assert widget.expected.label == "(no idea)"
    tell(widget.days, {"value": 45})
    widget.later._handle_custom_msg({"event": "click"}, [])
    assert f"{named}: deleted on" in widget.picture.value
    assert "The same as a table" in widget.picture.value
    widget.label._handle_custom_msg({"event": "click"}, [])
    assert "ParameterNotFound" in widget.answer.value


def test_every_control_says_what_it_is_for(lab: Lab, named: str) -> None:
    widget = ParameterTimeline(lab, named)
    buttons = (widget.write, widget.expire, widget.label, widget.read, widget.later)
    controls = (widget.version, widget.selector, widget.expected, widget.days)
    assert all(one.description for one in (*buttons, *controls))
