"""Names as paths: what one call reaches, what the next page brings, and what is not under itself."""

from typing import Any

import pytest

from labkit import Lab, progress
from labkit.widgets.parameter_lines import lines
from labkit.widgets.parameter_tree import ParameterTree, PathTree


@pytest.fixture
def ssm(client: Any) -> Any:
    return client("ssm")


@pytest.fixture
def names(lab: Lab, ssm: Any) -> list[str]:
    """A dozen parameters on three levels, one of which is a path as well."""
    made = ["motd", "/shop", "/shop/host", "/shop-old/host"]
    made += [f"/shop/web/option{number:02}" for number in range(11)]
    for name in made:
        ssm.put_parameter(Name=name, Value="x", Type="String")
    ssm.put_parameter(Name="/shop/password", Value="x", Type="SecureString")
    ssm.put_parameter(Name="/shop/host", Value="y", Overwrite=True, Tier="Advanced")
    ssm.label_parameter_version(Name="/shop/host", ParameterVersion=1, Labels=["live"])
    return [*made, "/shop/password"]


def test_one_level_is_what_comes_unless_all_below_is_asked_for(lab: Lab, names: list[str]) -> None:
    model = PathTree(lab, "/shop")
    assert model.ask(2) == ["/shop/host", "/shop/password"]
    assert model.outcome == "right"
    assert model.reasons == [
        "Names more than one level below: 11. Recursive reaches them, too.",
        "/shop is a parameter as well, but it is not under itself.",
        "There is no NextToken: nothing more would come.",
    ]
    model.recursive = True
    assert len(model.ask(13)) == 10
    assert model.outcome == "wrong"
    assert len(model.more()) == 3
    with pytest.raises(LookupError, match="no NextToken"):
        model.more()
    assert lab.audit()["EventName"].to_list().count("GetParametersByPath") == 3


def test_the_table_tells_on_which_page_each_name_came(lab: Lab, names: list[str]) -> None:
    model = PathTree(lab, "/shop")
    model.max_results = 1
    model.ask()
    model.more()
    table = model.table.set_index("Name")
    assert sorted(table.index) == sorted(names)
    assert list(table.loc["/shop/host"]) == ["String", "Advanced", 2, "live", 1]
    assert table.loc["/shop/password", "Page"] == 2
    assert table["Page"].notna().sum() == 2


def test_types_and_labels_filter(lab: Lab, names: list[str]) -> None:
    model = PathTree(lab, "/shop")
    assert model.filters == ["(all)", "Type: SecureString", "Type: String", "Label: live"]
    for only, came in (("Type: SecureString", "/shop/password"), ("Label: live", "/shop/host")):
        model.only = only
        assert model.ask() == [came]


def test_the_prediction_is_kept_and_a_change_of_the_question_forgets_the_answer(
    lab: Lab, names: list[str]
) -> None:
    model = PathTree(lab)
    assert model.paths == ["/", "/shop", "/shop-old", "/shop/web"]
    model.ask(3)
    model.path = "/shop/web"
    assert (model.pages, model.token, model.outcome) == ([], None, "open")
    kept = progress.entries("predictions")["10-path-tree"]
    assert [(one["predicted"], one["outcome"]) for one in kept] == [(3, "wrong")]


def test_a_name_that_is_a_path_as_well_stands_twice(lab: Lab, names: list[str]) -> None:
    drawn = [(one.depth, one.text) for one in lines(PathTree(lab).table)]
    assert drawn[:4] == [(0, "/"), (1, "shop"), (1, "shop/"), (2, "host")]
    assert drawn[-3:] == [(1, "shop-old/"), (2, "host"), (0, "motd")]


def test_the_controls_do_what_the_model_does(lab: Lab, names: list[str], tell: Any) -> None:
    widget = ParameterTree(lab, "/shop")
    tell(widget.recursive, {"value": True})
    tell(widget.most, {"value": 4})
    tell(widget.expected, {"value": 4})
    assert widget.next.disabled
    widget.go._handle_custom_msg({"event": "click"}, [])
    assert "Predicted: 4. 4 names came." in widget.answer.value
    assert "Recursive=True, MaxResults=4" in widget.picture.value
    assert widget.picture.value.count("page 1") == 4
    widget.next._handle_custom_msg({"event": "click"}, [])
    assert widget.picture.value.count("page 2") == 4
    assert "16 parameters, 8 of them reached so far" in widget.picture.value
    assert "The same as a table" in widget.picture.value


def test_what_is_refused_is_told_in_aws_words(lab: Lab, names: list[str]) -> None:
    widget = ParameterTree(lab, "shop")
    widget.leave.click()
    assert "ValidationException" in widget.answer.value
    assert progress.entries("predictions") == {}


def test_every_control_says_what_it_is_for(lab: Lab, names: list[str]) -> None:
    widget = ParameterTree(lab)
    controls = (widget.path, widget.recursive, widget.most, widget.only, widget.expected)
    assert all(one.description for one in (*controls, widget.go, widget.leave, widget.next))
