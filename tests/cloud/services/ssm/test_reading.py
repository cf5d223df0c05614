"""Reading by name, by selector, by ARN, by path; history and labels; pages that neither repeat nor lose."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.cloud.services.kms.people import statement

ARN = "arn:aws:ssm:us-east-1:123456789012:parameter"


def put(ssm: Any, *names: str, value: str = "v", **more: Any) -> None:
    for name in names:
        ssm.put_parameter(Name=name, Value=value, Type="String", **more)


def names(answer: Any) -> list[str]:
    return [one["Name"] for one in answer["Parameters"]]


def pages(call: Callable[..., Any], **parameters: Any) -> list[list[str]]:
    found, token = [], ""
    while True:
        answer = call(**parameters, **({"NextToken": token} if token else {}))
        found.append(names(answer))
        token = answer.get("NextToken")
        if not token:
            return found


@pytest.fixture
def versions(ssm: Any) -> Any:
    """Return the client; /a/x has three versions, and the second is labelled live."""
    for number in "123":
        put(ssm, "/a/x", value=number, Overwrite=True)
    ssm.label_parameter_version(Name="/a/x", ParameterVersion=2, Labels=["live"])
    return ssm


@pytest.mark.parametrize(
    ("asked", "value", "selector"),
    [
        ("/a/x", "3", None),
        ("/a/x:1", "1", ":1"),
        ("/a/x:live", "2", ":live"),
        (f"{ARN}/a/x", "3", None),
        (f"{ARN}/a/x:live", "2", ":live"),
    ],
)
def test_a_selector_picks_a_version(versions: Any, asked: str, value: str, selector: str | None) -> None:
    found = versions.get_parameter(Name=asked)["Parameter"]
    assert (found["Name"], found["Value"], found.get("Selector")) == ("/a/x", value, selector)
    assert found["ARN"] == f"{ARN}/a/x"
    assert versions.get_parameters(Names=[asked])["Parameters"][0]["Value"] == value


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("/a/y", "ParameterNotFound"),
        ("/a/x:1:2", "ParameterNotFound"),
        ("/a/x:", "ParameterNotFound"),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/a/x", "ParameterNotFound"),
        ("/a/x:4", "ParameterVersionNotFound"),
        ("/a/x:dead", "ParameterVersionNotFound"),
    ],
)
def test_what_leads_to_nothing(versions: Any, asked: str, code: str) -> None:
    assert refusal(versions.get_parameter, Name=asked).code == code
    answer = versions.get_parameters(Names=["/a/x", asked])
    assert (names(answer), answer["InvalidParameters"]) == (["/a/x"], [asked])


def test_a_version_that_is_not_there_is_named(versions: Any) -> None:
    assert refusal(versions.get_parameter, Name="/a/x:4") == Refusal(
        "ParameterVersionNotFound",
        "Systems Manager could not find version 4 of /a/x. Verify the version and try again.",
    )


def test_an_arn_of_a_name_without_a_slash(ssm: Any) -> None:
    put(ssm, "plain")
    assert ssm.get_parameter(Name=f"{ARN}/plain")["Parameter"]["Name"] == "plain"


def test_ten_names_are_the_most(ssm: Any) -> None:
    assert refusal(ssm.get_parameters, Names=[f"/{n}" for n in range(11)]).code == "ValidationException"
    assert ssm.get_parameters(Names=["a:b:c"])["InvalidParameters"] == ["a:b:c"]


def test_a_path_is_one_level_or_all_of_them(ssm: Any) -> None:
    put(ssm, "/a", "/a/b", "/a/c", "/a/c/d", "/a-b/c", "/a0", "/ab/c", "plain")
    assert pages(ssm.get_parameters_by_path, Path="/a") == [["/a/b", "/a/c"]]
    assert pages(ssm.get_parameters_by_path, Path="/a/") == [["/a/b", "/a/c"]]
    assert pages(ssm.get_parameters_by_path, Path="/a", Recursive=True) == [["/a/b", "/a/c", "/a/c/d"]]
    assert pages(ssm.get_parameters_by_path, Path="/") == [["/a", "/a0", "plain"]]
    assert sum(map(len, pages(ssm.get_parameters_by_path, Path="/", Recursive=True))) == 8
    assert pages(ssm.get_parameters_by_path, Path="/nothing") == [[]]


@pytest.mark.parametrize("recursive", [True, False])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_pages_of_a_path_neither_repeat_nor_lose(ssm: Any, recursive: bool, size: int) -> None:
    wanted = [f"/p/{number:03}" for number in range(25)]
    put(ssm, *wanted, "/o/1", "/q/1")
    found = pages(ssm.get_parameters_by_path, Path="/p", Recursive=recursive, MaxResults=size)
    assert [name for page in found for name in page] == wanted
    assert {len(page) for page in found[:-1]} <= {size}


@pytest.mark.parametrize("path", ["a", "a/b", "//", "/a b", "/a:1"])
def test_a_path_that_is_none(ssm: Any, path: str) -> None:
    told = refusal(ssm.get_parameters_by_path, Path=path)
    assert told.code == "ValidationException"
    assert told.message.startswith("The parameter doesn't meet the parameter name requirements.")


def test_a_path_narrowed_by_type_key_and_label(versions: Any) -> None:
    versions.put_parameter(Name="/a/s", Value="v", Type="SecureString")

    def under_a(key: str, value: str) -> list[tuple[str, int]]:
        answer = versions.get_parameters_by_path(
            Path="/a", ParameterFilters=[{"Key": key, "Values": [value]}]
        )
        return [(one["Name"], one["Version"]) for one in answer["Parameters"]]

    assert under_a("Type", "SecureString") == [("/a/s", 1)]
    assert under_a("KeyId", "alias/aws/ssm") == [("/a/s", 1)]
    assert under_a("Label", "live") == [("/a/x", 2)]
    told = refusal(
        versions.get_parameters_by_path, Path="/a", ParameterFilters=[{"Key": "Tier", "Values": ["Standard"]}]
    )
    assert told == Refusal(
        "InvalidFilterKey",
        "The following filter key is not valid: Tier. Valid filter keys include: [Type, KeyId, Label].",
    )


@pytest.mark.parametrize("token", ["x", "!", "é"])
def test_a_token_that_is_none(ssm: Any, token: str) -> None:
    for call, more in ((ssm.get_parameters_by_path, {"Path": "/"}), (ssm.describe_parameters, {})):
        assert refusal(call, NextToken=token, **more).code == "InvalidNextToken"


def test_history_tells_every_version_with_its_labels(versions: Any) -> None:
    history = versions.get_parameter_history(Name="/a/x")["Parameters"]
    told = [(one["Version"], one["Value"], one["Labels"]) for one in history]
    assert told == [(1, "1", []), (2, "2", ["live"]), (3, "3", [])]
    assert len(pages(versions.get_parameter_history, Name="/a/x", MaxResults=2)) == 2
    assert refusal(versions.get_parameter_history, Name="/a/y").code == "ParameterNotFound"


def test_a_label_moves_and_is_taken_off(versions: Any) -> None:
    answer = versions.label_parameter_version(Name="/a/x", Labels=["live", "2nd", "aws-x", "a b"])
    assert (answer["ParameterVersion"], answer["InvalidLabels"]) == (3, ["2nd", "aws-x", "a b"])
    assert versions.get_parameter(Name="/a/x:live")["Parameter"]["Value"] == "3"
    answer = versions.unlabel_parameter_version(Name="/a/x", ParameterVersion=3, Labels=["live", "x"])
    assert (answer["RemovedLabels"], answer["InvalidLabels"]) == (["live"], ["x"])
    assert refusal(versions.get_parameter, Name="/a/x:live").code == "ParameterVersionNotFound"


def test_ten_labels_are_the_most_of_a_version(versions: Any) -> None:
    versions.label_parameter_version(Name="/a/x", Labels=[f"l{number}" for number in range(10)])
    told = refusal(versions.label_parameter_version, Name="/a/x", Labels=["one-more"])
    assert told.code == "ParameterVersionLabelLimitExceeded"
    told = refusal(versions.label_parameter_version, Name="/a/x", ParameterVersion=9, Labels=["a"])
    assert told.code == "ParameterVersionNotFound"


@pytest.mark.parametrize(
    ("key", "option", "values", "found"),
    [
        ("Name", "Equals", ["plain"], ["plain"]),
        ("Name", "Equals", ["a"], ["/a"]),
        ("Name", "BeginsWith", ["/a/"], ["/a/b", "/a/b/c"]),
        ("Name", "BeginsWith", ["/a/b", "/s"], ["/a/b", "/a/b/c", "/s"]),
        ("Name", "BeginsWith", ["p", "/s"], ["/s", "plain"]),
        ("Path", "Recursive", ["/a/b", "/"], ["/a", "/a/b", "/a/b/c", "/s", "plain"]),
        ("Path", "OneLevel", ["/a", "/a/b"], ["/a/b", "/a/b/c"]),
        ("Path", "OneLevel", ["/"], ["/a", "/s", "plain"]),
        ("Name", "Contains", ["b"], ["/a/b", "/a/b/c"]),
        ("Path", "OneLevel", ["/a"], ["/a/b"]),
        ("Path", "Recursive", ["/a"], ["/a/b", "/a/b/c"]),
        ("Path", "Recursive", ["/"], ["/a", "/a/b", "/a/b/c", "/s", "plain"]),
        ("Type", "Equals", ["SecureString"], ["/s"]),
        ("KeyId", "BeginsWith", ["alias/aws"], ["/s"]),
        ("Tier", "Equals", ["Advanced"], ["/s"]),
        ("DataType", "Equals", ["text"], ["/a", "/a/b", "/a/b/c", "/s", "plain"]),
        ("tag:team", "Equals", ["blue", "red"], ["plain"]),
    ],
)
def test_filters_of_describe_parameters(
    ssm: Any, key: str, option: str, values: list[str], found: list[str]
) -> None:
    put(ssm, "/a", "/a/b", "/a/b/c")
    put(ssm, "plain", Tags=[{"Key": "team", "Value": "blue"}])
    ssm.put_parameter(Name="/s", Value="v", Type="SecureString", Tier="Advanced")
    filters = [{"Key": key, "Option": option, "Values": values}]
    assert pages(ssm.describe_parameters, ParameterFilters=filters) == [found]
    assert pages(ssm.describe_parameters, ParameterFilters=filters, MaxResults=1) == [[one] for one in found]


@pytest.mark.parametrize(
    ("one", "code", "message"),
    [
        (
            {"Key": "Label", "Values": ["x"]},
            "InvalidFilterKey",
            "The following filter key is not valid: Label. Valid filter keys include: "
            "[Path, Name, Type, KeyId, Tier, DataType].",
        ),
        (
            {"Key": "Name"},
            "InvalidFilterValue",
            "The following filter values are missing : null for filter key Name",
        ),
        (
            {"Key": "Path", "Option": "Equals", "Values": ["/x"]},
            "InvalidFilterOption",
            "The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].",
        ),
        (
            {"Key": "Tier", "Values": ["x"]},
            "InvalidFilterValue",
            "The following filter value is not valid: x. Valid values include: "
            "[Standard, Advanced, Intelligent-Tiering].",
        ),
        (
            {"Key": "Path", "Values": ["/aws"]},
            "ValidationException",
            "Filters for common parameters can't be",
        ),
        (
            {"Key": "Path", "Values": ["x"]},
            "ValidationException",
            "The parameter doesn't meet the parameter name",
        ),
    ],
)
def test_filters_that_are_none(ssm: Any, one: dict[str, Any], code: str, message: str) -> None:
    told = refusal(ssm.describe_parameters, ParameterFilters=[one])
    assert told.code == code
    assert told.message.startswith(message)


def test_a_filter_comes_once_and_old_ones_do_not_mix_with_new(ssm: Any) -> None:
    twice = [{"Key": "Name", "Values": ["a"]}, {"Key": "Name", "Values": ["b"]}]
    assert refusal(ssm.describe_parameters, ParameterFilters=twice).code == "InvalidFilterKey"
    put(ssm, "/a", "/b")
    old = [{"Key": "Name", "Values": ["/a"]}]
    assert names(ssm.describe_parameters(Filters=old)) == ["/a"]
    told = refusal(ssm.describe_parameters, Filters=old, ParameterFilters=old)
    assert told.message == "You can use either Filters or ParameterFilters in a single request."


def test_permissions_are_asked_for_each_parameter_and_for_a_path(
    ssm: Any, as_user: Callable[..., Any]
) -> None:
    put(ssm, "/a/x", "/b/x")
    ada = as_user(statement(["ssm:GetParameter", "ssm:GetParameters"], f"{ARN}/a/*"))
    assert names(ada.get_parameters(Names=["/a/x"])) == ["/a/x"]
    denied_calls: list[tuple[Any, dict[str, Any]]] = [
        (ada.get_parameter, {"Name": "/b/x"}),
        (ada.get_parameters, {"Names": ["/a/x", "/b/x"]}),
        (ada.get_parameters_by_path, {"Path": "/a"}),
        (ada.describe_parameters, {}),
    ]
    for call, more in denied_calls:
        assert refusal(call, **more).code == "AccessDeniedException"
    denied = {**statement("ssm:GetParametersByPath", f"{ARN}/a/x"), "Effect": "Deny"}
    bob = as_user(statement("ssm:GetParametersByPath", f"{ARN}/a"), denied, name="bob")
    assert names(bob.get_parameters_by_path(Path="/a")) == ["/a/x"]


def test_conditions_see_overwrite_tags_and_recursion(ssm: Any, as_user: Callable[..., Any]) -> None:
    put(ssm, "/a/x", Tags=[{"Key": "team", "Value": "blue"}])
    once = statement("ssm:PutParameter", Condition={"StringEquals": {"ssm:Overwrite": "false"}})
    tagged = statement("ssm:GetParameter", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})
    level = statement("ssm:GetParametersByPath", Condition={"StringNotEquals": {"ssm:Recursive": "true"}})
    ada = as_user(once, tagged, level)
    put(ada, "/a/y")
    denied: list[tuple[Any, dict[str, Any]]] = [
        (ada.put_parameter, {"Name": "/a/y", "Value": "w", "Overwrite": True}),
        (ada.get_parameter, {"Name": "/a/y"}),
        (ada.get_parameters_by_path, {"Path": "/a", "Recursive": True}),
    ]
    for call, more in denied:
        assert refusal(call, **more).code == "AccessDeniedException"
    assert ada.get_parameter(Name="/a/x")["Parameter"]["Value"] == "v"
    assert names(ada.get_parameters_by_path(Path="/a")) == ["/a/x", "/a/y"]
