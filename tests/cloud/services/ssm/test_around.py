"""What stands around a parameter: its policies and their dates, sharing, tags, settings."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.cloud.services.kms.people import document, statement
from tests.conftest import REGION, MakeClient

OTHER = "111122223333"
TIER = "/ssm/parameter-store/default-parameter-tier"


def policy(kind: str, **attributes: str) -> dict[str, Any]:
    return {"Type": kind, "Version": "1.0", "Attributes": attributes}


def put(ssm: Any, *policies: Any, name: str = "/a", **more: Any) -> None:
    given = {"Policies": json.dumps(policies)} if policies else {}
    ssm.put_parameter(Name=name, Value="v", Type="String", Tier="Advanced", **given, **more)


def in_days(lab: Lab, days: int) -> dict[str, Any]:
    moment = lab.clock.now() + timedelta(days=days)
    return policy("Expiration", Timestamp=moment.isoformat(timespec="milliseconds"))


def test_a_parameter_deletes_itself_when_it_expires(ssm: Any, lab: Lab) -> None:
    put(ssm, in_days(lab, 30), policy("ExpirationNotification", Before="5", Unit="Days"))
    shown = ssm.describe_parameters()["Parameters"][0]["Policies"]
    assert [one["PolicyType"] for one in shown] == ["Expiration", "ExpirationNotification"]
    lab.clock.advance(days=29)
    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "v"
    lab.clock.advance(days=2)
    assert refusal(ssm.get_parameter, Name="/a").code == "ParameterNotFound"
    assert refusal(ssm.get_parameter_history, Name="/a").code == "ParameterNotFound"


def test_an_overwrite_keeps_moves_or_removes_the_date(ssm: Any, lab: Lab) -> None:
    put(ssm, in_days(lab, 30), name="/kept")
    put(ssm, in_days(lab, 30), name="/moved")
    put(ssm, in_days(lab, 30), name="/removed")
    put(ssm, name="/kept", Overwrite=True)
    put(ssm, in_days(lab, 90), name="/moved", Overwrite=True)
    ssm.put_parameter(Name="/removed", Value="v", Overwrite=True, Policies="{}")
    lab.clock.advance(days=31)
    found = ssm.get_parameters(Names=["/kept", "/moved", "/removed"])
    assert found["InvalidParameters"] == ["/kept"]


def test_one_that_is_deleted_leaves_nothing_planned(ssm: Any, lab: Lab) -> None:
    put(ssm, in_days(lab, 30))
    ssm.delete_parameter(Name="/a")
    assert not [entry for entry in lab.gateway.cloud.tables.agenda if entry.Service == "ssm"]


@pytest.mark.parametrize(
    ("policies", "code"),
    [
        ("x", "ValidationException"),
        ("[1]", "ValidationException"),
        ([policy("Expiry", Timestamp="2030-01-01T00:00:00Z")], "InvalidPolicyTypeException"),
        ([policy("Expiration", Timestamp="tomorrow")], "InvalidPolicyAttributeException"),
        ([policy("Expiration", When="2030-01-01T00:00:00Z")], "InvalidPolicyAttributeException"),
        ([policy("NoChangeNotification", After="-1", Unit="Days")], "InvalidPolicyAttributeException"),
        ([policy("NoChangeNotification", After="1", Unit="Years")], "InvalidPolicyAttributeException"),
        ([{"Type": "Expiration", "Version": "2.0", "Attributes": {}}], "InvalidPolicyAttributeException"),
        ([policy("ExpirationNotification", Before="1", Unit="Days")], "IncompatiblePolicyException"),
        ([policy("Expiration", Timestamp="2030-01-01T00:00:00Z")] * 2, "IncompatiblePolicyException"),
        ([policy("NoChangeNotification", After="1", Unit="Days")] * 11, "PoliciesLimitExceededException"),
    ],
    ids=str,
)
def test_policies_that_are_none(ssm: Any, policies: Any, code: str) -> None:
    text = policies if isinstance(policies, str) else json.dumps(policies)
    told = refusal(ssm.put_parameter, Name="/a", Value="v", Type="String", Tier="Advanced", Policies=text)
    assert told.code == code
    assert refusal(ssm.get_parameter, Name="/a").code == "ParameterNotFound"


def test_policies_need_the_advanced_tier(ssm: Any, lab: Lab) -> None:
    text = json.dumps([in_days(lab, 1)])
    told = refusal(ssm.put_parameter, Name="/a", Value="v", Type="String", Policies=text)
    assert told.code == "ValidationException"
    answer = ssm.put_parameter(Name="/a", Value="v", Type="String", Tier="Intelligent-Tiering", Policies=text)
    assert answer["Tier"] == "Advanced"


@pytest.fixture
def shared(ssm: Any) -> tuple[str, dict[str, Any]]:
    """Return the ARN of a parameter shared with another account, and the id and hash of its policy."""
    put(ssm, name="/shared")
    arn = "arn:aws:ssm:us-east-1:123456789012:parameter/shared"
    reading = ["ssm:GetParameter", "ssm:GetParameters", "ssm:DescribeParameters", "ssm:GetParameterHistory"]
    lets = statement(reading, arn, Principal={"AWS": f"arn:aws:iam::{OTHER}:root"})
    made = ssm.put_resource_policy(ResourceArn=arn, Policy=document(lets))
    return arn, {"PolicyId": made["PolicyId"], "PolicyHash": made["PolicyHash"]}


def test_another_account_reads_what_is_shared_with_it(
    ssm: Any, shared: tuple[str, Any], client: MakeClient, as_user: Callable[..., Any]
) -> None:
    arn, _ = shared
    put(ssm, name="/private")
    them = client("ssm", REGION, OTHER)
    assert them.get_parameter(Name=arn)["Parameter"]["Value"] == "v"
    assert them.get_parameters(Names=[arn])["Parameters"][0]["ARN"] == arn
    listed = them.describe_parameters(Shared=True)["Parameters"]
    assert [one["ARN"] for one in listed] == [arn]
    assert them.describe_parameters()["Parameters"] == []
    told = refusal(them.get_parameter, Name=arn.replace("shared", "private"))
    assert told.code == "AccessDeniedException"
    assert ssm.describe_parameters(Shared=True)["Parameters"] == []
    nobody = as_user(statement("s3:*"), account=OTHER)
    assert refusal(nobody.get_parameter, Name=arn).code == "AccessDeniedException"


def test_sharing_ends(ssm: Any, shared: tuple[str, Any], client: MakeClient) -> None:
    arn, policy_of = shared
    listed = ssm.get_resource_policies(ResourceArn=arn)["Policies"]
    assert {name: listed[0][name] for name in policy_of} == policy_of
    ssm.delete_resource_policy(ResourceArn=arn, **policy_of)
    assert ssm.get_resource_policies(ResourceArn=arn)["Policies"] == []
    told = refusal(client("ssm", REGION, OTHER).get_parameter, Name=arn)
    assert told.code == "AccessDeniedException"


def test_whoever_changes_a_policy_has_read_it(ssm: Any, shared: tuple[str, Any]) -> None:
    arn, policy_of = shared
    text = ssm.get_resource_policies(ResourceArn=arn)["Policies"][0]["Policy"]

    def change(**more: Any) -> Refusal:
        return refusal(ssm.put_resource_policy, ResourceArn=arn, Policy=text, **more)

    assert change().code == "ResourcePolicyLimitExceededException"
    assert change(PolicyId="x").code == "ResourcePolicyInvalidParameterException"
    assert change(PolicyId="x", PolicyHash="y").code == "ResourcePolicyNotFoundException"
    assert change(**policy_of | {"PolicyHash": "y"}).code == "ResourcePolicyConflictException"
    assert (
        ssm.put_resource_policy(ResourceArn=arn, Policy=text, **policy_of)["PolicyId"]
        == policy_of["PolicyId"]
    )


def test_what_cannot_be_shared(ssm: Any) -> None:
    arn = "arn:aws:ssm:us-east-1:123456789012:parameter/a"
    lets = document(statement("ssm:GetParameter", arn, Principal={"AWS": OTHER}))
    told = refusal(ssm.put_resource_policy, ResourceArn=arn, Policy=lets)
    assert told.code == "ResourceNotFoundException"
    ssm.put_parameter(Name="/a", Value="v", Type="String")
    told = refusal(ssm.put_resource_policy, ResourceArn=arn, Policy=lets)
    assert told.code == "ResourcePolicyInvalidParameterException"
    put(ssm, Overwrite=True)
    for wrong in ("{", document(statement("ssm:PutParameter", arn, Principal={"AWS": OTHER}))):
        told = refusal(ssm.put_resource_policy, ResourceArn=arn, Policy=wrong)
        assert told.code == "MalformedResourcePolicyDocumentException"


def test_tags_are_added_changed_and_removed(ssm: Any) -> None:
    put(ssm)
    asked = {"ResourceType": "Parameter", "ResourceId": "/a"}
    ssm.add_tags_to_resource(**asked, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ssm.add_tags_to_resource(**asked, Tags=[{"Key": "a", "Value": "3"}])
    ssm.remove_tags_from_resource(**asked, TagKeys=["b", "c"])
    assert ssm.list_tags_for_resource(**asked)["TagList"] == [{"Key": "a", "Value": "3"}]
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    assert refusal(ssm.add_tags_to_resource, **asked, Tags=many).code == "TooManyTagsError"
    reserved = [{"Key": "aws:x", "Value": ""}]
    assert refusal(ssm.add_tags_to_resource, **asked, Tags=reserved).code == "ValidationException"
    nobody = {"ResourceType": "Parameter", "ResourceId": "/b"}
    assert refusal(ssm.list_tags_for_resource, **nobody).code == "InvalidResourceId"
    other = {"ResourceType": "Document", "ResourceId": "/a"}
    assert refusal(ssm.list_tags_for_resource, **other).code == "InvalidResourceType"


def test_settings_are_changed_and_put_back(ssm: Any) -> None:
    def shown(answer: Any) -> tuple[str, str]:
        held = answer["ServiceSetting"]
        return held["SettingValue"], held["Status"]

    assert shown(ssm.get_service_setting(SettingId=TIER)) == ("Standard", "Default")
    ssm.update_service_setting(SettingId=TIER, SettingValue="Intelligent-Tiering")
    arn = f"arn:aws:ssm:us-east-1:123456789012:servicesetting{TIER}"
    assert shown(ssm.get_service_setting(SettingId=arn)) == ("Intelligent-Tiering", "Customized")
    assert shown(ssm.reset_service_setting(SettingId=TIER)) == ("Standard", "Default")
    assert refusal(ssm.get_service_setting, SettingId="/x").code == "ServiceSettingNotFound"
    told = refusal(ssm.update_service_setting, SettingId=TIER, SettingValue="Golden")
    assert told.code == "ValidationException"
