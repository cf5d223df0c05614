"""Secrets Manager: versions and their labels, tokens, windows, policies, and what is at rest."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import Lab
from labkit.cloud.services.secretsmanager.model import SecretTables
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.cloud.services.kms.people import client_of_user, document, statement
from tests.conftest import ACCOUNT, REGION, MakeClient

NAME, VALUE = "db/password", "correct horse battery staple"
OTHER = "111122223333"
NOT_FOUND = Refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
MARKED = Refusal(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
)


@pytest.fixture
def sm(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("secretsmanager")


@pytest.fixture
def arn(sm: Any) -> str:
    """Return the ARN of a secret with one version."""
    return str(sm.create_secret(Name=NAME, SecretString=VALUE)["ARN"])


@pytest.fixture
def as_user(lab: Lab, client: MakeClient) -> Callable[..., Any]:
    """Return `as_user(*statements, account=...)`: a client of a new user with just these statements."""

    return partial(client_of_user, client, "secretsmanager")


def read(sm: Any, **more: Any) -> str:
    return str(sm.get_secret_value(**{"SecretId": NAME} | more)["SecretString"])


def stages(sm: Any) -> dict[str, list[str]]:
    """The labels of each version, by the version's value."""
    told = sm.describe_secret(SecretId=NAME)["VersionIdsToStages"]
    return {read(sm, VersionId=version): sorted(labels) for version, labels in told.items()}


def state(lab: Lab) -> list[Any]:
    tables = lab.cloud.store.tables(SecretTables, ACCOUNT, REGION)
    return [*tables.secrets, *tables.versions]


def test_a_secret_is_found_by_its_name_and_by_its_arn_with_or_without_its_letters(sm: Any, arn: str) -> None:
    assert arn.startswith(f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{NAME}-")
    for secret_id in (NAME, arn, arn[:-7]):
        assert read(sm, SecretId=secret_id) == VALUE
    for secret_id in ("db", arn[:-1], arn.replace("us-east-1", "eu-west-1"), "arn:aws:s3:::x"):
        assert refusal(sm.get_secret_value, SecretId=secret_id) == NOT_FOUND


def test_bytes_come_back_as_bytes(sm: Any) -> None:
    sm.create_secret(Name="blob", SecretBinary=b"\x00\xff")
    answer = sm.get_secret_value(SecretId="blob")
    assert answer["SecretBinary"] == b"\x00\xff"
    assert "SecretString" not in answer


def test_a_new_value_is_current_and_the_one_before_previous(sm: Any, arn: str) -> None:
    sm.put_secret_value(SecretId=NAME, SecretString="two")
    assert stages(sm) == {VALUE: ["AWSPREVIOUS"], "two": ["AWSCURRENT"]}
    sm.update_secret(SecretId=NAME, SecretString="three")
    assert stages(sm) == {"two": ["AWSPREVIOUS"], "three": ["AWSCURRENT"]}
    assert read(sm) == "three"
    assert read(sm, VersionStage="AWSPREVIOUS") == "two"
    listed = sm.list_secret_version_ids(SecretId=NAME, IncludeDeprecated=True)["Versions"]
    assert [one.get("VersionStages") for one in listed] == [["AWSCURRENT"], ["AWSPREVIOUS"], None]
    assert len(sm.list_secret_version_ids(SecretId=NAME)["Versions"]) == 2


def test_a_label_of_ones_own_leaves_the_current_version_alone(sm: Any, arn: str) -> None:
    made = sm.put_secret_value(SecretId=NAME, SecretString="next", VersionStages=["AWSPENDING", "mine"])
    assert stages(sm) == {VALUE: ["AWSCURRENT"], "next": ["AWSPENDING", "mine"]}
    first = sm.get_secret_value(SecretId=NAME)["VersionId"]
    moved = {"SecretId": NAME, "VersionStage": "AWSCURRENT", "MoveToVersionId": made["VersionId"]}
    told = refusal(sm.update_secret_version_stage, **moved)
    assert told.code == "InvalidParameterException"
    assert f"Staging label AWSCURRENT is currently attached to version {first}" in told.message
    sm.update_secret_version_stage(**moved, RemoveFromVersionId=first)
    assert stages(sm) == {VALUE: ["AWSPREVIOUS"], "next": ["AWSCURRENT", "AWSPENDING", "mine"]}
    taken = {"SecretId": NAME, "VersionStage": "mine", "RemoveFromVersionId": made["VersionId"]}
    sm.update_secret_version_stage(**taken)
    assert refusal(sm.update_secret_version_stage, **taken).code == "InvalidParameterException"
    gone = refusal(sm.get_secret_value, SecretId=NAME, VersionStage="mine")
    assert gone.message == "Secrets Manager can't find the specified secret value for staging label: mine"


def test_current_is_never_on_no_version(sm: Any, arn: str) -> None:
    first = sm.get_secret_value(SecretId=NAME)["VersionId"]
    told = refusal(
        sm.update_secret_version_stage, SecretId=NAME, VersionStage="AWSCURRENT", RemoveFromVersionId=first
    )
    assert told.code == "InvalidParameterException"
    assert read(sm) == VALUE


def test_twenty_labels_are_the_most(sm: Any, arn: str, lab: Lab) -> None:
    labels = [f"label{number}" for number in range(20)]
    before = state(lab)
    told = refusal(sm.put_secret_value, SecretId=NAME, SecretString="x", VersionStages=labels)
    assert told == Refusal(
        "LimitExceededException", "You exceeded the maximum number of staging labels allowed on a secret."
    )
    assert state(lab) == before
    sm.put_secret_value(SecretId=NAME, SecretString="x", VersionStages=labels[:19])


def test_a_hundred_deprecated_versions_are_kept_once_they_are_a_day_old(
    sm: Any, arn: str, lab: Lab, client: MakeClient
) -> None:
    def count() -> int:
        kept = lab.cloud.store.tables(SecretTables, ACCOUNT, REGION).versions
        return len(kept)

    for number in range(104):
        sm.put_secret_value(SecretId=NAME, SecretString=str(number))
    assert count() == 105
    lab.clock.advance(days=2)
    sm.put_secret_value(SecretId=NAME, SecretString="last")
    assert count() == 102
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "SecretVersionDeletion"}]
    told = client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"]
    assert len(told) == 4
    assert json.loads(told[0]["CloudTrailEvent"])["additionalEventData"]["SecretId"] == arn
    assert stages(sm) == {"103": ["AWSPREVIOUS"], "last": ["AWSCURRENT"]}


def test_the_same_call_twice_makes_one_version(sm: Any, arn: str) -> None:
    token = str(uuid4())
    for _ in range(2):
        made = sm.put_secret_value(SecretId=NAME, SecretString="two", ClientRequestToken=token)
        assert made["VersionId"] == token
    assert stages(sm) == {VALUE: ["AWSPREVIOUS"], "two": ["AWSCURRENT"]}
    told = refusal(sm.put_secret_value, SecretId=NAME, SecretString="three", ClientRequestToken=token)
    assert told == Refusal(
        "ResourceExistsException",
        f"You can't use ClientRequestToken {token} because that value is already in use for a version of "
        f"secret {arn}.",
    )
    again = refusal(sm.update_secret, SecretId=NAME, SecretString="two", ClientRequestToken=token)
    assert again == told
    for _ in range(2):
        sm.create_secret(Name="again", SecretString="x", ClientRequestToken=token)
    assert refusal(sm.create_secret, Name="again", SecretString="x") == Refusal(
        "ResourceExistsException", "The operation failed because the secret again already exists."
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Name": "a b"}, "InvalidParameterException"),
        ({"Name": "ä"}, "InvalidParameterException"),
        ({"Name": ""}, "ValidationException"),
        ({"SecretString": "", "Name": "x"}, "ValidationException"),
        ({"SecretString": "x" * 65537}, "ValidationException"),
        ({"SecretString": "x", "SecretBinary": b"x"}, "InvalidParameterException"),
        ({"ClientRequestToken": "short"}, "ValidationException"),
        ({"Tags": [{"Key": "aws:x", "Value": ""}]}, "InvalidParameterException"),
        ({"AddReplicaRegions": [{"Region": "us-east-1"}]}, "InvalidParameterException"),
        ({"Type": "SalesforceClientSecret"}, "NotImplemented"),
    ],
    ids=str,
)
def test_what_is_no_secret_is_not_made(sm: Any, lab: Lab, given: dict[str, Any], code: str) -> None:
    assert refusal(sm.create_secret, **{"Name": "ok"} | given).code == code
    assert state(lab) == []


def test_a_value_has_65536_bytes_at_most(sm: Any) -> None:
    sm.create_secret(Name=NAME, SecretString="x" * 65536)
    assert len(read(sm)) == 65536


def test_a_secret_may_have_no_value_yet(sm: Any) -> None:
    assert "VersionId" not in sm.create_secret(Name=NAME)
    told = refusal(sm.get_secret_value, SecretId=NAME)
    assert (
        told.message == "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    )
    told = refusal(sm.put_secret_value, SecretId=NAME)
    assert told == Refusal("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
    sm.put_secret_value(SecretId=NAME, SecretString="first", VersionStages=["mine"])
    assert stages(sm) == {"first": ["AWSCURRENT", "mine"]}


def test_a_version_and_a_label_must_agree(sm: Any, arn: str) -> None:
    first = sm.get_secret_value(SecretId=NAME)["VersionId"]
    assert read(sm, VersionId=first, VersionStage="AWSCURRENT") == VALUE
    told = refusal(sm.get_secret_value, SecretId=NAME, VersionId=first, VersionStage="AWSPREVIOUS")
    assert told.code == "InvalidRequestException"
    missing = str(uuid4())
    told = refusal(sm.get_secret_value, SecretId=NAME, VersionId=missing)
    assert told.message == f"Secrets Manager can't find the specified secret value for VersionId: {missing}"


def test_a_secret_waits_for_its_end_and_can_be_restored(sm: Any, arn: str, lab: Lab) -> None:
    sm.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
    assert refusal(sm.get_secret_value, SecretId=NAME) == MARKED
    assert refusal(sm.put_secret_value, SecretId=NAME, SecretString="x") == MARKED
    assert sm.list_secrets()["SecretList"] == []
    assert len(sm.list_secrets(IncludePlannedDeletion=True)["SecretList"]) == 1
    assert "DeletedDate" in sm.describe_secret(SecretId=NAME)
    told = refusal(sm.create_secret, Name=NAME)
    assert "already scheduled for deletion" in told.message
    sm.restore_secret(SecretId=NAME)
    lab.clock.advance(days=8)
    assert read(sm) == VALUE
    sm.delete_secret(SecretId=NAME)
    lab.clock.advance(days=31)
    assert refusal(sm.describe_secret, SecretId=NAME) == NOT_FOUND
    assert state(lab) == []


def test_an_end_that_is_forced_is_at_once(sm: Any, arn: str, lab: Lab) -> None:
    told = refusal(sm.delete_secret, SecretId=NAME, ForceDeleteWithoutRecovery=True, RecoveryWindowInDays=7)
    assert told.code == "InvalidParameterException"
    for days in (6, 31):
        told = refusal(sm.delete_secret, SecretId=NAME, RecoveryWindowInDays=days)
        assert told.message == "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
    for _ in range(2):
        assert sm.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)["Name"] == NAME
    assert refusal(sm.delete_secret, SecretId=NAME) == NOT_FOUND
    assert state(lab) == []
    assert sm.create_secret(Name=NAME, SecretString="new")["ARN"] != arn


def test_kms_is_asked_with_the_secret_and_the_version_as_context(sm: Any, kms: Any, client: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    made = sm.create_secret(Name=NAME, SecretString=VALUE, KmsKeyId=key)
    read(sm)
    for name in ("GenerateDataKey", "Decrypt"):
        wanted = [{"AttributeKey": "EventName", "AttributeValue": name}]
        record = json.loads(
            client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"][0]["CloudTrailEvent"]
        )
        assert record["requestParameters"]["encryptionContext"] == {
            "SecretARN": made["ARN"],
            "SecretVersionId": made["VersionId"],
        }
        assert record["userIdentity"]["invokedBy"] == "secretsmanager.amazonaws.com"
    kms.disable_key(KeyId=key)
    assert refusal(sm.get_secret_value, SecretId=NAME).code == "DecryptionFailure"
    assert refusal(sm.put_secret_value, SecretId=NAME, SecretString="x").code == "EncryptionFailure"


def test_a_new_key_encrypts_what_has_a_label_anew(sm: Any, kms: Any) -> None:
    first, second = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    sm.create_secret(Name=NAME, SecretString="one", KmsKeyId=first)
    sm.put_secret_value(SecretId=NAME, SecretString="two")
    sm.update_secret(SecretId=NAME, KmsKeyId=second)
    kms.disable_key(KeyId=first)
    assert (read(sm), read(sm, VersionStage="AWSPREVIOUS")) == ("two", "one")
    assert sm.describe_secret(SecretId=NAME)["KmsKeyId"] == second


def test_the_reader_needs_the_key_unless_it_is_the_managed_one(
    sm: Any, kms: Any, as_user: Callable[..., Any]
) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    sm.create_secret(Name=NAME, SecretString=VALUE, KmsKeyId=key)
    sm.create_secret(Name="managed", SecretString=VALUE)
    ada = as_user(statement("secretsmanager:GetSecretValue"))
    assert refusal(ada.get_secret_value, SecretId=NAME) == Refusal(
        "AccessDeniedException", "Access to KMS is not allowed"
    )
    assert read(ada, SecretId="managed") == VALUE
    told = refusal(ada.describe_secret, SecretId=NAME)
    assert "is not authorized to perform: secretsmanager:DescribeSecret on resource: arn:aws:" in told.message


def test_a_policy_on_the_secret_lets_another_account_in(sm: Any, kms: Any, client: MakeClient) -> None:
    them = f"arn:aws:iam::{OTHER}:root"
    key = kms.create_key()["KeyMetadata"]["Arn"]
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(statement("kms:Decrypt", Principal={"AWS": them}))
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    arn = sm.create_secret(Name=NAME, SecretString=VALUE, KmsKeyId=key)["ARN"]
    other = client("secretsmanager", REGION, OTHER)
    assert refusal(other.get_secret_value, SecretId=arn).code == "AccessDeniedException"
    lets = document(statement("secretsmanager:GetSecretValue", Principal={"AWS": them}))
    sm.put_resource_policy(SecretId=NAME, ResourcePolicy=lets)
    assert sm.get_resource_policy(SecretId=NAME)["ResourcePolicy"] == lets
    assert read(other, SecretId=arn) == VALUE
    sm.delete_resource_policy(SecretId=NAME)
    assert refusal(other.get_secret_value, SecretId=arn).code == "AccessDeniedException"


def test_what_another_account_may_change_is_changed_where_it_belongs(
    sm: Any, kms: Any, client: MakeClient, lab: Lab
) -> None:
    them = f"arn:aws:iam::{OTHER}:root"
    key = kms.create_key()["KeyMetadata"]["Arn"]
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(statement("kms:*", Principal={"AWS": them}))
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    arn = sm.create_secret(Name=NAME, SecretString=VALUE, KmsKeyId=key)["ARN"]
    sm.put_resource_policy(
        SecretId=NAME, ResourcePolicy=document(statement("secretsmanager:*", Principal={"AWS": them}))
    )
    other = client("secretsmanager", REGION, OTHER)
    other.create_secret(Name=NAME, SecretString="theirs")
    other.put_secret_value(SecretId=arn, SecretString="two")
    other.tag_resource(SecretId=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert (read(sm), read(other)) == ("two", "theirs")
    assert sm.describe_secret(SecretId=NAME)["Tags"] == [{"Key": "a", "Value": "b"}]
    other.delete_secret(SecretId=arn)
    assert refusal(sm.get_secret_value, SecretId=NAME) == MARKED
    lab.clock.advance(days=31)
    assert refusal(sm.describe_secret, SecretId=NAME) == NOT_FOUND
    assert read(other) == "theirs"


def test_a_policy_for_everybody_is_stopped_on_demand(sm: Any, arn: str) -> None:
    public = document(statement("secretsmanager:GetSecretValue", Principal="*"))
    told = refusal(sm.put_resource_policy, SecretId=NAME, ResourcePolicy=public, BlockPublicPolicy=True)
    assert told.code == "PublicPolicyException"
    answer = sm.validate_resource_policy(ResourcePolicy=public)
    assert (answer["PolicyValidationPassed"], answer["ValidationErrors"][0]["CheckName"]) == (
        False,
        "PUBLIC_ACCESS_CHECK",
    )
    sm.put_resource_policy(SecretId=NAME, ResourcePolicy=public)
    assert refusal(sm.put_resource_policy, SecretId=NAME, ResourcePolicy="{").code == (
        "MalformedPolicyDocumentException"
    )
    private = document(statement("secretsmanager:GetSecretValue", Principal={"AWS": ACCOUNT}))
    assert sm.validate_resource_policy(SecretId=NAME, ResourcePolicy=private)["PolicyValidationPassed"]
    assert not sm.validate_resource_policy(ResourcePolicy="{")["PolicyValidationPassed"]


def test_a_secret_has_one_policy_of_its_owner_s_and_its_name_is_default(sm: Any, arn: str) -> None:
    assert sm.list_resource_policies(SecretId=NAME)["ResourcePolicies"] == []
    lets = document(statement("secretsmanager:GetSecretValue", Principal={"AWS": ACCOUNT}))
    sm.put_resource_policy(SecretId=NAME, ResourcePolicy=lets, PolicyName="default")
    assert sm.list_resource_policies(SecretId=NAME)["ResourcePolicies"] == [{"PolicyName": "default"}]
    assert sm.get_resource_policy(SecretId=NAME)["PolicyName"] == "default"
    for call, more in ((sm.get_resource_policy, {}), (sm.put_resource_policy, {"ResourcePolicy": lets})):
        told = refusal(call, SecretId=NAME, PolicyName="another", **more)
        assert told.code == "InvalidParameterException"
    assert (
        refusal(sm.list_resource_policies, SecretId=NAME, NextToken="x").code == "InvalidNextTokenException"
    )


def test_tags_count_in_conditions(sm: Any, as_user: Callable[..., Any]) -> None:
    sm.create_secret(Name=NAME, SecretString=VALUE, Tags=[{"Key": "team", "Value": "blue"}])
    tagged = {"StringEquals": {"secretsmanager:ResourceTag/team": "blue"}}
    ada = as_user(statement("secretsmanager:GetSecretValue", Condition=tagged))
    assert read(ada) == VALUE
    sm.tag_resource(SecretId=NAME, Tags=[{"Key": "team", "Value": "red"}, {"Key": "x", "Value": ""}])
    assert refusal(ada.get_secret_value, SecretId=NAME).code == "AccessDeniedException"
    sm.untag_resource(SecretId=NAME, TagKeys=["x", "y"])
    assert sm.describe_secret(SecretId=NAME)["Tags"] == [{"Key": "team", "Value": "red"}]


def test_lists_are_filtered_sorted_and_paged(sm: Any) -> None:
    for name, text in (("prod/db", "the Main database"), ("prod/web", "site"), ("test/db", "Old database")):
        sm.create_secret(Name=name, Description=text, Tags=[{"Key": name[:4], "Value": "v1"}])

    def listed(**more: Any) -> list[str]:
        return [one["Name"] for one in sm.list_secrets(SortBy="name", **more)["SecretList"]]

    def by(key: str, *values: str) -> list[str]:
        return listed(Filters=[{"Key": key, "Values": list(values)}])

    assert listed() == ["prod/db", "prod/web", "test/db"]
    assert listed(SortOrder="desc") == ["test/db", "prod/web", "prod/db"]
    assert by("name", "prod") == ["prod/db", "prod/web"]
    assert by("name", "Prod") == []
    assert by("name", "!prod") == ["test/db"]
    assert by("description", "main") == ["prod/db"]
    assert by("tag-key", "test") == ["test/db"]
    assert by("tag-value", "v") == listed()
    assert by("all", "DB") == ["prod/db", "test/db"]
    first = sm.list_secrets(SortBy="name", MaxResults=2)
    assert listed(MaxResults=2, NextToken=first["NextToken"]) == ["test/db"]
    assert refusal(sm.list_secrets, NextToken="x").code == "InvalidNextTokenException"


@pytest.mark.parametrize("filters", [[], [{"Key": "name", "Values": ["s"]}]], ids=["all", "by name"])
@pytest.mark.parametrize("back", ["asc", "desc"])
@pytest.mark.parametrize("by", ["name", "created-date", "last-changed-date", "last-accessed-date"])
def test_pages_in_every_order_neither_repeat_nor_lose_a_secret(
    sm: Any, by: str, back: str, filters: list[Any]
) -> None:
    wanted = [f"s{number}" for number in (3, 1, 4, 2, 5)]
    for name in wanted:
        sm.create_secret(Name=name, SecretString="x")
    asked: dict[str, Any] = {"SortBy": by, "SortOrder": back, "Filters": filters, "MaxResults": 2}
    first = sm.list_secrets(**asked)
    sm.delete_secret(SecretId=first["SecretList"][1]["Name"], ForceDeleteWithoutRecovery=True)
    found, token = [one["Name"] for one in first["SecretList"]], first["NextToken"]
    while token:
        page = sm.list_secrets(**asked, NextToken=token)
        found, token = [*found, *(one["Name"] for one in page["SecretList"])], page.get("NextToken")
    expected = sorted(wanted) if by == "name" else wanted
    assert found == (expected if back == "asc" else expected[::-1])


def test_many_secrets_at_once_and_what_fails_is_listed(sm: Any, arn: str) -> None:
    sm.create_secret(Name="empty")
    answer = sm.batch_get_secret_value(SecretIdList=[NAME, "empty", "nobody"])
    assert [one["SecretString"] for one in answer["SecretValues"]] == [VALUE]
    assert [(one["SecretId"], one["ErrorCode"]) for one in answer["Errors"]] == [
        ("empty", "ResourceNotFoundException"),
        ("nobody", "ResourceNotFoundException"),
    ]
    filtered = sm.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["db"]}])
    assert [one["Name"] for one in filtered["SecretValues"]] == [NAME]
    assert refusal(sm.batch_get_secret_value).code == "InvalidParameterException"


def test_the_day_of_the_last_access_is_known(sm: Any, arn: str, lab: Lab) -> None:
    assert "LastAccessedDate" not in sm.describe_secret(SecretId=NAME)
    read(sm)
    told = sm.describe_secret(SecretId=NAME)["LastAccessedDate"]
    assert (told.date(), told.hour, told.minute) == (lab.clock.now().date(), told.hour, 0)


@settings(max_examples=40, deadline=None)
@given(
    length=st.integers(5, 60),
    excluded=st.text("abcXYZ019!~", max_size=5),
    without=st.sets(st.sampled_from(["Numbers", "Punctuation", "Uppercase", "Lowercase"]), max_size=3),
    space=st.booleans(),
)
def test_a_password_keeps_every_rule(length: int, excluded: str, without: set[str], space: bool) -> None:
    with Lab():
        sm: Any = boto3.client("secretsmanager", region_name=REGION)
        password = sm.get_random_password(
            PasswordLength=length,
            ExcludeCharacters=excluded,
            IncludeSpace=space,
            **{f"Exclude{kind}": True for kind in without},
        )["RandomPassword"]
    assert len(password) == length
    assert not set(password) & set(excluded)
    assert any(one.isdigit() for one in password) == ("Numbers" not in without)
    assert any(one.isupper() for one in password) == ("Uppercase" not in without)
    assert any(one.islower() for one in password) == ("Lowercase" not in without)
    assert (" " in password) == space


def test_passwords_that_cannot_be(sm: Any) -> None:
    assert refusal(sm.get_random_password, PasswordLength=3).code == "InvalidParameterException"
    assert refusal(sm.get_random_password, PasswordLength=4097).code == "ValidationException"
    assert refusal(sm.get_random_password, ExcludeCharacters="0123456789").code == "InvalidParameterException"
    short = sm.get_random_password(PasswordLength=1, RequireEachIncludedType=False)["RandomPassword"]
    assert len(short) == 1


def test_no_file_of_a_lab_holds_a_value(tmp_path: Path, client: MakeClient) -> None:
    with Lab(tmp_path / "class.lab"):
        client("secretsmanager").create_secret(Name=NAME, SecretString=VALUE)
    assert not [one for one in tmp_path.iterdir() if VALUE.encode() in one.read_bytes()]
    with Lab(tmp_path / "class.lab"):
        assert read(client("secretsmanager")) == VALUE


def test_no_record_of_a_call_holds_a_value(sm: Any, arn: str, client: MakeClient) -> None:
    read(sm)
    events = client("cloudtrail").lookup_events()["Events"]
    assert {"CreateSecret", "GetSecretValue"} <= {one["EventName"] for one in events}
    assert not [one for one in events if VALUE in one["CloudTrailEvent"]]


EXAMPLES = Loader().load_service_model("secretsmanager", "examples-1")["examples"]
"""botocore's own. They take for granted that there are some secrets."""

# Rotation has its own tests; the key of one example is in nobody's account.
LEFT_OUT = {"CancelRotateSecret", "RotateSecret"}
NAMES = (
    "MyTestDatabaseSecret",
    "MyTestDatabaseSecret1",
    "MyTestSecret",
    "MyExampleSecret",
    "MySecret1",
    "MySecret2",
    "MySecret3",
)
FIRST, SECOND = "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1", "EXAMPLE2-90ab-cdef-fedc-ba987SECRET2"
SHIPPED = [
    (operation, place)
    for operation in sorted(EXAMPLES.keys() - LEFT_OUT)
    for place, example in enumerate(EXAMPLES[operation])
    if "KmsKeyId" not in example["input"]
]


@pytest.mark.parametrize(("operation", "place"), SHIPPED)
def test_the_examples_that_botocore_ships(sm: Any, operation: str, place: int) -> None:
    asked = EXAMPLES[operation][place]["input"]
    if operation != "CreateSecret":
        _prepare(sm)
    if operation == "RestoreSecret":
        sm.delete_secret(SecretId="MyTestDatabaseSecret")
    if "RemoveFromVersionId" in asked:
        labelled = {"VersionStage": asked["VersionStage"], "MoveToVersionId": asked["RemoveFromVersionId"]}
        if asked["VersionStage"] != "AWSCURRENT":
            sm.update_secret_version_stage(SecretId="MyTestDatabaseSecret", **labelled)
    assert getattr(sm, xform_name(operation))(**asked)["ResponseMetadata"]["HTTPStatusCode"] == 200


def _prepare(sm: Any) -> None:
    for name in NAMES:
        sm.create_secret(Name=name, SecretString="{}", ClientRequestToken=FIRST)
    pending = {"ClientRequestToken": SECOND, "VersionStages": ["AWSPENDING"]}
    sm.put_secret_value(SecretId="MyTestDatabaseSecret", SecretString="{2}", **pending)


def test_another_account_can_t_write_a_secret_under_the_aws_managed_key(lab: Lab, client: MakeClient) -> None:
    secrets, others = client("secretsmanager"), "444455556666"
    arn = secrets.create_secret(Name="shared", SecretString="the owner's")["ARN"]
    let = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{others}:root"}, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [{**let, "Action": "secretsmanager:PutSecretValue"}]}
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(policy))
    refused = refusal(
        client("secretsmanager", account=others).put_secret_value, SecretId=arn, SecretString="theirs"
    )
    assert (refused.code, refused.message) == ("AccessDeniedException", "Access to KMS is not allowed")
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "the owner's"
