"""Versions stay what they are; aliases lead to them, and can be moved."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.crypto.randomness import source
from tests.cloud.services.lambda_.conftest import MakeFunction, arn_of, zipped

Call = Callable[..., Any]


@pytest.fixture
def two_versions(functions: Any, make: MakeFunction) -> None:
    """Have a function whose version 1 returns "one", and version 2, which $LATEST is like, "two"."""
    make("def handler(event, context): return 'one'", Publish=True)
    functions.update_function_code(
        FunctionName="work", ZipFile=zipped("def handler(event, context): return 'two'"), Publish=True
    )


def test_a_version_stays_as_it_was_published(functions: Any, two_versions: None, call: Call) -> None:
    assert [call(), call(Qualifier="1"), call(Qualifier="2"), call(name="work:1")] == [
        "two",
        "one",
        "two",
        "one",
    ]
    versions = functions.list_versions_by_function(FunctionName="work")["Versions"]
    assert [(one["Version"], one["FunctionArn"]) for one in versions] == [
        (version, f"{arn_of('work')}:{version}") for version in ("$LATEST", "1", "2")
    ]


def test_publishing_what_has_not_changed_gives_the_same_version(functions: Any, two_versions: None) -> None:
    assert functions.publish_version(FunctionName="work")["Version"] == "2"
    functions.update_function_configuration(FunctionName="work", Timeout=7)
    third = functions.publish_version(FunctionName="work", Description="slow")
    assert (third["Version"], third["Timeout"], third["Description"]) == ("3", 7, "slow")
    with pytest.raises(ClientError, match="is different from current CodeSHA256"):
        functions.publish_version(FunctionName="work", CodeSha256="AAAA")


def test_an_alias_leads_to_a_version(functions: Any, two_versions: None, call: Call) -> None:
    made = functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    assert made["AliasArn"] == f"{arn_of('work')}:live"
    answer = functions.invoke(FunctionName="work:live")
    assert (answer["Payload"].read(), answer["ExecutedVersion"]) == (b'"one"', "1")
    functions.update_alias(FunctionName="work", Name="live", FunctionVersion="2")
    assert call(Qualifier="live") == "two"
    assert functions.get_alias(FunctionName="work", Name="live")["FunctionVersion"] == "2"
    found = functions.list_aliases(FunctionName="work", FunctionVersion="2")["Aliases"]
    assert [alias["Name"] for alias in found] == ["live"]
    with pytest.raises(ClientError, match=r"ResourceConflictException.*: Version 2 is currently referenced"):
        functions.delete_function(FunctionName="work", Qualifier="2")
    functions.delete_alias(FunctionName="work", Name="live")
    functions.delete_function(FunctionName="work", Qualifier="2")
    with pytest.raises(ClientError, match="Function not found"):
        call(Qualifier="2")
    with pytest.raises(ClientError, match="Cannot find alias arn"):
        functions.get_alias(FunctionName="work", Name="live")


def test_an_alias_shares_its_calls_out(functions: Any, two_versions: None, call: Call) -> None:
    weights = {"AdditionalVersionWeights": {"2": 0.25}}
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1", RoutingConfig=weights)
    told = []
    for drawn in (b"\x00", b"\x3f", b"\x40", b"\xff"):
        with source(lambda n, drawn=drawn: (drawn * n)[:n]):  # type: ignore[misc]
            told.append(call(Qualifier="live"))
    assert told == ["two", "two", "one", "one"]


def test_an_alias_needs_a_version_that_is_there(functions: Any, make: MakeFunction) -> None:
    make()
    with pytest.raises(ClientError, match=f"Function not found: {arn_of('work')}:9"):
        functions.create_alias(FunctionName="work", Name="live", FunctionVersion="9")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="$LATEST")
    with pytest.raises(ClientError, match="Alias already exists"):
        functions.create_alias(FunctionName="work", Name="live", FunctionVersion="$LATEST")


def test_the_latest_version_cannot_be_deleted_alone(functions: Any, make: MakeFunction) -> None:
    make()
    with pytest.raises(ClientError, match="version cannot be deleted without deleting the function"):
        functions.delete_function(FunctionName="work", Qualifier="$LATEST")
