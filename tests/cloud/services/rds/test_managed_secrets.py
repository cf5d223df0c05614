"""Managed master passwords: RDS makes the secret, and each rotation really changes the password."""

import json
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.kms.people import client_of_user, statement
from tests.cloud.services.rds.databases import FIRST, login, make, refused, shown
from tests.cloud.services.rds.test_instances import complaint
from tests.conftest import MakeClient

NAME = {"DBInstanceIdentifier": "kept"}


@pytest.fixture(scope="module")
def secrets(lab: Lab, client: MakeClient) -> Any:
    """Return a client of Secrets Manager."""
    return client("secretsmanager")


@pytest.fixture(scope="module")
def kept(rds: Any) -> dict[str, Any]:
    """Return an instance whose master password Secrets Manager keeps."""
    return make(rds, "kept", ManageMasterUserPassword=True)


def password_in(secrets: Any, arn: str) -> str:
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert value.keys() == {"username", "password"}
    assert value["username"] == "student"
    return str(value["password"])


@needs_postgres
def test_the_secret_that_rds_makes_opens_the_database(rds: Any, secrets: Any, kept: dict[str, Any]) -> None:
    told = kept["MasterUserSecret"]
    assert told["SecretStatus"] == "active"
    held = secrets.describe_secret(SecretId=told["SecretArn"])
    assert held["Name"].startswith("rds!db-")
    assert held["OwningService"] == "rds"
    assert held["RotationEnabled"]
    assert held["RotationRules"] == {"AutomaticallyAfterDays": 7}
    assert {tag["Key"]: tag["Value"] for tag in held["Tags"]} == {
        "aws:rds:primaryDBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:kept",
        "aws:secretsmanager:owningService": "rds",
    }
    login(kept["Endpoint"], password_in(secrets, told["SecretArn"])).close()


@needs_postgres
@pytest.mark.parametrize("way", ["RotateSecret", "ModifyDBInstance", "its own schedule"])
def test_a_rotation_changes_the_real_password_and_keeps_open_sessions(
    rds: Any, secrets: Any, lab: Lab, kept: dict[str, Any], way: str
) -> None:
    arn, endpoint = kept["MasterUserSecret"]["SecretArn"], kept["Endpoint"]
    before = password_in(secrets, arn)
    session = login(endpoint, before)
    if way == "RotateSecret":
        secrets.rotate_secret(SecretId=arn)
    elif way == "ModifyDBInstance":
        answer = rds.modify_db_instance(**NAME, RotateMasterUserPassword=True, ApplyImmediately=True)
        assert answer["DBInstance"]["MasterUserSecret"]["SecretStatus"] == "rotating"
    else:
        lab.clock.advance(days=8)
    after = password_in(secrets, arn)
    assert after != before
    assert refused(endpoint, before)
    assert not refused(endpoint, after)
    assert session.run("SELECT 1") == [[1]]
    session.close()
    stages = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"].values()
    assert sorted(stage for labels in stages for stage in labels) == ["AWSCURRENT", "AWSPREVIOUS"]
    assert shown(rds, "kept")["MasterUserSecret"]["SecretStatus"] == "active"


@needs_postgres
def test_a_rotation_waits_for_a_database_that_is_stopped(
    rds: Any, secrets: Any, lab: Lab, kept: dict[str, Any]
) -> None:
    arn = kept["MasterUserSecret"]["SecretArn"]
    before = password_in(secrets, arn)
    rds.stop_db_instance(**NAME)
    secrets.rotate_secret(SecretId=arn)
    assert password_in(secrets, arn) == before
    rds.start_db_instance(**NAME)
    lab.clock.advance(minutes=30)
    after = password_in(secrets, arn)
    assert after != before
    login(shown(rds, "kept")["Endpoint"], after).close()


@needs_postgres
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"MasterUserPassword": FIRST},
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
        ),
        (
            {"ManageMasterUserPassword": False},
            "MasterUserPassword must be provided when ManageMasterUserPassword is set to false.",
        ),
        (
            {"RotateMasterUserPassword": True},
            "You must specify ApplyImmediately when you rotate the master user password.",
        ),
    ],
)
def test_what_contradicts_a_managed_password_is_refused(
    rds: Any, kept: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    assert complaint(rds.modify_db_instance, **NAME, **changes) == ("InvalidParameterCombination", message)


@needs_postgres
def test_the_secret_goes_when_its_owner_keeps_the_password_and_comes_back(
    rds: Any, secrets: Any, kms: Any, kept: dict[str, Any]
) -> None:
    arn = kept["MasterUserSecret"]["SecretArn"]
    answer = rds.modify_db_instance(**NAME, ManageMasterUserPassword=False, MasterUserPassword=FIRST)
    assert "MasterUserSecret" not in answer["DBInstance"]
    assert complaint(secrets.describe_secret, SecretId=arn)[0] == "ResourceNotFoundException"
    endpoint = shown(rds, "kept")["Endpoint"]
    login(endpoint, FIRST).close()
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rds.modify_db_instance(**NAME, ManageMasterUserPassword=True, MasterUserSecretKmsKeyId=key)
    again = shown(rds, "kept")["MasterUserSecret"]
    assert again["KmsKeyId"] == key
    assert refused(endpoint, FIRST)
    login(endpoint, password_in(secrets, again["SecretArn"])).close()
    rds.delete_db_instance(**NAME, SkipFinalSnapshot=True)
    assert complaint(secrets.describe_secret, SecretId=again["SecretArn"])[0] == "ResourceNotFoundException"


@needs_postgres
def test_the_key_for_the_secret_must_be_there(rds: Any) -> None:
    code, _ = complaint(
        make,
        rds=rds,
        name="keyless",
        ManageMasterUserPassword=True,
        MasterUserSecretKmsKeyId="alias/nowhere",
    )
    assert code == "KMSKeyNotAccessibleFault"


def test_documentdb_s_password_is_rotated_in_its_record_alone(
    rds: Any, secrets: Any, client: MakeClient
) -> None:
    docdb = client("docdb")
    docdb.create_db_cluster(
        DBClusterIdentifier="docs", Engine="docdb", MasterUsername="student", ManageMasterUserPassword=True
    )
    (found,) = docdb.describe_db_clusters(DBClusterIdentifier="docs")["DBClusters"]
    arn = found["MasterUserSecret"]["SecretArn"]
    assert ":secret:rds!cluster-" in arn
    before = password_in(secrets, arn)
    docdb.modify_db_cluster(DBClusterIdentifier="docs", RotateMasterUserPassword=True, ApplyImmediately=True)
    assert password_in(secrets, arn) != before


def test_who_may_not_make_secrets_may_not_have_rds_make_one(rds: Any, client: MakeClient) -> None:
    user = client_of_user(client, "rds", statement("rds:*"))
    asked = {"DBClusterIdentifier": "mine", "Engine": "docdb", "MasterUsername": "student"}
    code, message = complaint(user.create_db_cluster, **asked, ManageMasterUserPassword=True)
    assert code == "AccessDeniedException"
    assert "is not authorized to perform: secretsmanager:CreateSecret" in message
    assert complaint(rds.describe_db_clusters, DBClusterIdentifier="mine")[0] == "DBClusterNotFoundFault"
