from collections.abc import Callable
from typing import Any

import boto3
import pandas as pd
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from tests.cloud.services.lambda_.conftest import make_role, zipped
from tests.cloud.services.logs.conftest import made, policy_for_logs, put

View = Callable[[Lab], pd.DataFrame]
VIEWS: list[View] = [
    Lab.keys,
    Lab.aliases,
    Lab.backing_keys,
    Lab.parameters,
    Lab.secrets,
    Lab.log_events,
    Lab.audit,
    Lab.events,
    Lab.functions,
    Lab.databases,
    Lab.agenda,
]


@pytest.fixture
def busy(lab: Lab, kms: Any, key_id: str) -> Lab:
    """Two accounts, two regions, one of everything."""
    kms.create_alias(AliasName="alias/payroll", TargetKeyId=key_id)
    kms.create_alias(AliasName="alias/also", TargetKeyId=key_id)
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    ssm = boto3.client("ssm", region_name="eu-west-1")
    ssm.put_parameter(Name="/db/host", Value="db.example", Type="String")
    sm = boto3.client("secretsmanager", region_name="eu-west-1")
    sm.create_secret(Name="db/password", SecretString="sesame", KmsKeyId=key_id)
    heard = boto3.client("events", region_name="eu-west-1")
    heard.put_events(Entries=[{"Source": "me", "DetailType": "t", "Detail": "{}"}])
    boto3.client("lambda", region_name="eu-west-1").create_function(
        FunctionName="work",
        Role=make_role(boto3.client, "worker"),
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": zipped("")},
    )
    boto3.client("docdb", region_name="eu-west-1").create_db_cluster(
        DBClusterIdentifier="docs", Engine="docdb", MasterUsername="ada", MasterUserPassword="password"
    )
    logs = boto3.client("logs", region_name="eu-west-1")
    made(logs)
    put(lab, logs, "hello")
    other = boto3.client("kms", "us-east-1", aws_access_key_id="111122223333", aws_secret_access_key="x")
    gone = other.create_key()["KeyMetadata"]["KeyId"]
    other.schedule_key_deletion(KeyId=gone, PendingWindowInDays=7)
    with pytest.raises(ClientError):
        other.describe_key(KeyId="nobody")
    return lab


@pytest.mark.parametrize("view", VIEWS)
def test_an_empty_table_has_the_columns_and_types_of_a_full_one(view: View, busy: Lab) -> None:
    empty = view(Lab())
    full = view(busy)
    assert empty.empty
    assert not full.empty
    pd.testing.assert_series_equal(empty.dtypes, full.dtypes)


@pytest.mark.parametrize("view", VIEWS)
def test_account_and_region_come_first_and_times_are_in_utc(view: View, busy: Lab) -> None:
    table = view(busy)
    assert list(table.columns[:2]) == ["account", "region"]
    assert {str(kind) for kind in table.dtypes} <= {"string", "bool", "Int64", "datetime64[us, UTC]"}
    assert any(str(kind) == "datetime64[us, UTC]" for kind in table.dtypes)


@pytest.mark.parametrize("view", [Lab.keys, Lab.backing_keys, Lab.audit, Lab.agenda])
def test_all_accounts_and_regions_are_in_it(view: View, busy: Lab) -> None:
    table = view(busy)
    # IAM is global: what it is told stands in the log of us-east-1.
    global_ones = {("123456789012", "us-east-1")} if view is Lab.audit else set()
    assert set(zip(table["account"], table["region"], strict=True)) == global_ones | {
        ("111122223333", "us-east-1"),
        ("123456789012", "eu-west-1"),
    }


def test_a_key_is_shown_with_its_names_and_its_rotation(busy: Lab, key_id: str) -> None:
    keys = busy.keys().set_index("KeyId")
    mine = keys.loc[key_id]
    assert mine["Aliases"] == "alias/also, alias/payroll"
    assert mine["RotationPeriodInDays"] == 90
    assert mine["NextRotationDate"] - mine["CreationDate"] >= pd.Timedelta(days=90)
    assert mine["DeletionDate"] is pd.NaT
    (other,) = keys.drop(index=key_id).to_dict("records")
    assert other["KeyState"] == "PendingDeletion"
    assert pd.isna(other["RotationPeriodInDays"])
    assert other["DeletionDate"] > other["CreationDate"]


def test_an_alias_is_shown_with_its_target(busy: Lab, key_id: str) -> None:
    assert list(busy.aliases()["AliasName"]) == ["alias/also", "alias/payroll"]
    assert set(busy.aliases()["TargetKeyId"]) == {key_id}


def test_rotation_adds_a_backing_key_and_only_the_newest_is_current(busy: Lab, key_id: str) -> None:
    busy.clock.advance(days=91)
    mine = busy.backing_keys().query("KeyId == @key_id")
    assert list(mine["Current"]) == [False, True]
    assert [None if pd.isna(kind) else kind for kind in mine["RotationType"]] == [None, "AUTOMATIC"]
    assert mine["CreationDate"].is_monotonic_increasing
    assert list(mine["WrappedBytes"]) == [40, 40]
    assert mine["DomainKey"].str.startswith("eu-west-1/").all()


def test_the_audit_log_is_in_the_order_of_time_and_knows_who_failed(busy: Lab, key_id: str) -> None:
    log = busy.audit()
    assert log["EventTime"].is_monotonic_increasing
    assert log["EventName"].iloc[0] == "CreateKey"
    failed = log.dropna(subset=["ErrorCode"])
    assert list(failed["EventName"]) == ["DescribeKey"]
    assert list(failed["ErrorCode"]) == ["NotFoundException"]
    assert list(failed["ReadOnly"]) == [True]
    assert log["Resources"].str.contains(key_id).sum() == 5
    assert set(log["Username"]) == {"Administrator"}


def test_of_a_long_log_only_the_newest_events_are_shown(busy: Lab) -> None:
    whole, few = busy.audit(), busy.audit(newest=3)
    pd.testing.assert_frame_equal(few, whole.tail(3).reset_index(drop=True))


def test_the_agenda_is_soonest_first(busy: Lab, key_id: str) -> None:
    plans = busy.agenda()
    assert list(plans["Method"]) == ["delete_key", "rotate_key"]
    assert plans["Due"].is_monotonic_increasing
    assert plans["Arguments"].iloc[1] == f'{{"KeyId": "{key_id}"}}'


def test_a_lab_s_file_shows_the_same_tables_when_opened_again(tmp_path: Any) -> None:
    with Lab(tmp_path / "class.lab") as lab:
        key = boto3.client("kms", "eu-west-1").create_key()["KeyMetadata"]["KeyId"]
        boto3.client("kms", "eu-west-1").enable_key_rotation(KeyId=key)
        before = [view(lab) for view in VIEWS]
    with Lab(tmp_path / "class.lab") as lab:
        for view, table in zip(VIEWS, before, strict=True):
            pd.testing.assert_frame_equal(view(lab), table)


def test_a_parameter_is_shown_as_it_is_stored(lab: Lab) -> None:
    ssm = boto3.client("ssm", region_name="eu-west-1")
    ssm.put_parameter(Name="/db/password", Value="sesame", Type="SecureString")
    ssm.label_parameter_version(Name="/db/password", Labels=["live"])
    shown = lab.parameters().iloc[0]
    assert (shown["Name"], shown["Version"], shown["Labels"]) == ("/db/password", 1, "live")
    assert shown["Value"].startswith("AQICAH")
    assert "sesame" not in lab.parameters().to_string()


def test_log_events_are_shown_by_the_key_that_they_lie_under(lab: Lab) -> None:
    logs, kms = boto3.client("logs", "us-east-1"), boto3.client("kms", "us-east-1")
    made(logs)
    put(lab, logs, "in the clear", "or not")
    key = kms.create_key(Policy=policy_for_logs())["KeyMetadata"]["Arn"]
    logs.associate_kms_key(logGroupName="web", kmsKeyId=key)
    put(lab, logs, "later")
    shown = lab.log_events()
    assert shown["Events"].to_list() == [2, 1]
    assert pd.isna(shown["KmsKeyId"][0])
    assert shown["KmsKeyId"][1] == key
    assert shown["LastEvent"][0] - shown["FirstEvent"][0] == pd.Timedelta(milliseconds=1)
    assert "clear" not in shown.to_string()


def test_a_secret_is_shown_version_by_version(lab: Lab) -> None:
    sm = boto3.client("secretsmanager", region_name="eu-west-1")
    sm.create_secret(Name="db/password", SecretString="sesame")
    sm.put_secret_value(SecretId="db/password", SecretString="simsim")
    shown = lab.secrets()
    assert list(shown["VersionStages"]) == ["AWSPREVIOUS", "AWSCURRENT"]
    assert list(shown["SealedBytes"]) == [2 + 184 + 12 + 6 + 16] * 2
    assert "sesame" not in shown.to_string()
