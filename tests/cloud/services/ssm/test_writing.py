"""PutParameter: names, values, types, patterns, tiers, and what an overwrite leaves as it was."""

from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.ssm.model import SsmTables
from tests.cloud.services.kms.helpers import Refusal, invalid, refusal

ARN = "arn:aws:ssm:us-east-1:123456789012:parameter"
BAD_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist '
    "of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
    "following 3 symbols .-_"
)


def put(ssm: Any, name: str = "/app/name", value: str = "v", kind: str = "String", **more: Any) -> Any:
    answer = ssm.put_parameter(Name=name, Value=value, Type=kind, **more)
    return answer["Version"], answer["Tier"]


def refused(ssm: Any, **parameters: Any) -> Refusal:
    return refusal(ssm.put_parameter, **{"Name": "/app/name", "Value": "v", "Type": "String"} | parameters)


def state(lab: Lab) -> dict[Any, Any]:
    tables = lab.cloud.store.tables(SsmTables, "123456789012", "us-east-1")
    return {one.Name: one for one in tables.parameters} | {one.Id: one for one in tables.versions}


def test_a_parameter_is_made_and_then_overwritten(ssm: Any) -> None:
    assert put(ssm, Description="d", Tags=[{"Key": "team", "Value": "blue"}]) == (1, "Standard")
    assert put(ssm, value="w", Overwrite=True) == (2, "Standard")
    found = ssm.describe_parameters()["Parameters"][0]
    assert (found["Version"], found["Description"], found["DataType"]) == (2, "d", "text")
    assert found["ARN"] == f"{ARN}/app/name"
    assert found["LastModifiedUser"].endswith("user/Administrator")
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/app/name")["TagList"]
    assert tags == [{"Key": "team", "Value": "blue"}]


def test_an_overwrite_must_be_meant(ssm: Any, lab: Lab) -> None:
    put(ssm)
    before = state(lab)
    assert refused(ssm) == Refusal(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to "
        "true.",
    )
    assert state(lab) == before


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("aws", "AccessDeniedException", "No access to reserved parameter name: aws."),
        ("/AWS/x", "AccessDeniedException", "No access to reserved parameter name: /AWS/x."),
        ("ssm-x", "ValidationException", BAD_NAME),
        ("/Ssm/x", "ValidationException", BAD_NAME),
        ("a b", "ValidationException", BAD_NAME),
        ("/a//b", "ValidationException", BAD_NAME),
        ("/a/", "ValidationException", BAD_NAME),
        ("a:b", "ValidationException", BAD_NAME),
        ("/ä", "ValidationException", BAD_NAME),
        (f"{ARN}/x", "ValidationException", BAD_NAME),
        ("a/b", "ValidationException", "Parameter name must be a fully qualified name."),
        ("/" + "/".join("abcdefghijklmnop"), "HierarchyLevelLimitExceededException", ""),
        ("/" + "x" * 967, "ValidationException", ""),
    ],
)
def test_a_name_that_is_none(ssm: Any, lab: Lab, name: str, code: str, message: str) -> None:
    told = refused(ssm, Name=name)
    assert told.code == code
    assert message in told.message
    assert state(lab) == {}


@pytest.mark.parametrize(
    "name", ["x", "/x", "/a.b-c_d/1", "/" + "/".join("abcdefghijklmno"), "/" + "x" * 966]
)
def test_a_name_that_is_one(ssm: Any, name: str) -> None:
    assert put(ssm, name) == (1, "Standard")
    assert ssm.get_parameter(Name=name)["Parameter"]["Name"] == name


def test_a_name_with_a_slash_is_another_one(ssm: Any) -> None:
    put(ssm, "x", "without")
    put(ssm, "/x", "with")
    values = {one["Name"]: one["Value"] for one in ssm.get_parameters(Names=["x", "/x"])["Parameters"]}
    assert values == {"x": "without", "/x": "with"}


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "Member must have length greater than or equal to 1"),
        ("x" * 32769, "Member must have length less than or equal to 32768"),
    ],
)
def test_a_value_out_of_all_limits_is_not_repeated(ssm: Any, value: str, rule: str) -> None:
    assert refused(ssm, Value=value) == invalid("value", rule)


def test_a_standard_value_has_4096_characters_at_most(ssm: Any) -> None:
    assert put(ssm, "/exactly", "é" * 4096) == (1, "Standard")
    told = refused(ssm, Value="x" * 4097)
    assert told.code == "ValidationException"
    assert told.message.startswith(
        "Standard tier parameters support a maximum parameter value of 4096 characters."
    )


def test_an_advanced_value_has_8192_characters_at_most(ssm: Any) -> None:
    assert put(ssm, "/exactly", "x" * 8192, Tier="Advanced") == (1, "Advanced")
    told = refused(ssm, Value="x" * 8193, Tier="Advanced")
    assert told.message == "Advanced-tier parameters support a maximum parameter value of 8192 characters."


def test_intelligent_tiering_goes_up_when_it_must_and_never_back(ssm: Any) -> None:
    assert put(ssm, Tier="Intelligent-Tiering") == (1, "Standard")
    assert put(ssm, value="x" * 4097, Tier="Intelligent-Tiering", Overwrite=True) == (2, "Advanced")
    assert put(ssm, value="x", Tier="Intelligent-Tiering", Overwrite=True) == (3, "Advanced")
    assert put(ssm, value="x", Overwrite=True) == (4, "Advanced")
    told = refused(ssm, Tier="Standard", Overwrite=True)
    assert told.message.startswith("This parameter uses the advanced-parameter tier. You can't downgrade")


def test_the_default_tier_is_a_setting(ssm: Any) -> None:
    ssm.update_service_setting(
        SettingId="/ssm/parameter-store/default-parameter-tier", SettingValue="Advanced"
    )
    assert put(ssm) == (1, "Advanced")


def test_there_are_ten_thousand_standard_parameters_at_most(
    ssm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.cloud.services.ssm.tiers.MOST", {"Standard": 3, "Advanced": 3})
    for number in range(3):
        put(ssm, f"/p{number}")
    assert refused(ssm).code == "ParameterLimitExceeded"
    assert put(ssm, "/p0", "w", Overwrite=True) == (2, "Standard")
    assert put(ssm, Tier="Intelligent-Tiering") == (1, "Advanced")


def test_a_new_parameter_needs_a_type_and_keeps_it(ssm: Any) -> None:
    told = refusal(ssm.put_parameter, Name="/a", Value="v")
    assert told == Refusal("ValidationException", "A parameter type is required when you create a parameter.")
    put(ssm, "/a")
    assert ssm.put_parameter(Name="/a", Value="w", Overwrite=True)["Version"] == 2
    told = refused(ssm, Name="/a", Type="SecureString", Overwrite=True)
    assert told.code == "HierarchyTypeMismatchException"


def test_only_a_secret_has_a_key(ssm: Any) -> None:
    told = refused(ssm, KeyId="alias/aws/ssm")
    assert told.message == "KeyId is required for SecureString type parameter only."


def test_tags_do_not_go_with_an_overwrite(ssm: Any) -> None:
    told = refused(ssm, Overwrite=True, Tags=[{"Key": "a", "Value": "b"}])
    assert told.message.startswith("Invalid request: tags and overwrite can't be used together.")


@pytest.mark.parametrize(
    ("pattern", "value", "kind", "fits"),
    [
        (r"\d{1,4}", "1000", "String", True),
        (r"\d{1,4}", "10,000", "String", False),
        (r"\d+", "1,22,333", "StringList", True),
        (r"\d+", "1,x", "StringList", False),
        (r".{8,20}", "p#sW*rd33", "SecureString", True),
    ],
)
def test_the_whole_value_matches_the_allowed_pattern(
    ssm: Any, pattern: str, value: str, kind: str, fits: bool
) -> None:
    if fits:
        assert put(ssm, value=value, kind=kind, AllowedPattern=pattern) == (1, "Standard")
        return
    assert refused(ssm, Value=value, Type=kind, AllowedPattern=pattern) == Refusal(
        "ParameterPatternMismatchException",
        f"Parameter value, cannot be validated against allowedPattern: {pattern}",
    )


def test_a_pattern_holds_for_later_values_until_it_is_taken_away(ssm: Any) -> None:
    put(ssm, value="12", AllowedPattern=r"\d+")
    assert refused(ssm, Overwrite=True).code == "ParameterPatternMismatchException"
    assert put(ssm, AllowedPattern="", Overwrite=True) == (2, "Standard")
    assert refused(ssm, AllowedPattern="(", Overwrite=True).code == "InvalidAllowedPatternException"


def test_data_types(ssm: Any) -> None:
    assert put(ssm, "/ami", "ami-0123456789abcdef0", DataType="aws:ec2:image") == (1, "Standard")
    assert ssm.get_parameter(Name="/ami")["Parameter"]["DataType"] == "aws:ec2:image"
    assert refused(ssm, DataType="aws:ec2:image").code == "ValidationException"
    assert refused(ssm, DataType="Text").message == (
        "The following data type is not supported: Text (Data type names are all lowercase.)"
    )


def test_a_hundred_versions_are_kept_and_a_label_holds_the_oldest(ssm: Any) -> None:
    for _ in range(100):
        put(ssm, Overwrite=True)
    ssm.label_parameter_version(Name="/app/name", ParameterVersion=1, Labels=["first"])
    assert refused(ssm, Overwrite=True) == Refusal(
        "ParameterMaxVersionLimitExceeded",
        "You attempted to create a new version of /app/name by calling the PutParameter API with the "
        "overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated "
        "with it. Move the label to another version of the parameter, and try again.",
    )
    ssm.label_parameter_version(Name="/app/name", ParameterVersion=2, Labels=["first"])
    assert put(ssm, Overwrite=True) == (101, "Standard")
    assert refusal(ssm.get_parameter, Name="/app/name:1").code == "ParameterVersionNotFound"
    assert ssm.get_parameter(Name="/app/name:first")["Parameter"]["Version"] == 2


def test_deleting_takes_every_version_and_the_name_is_free(ssm: Any, lab: Lab) -> None:
    put(ssm)
    put(ssm, Overwrite=True)
    put(ssm, "/other")
    answer = ssm.delete_parameters(Names=["/app/name", "/nope"])
    assert (answer["DeletedParameters"], answer["InvalidParameters"]) == (["/app/name"], ["/nope"])
    ssm.delete_parameter(Name="/other")
    assert refusal(ssm.delete_parameter, Name="/other") == Refusal("ParameterNotFound", "")
    assert state(lab) == {}
    assert put(ssm) == (1, "Standard")
