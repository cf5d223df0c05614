"""DB instances: made, described, deleted; and what RDS says of those that can't be made."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.cloud.postgres import NoPostgresError, Servers
from labkit.lab import Lab
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.rds.databases import FIRST, login, make, shown

pytestmark = needs_postgres

CREATE = {
    "DBInstanceIdentifier": "another",
    "DBInstanceClass": "db.t3.micro",
    "Engine": "postgres",
    "MasterUsername": "student",
    "MasterUserPassword": FIRST,
}


def complaint(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and the message of the error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_instance_is_creating_in_the_answer_and_available_after_it(rds: Any) -> None:
    made = rds.create_db_instance(**CREATE | {"DBInstanceIdentifier": "Fresh"})["DBInstance"]
    assert made["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in made
    assert made["DBInstanceArn"] == "arn:aws:rds:us-east-1:123456789012:db:fresh"
    rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier="fresh", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )
    assert shown(rds, "fresh")["Endpoint"]["Address"] == "127.0.0.1"
    deleted = rds.delete_db_instance(DBInstanceIdentifier="fresh", SkipFinalSnapshot=True)["DBInstance"]
    assert deleted["DBInstanceStatus"] == "deleting"
    assert complaint(rds.describe_db_instances, DBInstanceIdentifier="fresh") == (
        "DBInstanceNotFound",
        "DBInstance fresh not found.",
    )
    rds.get_waiter("db_instance_deleted").wait(
        DBInstanceIdentifier="fresh", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )


def test_what_was_given_is_shown_and_the_password_is_not(rds: Any, school: dict[str, Any]) -> None:
    assert {name: school[name] for name in ("DBName", "MasterUsername", "Engine", "AllocatedStorage")} == {
        "DBName": "marks",
        "MasterUsername": "student",
        "Engine": "postgres",
        "AllocatedStorage": 20,
    }
    assert school["TagList"] == [{"Key": "class", "Value": "4b"}]
    assert "MasterUserSecret" not in school
    assert FIRST not in str(school)


def test_the_master_user_owns_the_database_of_that_name(school: dict[str, Any]) -> None:
    session = login(school["Endpoint"], FIRST, database="marks")
    session.run("CREATE TABLE marks (name text, mark int)")
    session.run("INSERT INTO marks VALUES ('Ada', 1)")
    assert session.run("SELECT mark FROM marks WHERE name = 'Ada'") == [[1]]
    session.close()


def test_a_name_is_taken_once(rds: Any, school: dict[str, Any]) -> None:
    assert complaint(rds.create_db_instance, **CREATE | {"DBInstanceIdentifier": "SCHOOL"}) == (
        "DBInstanceAlreadyExists",
        "DB instance already exists",
    )


@pytest.mark.parametrize("name", ["1st", "a--b", "a-", "a_b", "-a"])
def test_a_name_that_is_no_identifier_is_refused(rds: Any, name: str) -> None:
    assert complaint(rds.create_db_instance, **CREATE | {"DBInstanceIdentifier": name}) == (
        "InvalidParameterValue",
        "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; "
        "must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
        "consecutive hyphens.",
    )


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("seven77", " because it is shorter than 8 characters."),
        ("p" * 129, " because it is longer than 128 characters."),
        *(
            (word, ". Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.")
            for word in ("p@ssword1", "pass/word1", 'pass"word1', "pass word1", "pässword1")
        ),
    ],
)
def test_a_password_that_won_t_do_is_refused_and_not_repeated(rds: Any, password: str, reason: str) -> None:
    assert complaint(rds.create_db_instance, **CREATE | {"MasterUserPassword": password}) == (
        "InvalidParameterValue",
        "The parameter MasterUserPassword is not a valid password" + reason,
    )


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"Engine": "postgresql"}, "InvalidParameterValue", "Invalid DB engine"),
        ({"EngineVersion": "9.5"}, "InvalidParameterCombination", "Cannot find version 9.5 for postgres"),
        (
            {"MasterUsername": "admin"},
            "InvalidParameterValue",
            "MasterUsername admin cannot be used as it is a reserved word used by the engine",
        ),
        (
            {"MasterUsername": "pg_dba"},
            "InvalidParameterValue",
            'MasterUsername pg_dba cannot be used because role names starting with "pg_" are reserved by the '
            "PostgreSQL engine",
        ),
        (
            {"MasterUsername": None},
            "InvalidParameterValue",
            "The parameter MasterUsername must be provided and must not be blank.",
        ),
        (
            {"MasterUserPassword": None},
            "InvalidParameterValue",
            "The parameter MasterUserPassword must be provided and must not be blank.",
        ),
        (
            {"DBName": "my-marks"},
            "InvalidParameterValue",
            "DBName must begin with a letter and contain only alphanumeric characters.",
        ),
        (
            {"ManageMasterUserPassword": True},
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
        ),
        (
            {"MasterUserSecretKmsKeyId": "alias/mine"},
            "InvalidParameterCombination",
            "A ManageMasterUserPassword value is required when MasterUserSecretKmsKeyId is specified.",
        ),
        (
            {"DBClusterIdentifier": "nowhere", "Engine": "docdb", "MasterUsername": None}
            | {"MasterUserPassword": None},
            "DBClusterNotFoundFault",
            "The source cluster could not be found or cannot be accessed: nowhere",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_aws_s_words(
    rds: Any, changes: dict[str, Any], code: str, message: str
) -> None:
    given = {name: value for name, value in (CREATE | changes).items() if value is not None}
    assert complaint(rds.create_db_instance, **given) == (code, message)


@pytest.mark.parametrize("engine", ["mysql", "MySQL", "mariadb", "oracle-ee", "sqlserver-ex", "aurora-mysql"])
def test_engines_that_the_lab_has_no_server_for_are_not_built(rds: Any, engine: str) -> None:
    code, message = complaint(rds.create_db_instance, **CREATE | {"Engine": engine})
    assert code == "NotImplemented"
    assert message.startswith("labkit does not emulate rds:CreateDBInstance with Engine=")


def test_a_parameter_that_is_not_built_is_named(rds: Any) -> None:
    code, message = complaint(rds.create_db_instance, **CREATE, Timezone="UTC")
    assert (code, message) == (
        "NotImplemented",
        "labkit does not emulate rds:CreateDBInstance with Timezone yet.",
    )


def test_a_machine_without_postgresql_says_so(rds: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Servers) -> str:
        raise NoPostgresError("This machine has no PostgreSQL.")

    monkeypatch.setattr(Servers, "prepare", missing)
    assert complaint(rds.create_db_instance, **CREATE) == (
        "NotImplemented",
        "This machine has no PostgreSQL.",
    )


def test_instances_are_listed_in_pages_and_filtered(rds: Any, school: dict[str, Any]) -> None:
    names = [f"docs-{number}" for number in range(21)]
    rds.create_db_cluster(
        DBClusterIdentifier="docs", Engine="docdb", MasterUsername="student", MasterUserPassword=FIRST
    )
    for name in names:
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.r5.large",
            Engine="docdb",
            DBClusterIdentifier="docs",
        )
    pages = list(rds.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": 20}))
    assert [len(page["DBInstances"]) for page in pages] == [20, 2]
    told = [one["DBInstanceIdentifier"] for page in pages for one in page["DBInstances"]]
    assert told == sorted([*names, "school"])
    real = rds.describe_db_instances(Filters=[{"Name": "engine", "Values": ["postgres"]}])["DBInstances"]
    assert [one["DBInstanceIdentifier"] for one in real] == ["school"]
    by_arn = rds.describe_db_instances(DBInstanceIdentifier=school["DBInstanceArn"])["DBInstances"]
    assert [one["DBInstanceIdentifier"] for one in by_arn] == ["school"]
    wrong = {"Filters": [{"Name": "color", "Values": ["red"]}]}
    assert complaint(rds.describe_db_instances, **wrong) == (
        "InvalidParameterValue",
        "Unrecognized filter name: color",
    )
    assert complaint(rds.describe_db_instances, MaxRecords=19) == (
        "InvalidParameterValue",
        "Invalid value 19 for MaxRecords. Must be between 20 and 100",
    )


def test_an_instance_that_is_protected_stays(rds: Any, school: dict[str, Any]) -> None:
    rds.modify_db_instance(DBInstanceIdentifier="school", DeletionProtection=True)
    assert complaint(rds.delete_db_instance, DBInstanceIdentifier="school", SkipFinalSnapshot=True) == (
        "InvalidParameterCombination",
        "Cannot delete protected DB Instance, please disable deletion protection and try again.",
    )
    rds.modify_db_instance(DBInstanceIdentifier="school", DeletionProtection=False)
    assert complaint(rds.delete_db_instance, DBInstanceIdentifier="school") == (
        "InvalidParameterCombination",
        "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
    )
    assert shown(rds, "school")["DBInstanceStatus"] == "available"


def test_a_server_that_can_t_be_set_up_leaves_an_instance_that_has_failed(
    rds: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> int:
        raise OSError("no space left on device")

    monkeypatch.setattr(Servers, "create", failing)
    monkeypatch.setattr("labkit.cloud.postgres.serving.log_without_values", lambda *_: None)
    assert make(rds, "unlucky")["DBInstanceStatus"] == "failed"
    rds.delete_db_instance(DBInstanceIdentifier="unlucky", SkipFinalSnapshot=True)


def test_storage_is_encrypted_under_a_kms_key_that_has_to_work(rds: Any, kms: Any, lab: Lab) -> None:
    key = kms.create_key()["KeyMetadata"]
    made = make(rds, "locked", StorageEncrypted=True, KmsKeyId=key["KeyId"])
    assert made["StorageEncrypted"]
    assert made["KmsKeyId"] == key["Arn"]
    rds.stop_db_instance(DBInstanceIdentifier="locked")
    kms.disable_key(KeyId=key["KeyId"])
    inaccessible = (
        "KMSKeyNotAccessibleFault",
        f"The specified KMS key [{key['Arn']}] does not exist, is not enabled or you do not have permissions "
        "to access it.",
    )
    assert complaint(rds.start_db_instance, DBInstanceIdentifier="locked") == inaccessible
    with_disabled = CREATE | {"StorageEncrypted": True, "KmsKeyId": key["Arn"]}
    assert complaint(rds.create_db_instance, **with_disabled) == inaccessible
    kms.enable_key(KeyId=key["KeyId"])
    rds.start_db_instance(DBInstanceIdentifier="locked")
    assert shown(rds, "locked")["DBInstanceStatus"] == "available"
    rds.delete_db_instance(DBInstanceIdentifier="locked", SkipFinalSnapshot=True)


def test_a_key_without_encryption_is_a_contradiction(rds: Any) -> None:
    assert complaint(rds.create_db_instance, **CREATE, KmsKeyId="alias/aws/rds") == (
        "InvalidParameterCombination",
        "You must set StorageEncrypted to true to specify a value for KmsKeyId.",
    )


def test_others_are_answered_while_an_instance_is_set_up(
    rds: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    create = Servers.create

    def slow(*given: Any) -> int:
        begun.set()
        assert go_on.wait(60)
        return create(*given)

    monkeypatch.setattr(Servers, "create", slow)
    given = CREATE | {"DBInstanceIdentifier": "slow"}
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(rds.create_db_instance, **given)
        assert begun.wait(60)
        assert shown(rds, "slow")["DBInstanceStatus"] == "creating"
        rds.delete_db_instance(DBInstanceIdentifier="slow", SkipFinalSnapshot=True)
        go_on.set()
        assert answer.result()["DBInstance"]["DBInstanceStatus"] == "creating"
    code, _ = complaint(rds.describe_db_instances, DBInstanceIdentifier="slow")
    assert code == "DBInstanceNotFound"
    assert not lab.databases()["Identifier"].isin(["slow"]).any()
