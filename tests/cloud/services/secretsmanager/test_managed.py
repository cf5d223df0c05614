"""Managed secrets: RDS makes and keeps them, nobody else changes them, and their rotation is real."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.cloud.services.kms.people import document, statement
from tests.cloud.services.rds.databases import login, make, refused, shown
from tests.conftest import ACCOUNT, MakeClient, started_lab

pytestmark = needs_postgres

MANAGED = Refusal(
    "InvalidRequestException",
    "The secret is managed by another service, and you must use that service to update it.",
)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Return a lab that the tests of this module share, as a database takes a second."""
    with started_lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def rds(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client of RDS."""
    return client("rds")


@pytest.fixture(scope="module")
def sm(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client of Secrets Manager."""
    return client("secretsmanager")


@pytest.fixture(scope="module")
def secret(rds: Any) -> str:
    """Return the ARN of the secret of an instance "school"."""
    made = make(rds, "school", ManageMasterUserPassword=True)
    return str(made["MasterUserSecret"]["SecretArn"])


def password(sm: Any, secret: str, stage: str = "AWSCURRENT") -> str:
    answer = sm.get_secret_value(SecretId=secret, VersionStage=stage)
    return str(json.loads(answer["SecretString"])["password"])


def test_it_says_whose_it_is(sm: Any, secret: str, rds: Any) -> None:
    told = sm.describe_secret(SecretId=secret)
    assert told["Name"].startswith("rds!db-")
    assert (told["OwningService"], told["RotationEnabled"]) == ("rds", True)
    assert told["RotationRules"] == {"AutomaticallyAfterDays": 7}
    assert "RotationLambdaARN" not in told
    tags = {tag["Key"]: tag["Value"] for tag in told["Tags"]}
    assert tags["aws:secretsmanager:owningService"] == "rds"
    owned = sm.list_secrets(Filters=[{"Key": "owning-service", "Values": ["rds"]}])["SecretList"]
    assert [one["ARN"] for one in owned] == [secret]


def test_nobody_else_changes_it(sm: Any, secret: str) -> None:
    version = sm.get_secret_value(SecretId=secret)["VersionId"]
    move = {"VersionStage": "mine", "MoveToVersionId": version}
    for call, more in (
        (sm.put_secret_value, {"SecretString": "x"}),
        (sm.update_secret, {"Description": "x"}),
        (sm.update_secret_version_stage, move),
        (sm.delete_secret, {}),
        (sm.delete_secret, {"ForceDeleteWithoutRecovery": True}),
        (sm.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (sm.untag_resource, {"TagKeys": ["a"]}),
        (sm.cancel_rotate_secret, {}),
        (sm.rotate_secret, {"RotationLambdaARN": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:x"}),
    ):
        assert refusal(call, SecretId=secret, **more) == MANAGED
    lets = document(statement("secretsmanager:GetSecretValue", Principal={"AWS": ACCOUNT}))
    sm.put_resource_policy(SecretId=secret, ResourcePolicy=lets)


def test_a_name_does_not_make_it_managed(sm: Any) -> None:
    sm.create_secret(Name="rds!db-mine", SecretString="x")
    assert "OwningService" not in sm.describe_secret(SecretId="rds!db-mine")
    told = refusal(sm.rotate_secret, SecretId="rds!db-mine")
    assert told.message == "No Lambda rotation function ARN is associated with this secret."


def test_its_rotation_changes_the_real_password_and_open_sessions_stay(
    sm: Any, rds: Any, secret: str, client: MakeClient
) -> None:
    endpoint, before = shown(rds, "school")["Endpoint"], password(sm, secret)
    session = login(endpoint, before)
    version = sm.rotate_secret(SecretId=secret)["VersionId"]
    after = password(sm, secret)
    assert after != before
    assert password(sm, secret, "AWSPREVIOUS") == before
    login(endpoint, after).close()
    assert refused(endpoint, before)
    assert session.run("SELECT 1") == [[1]]
    session.close()
    assert sm.describe_secret(SecretId=secret)["VersionIdsToStages"][version] == ["AWSCURRENT"]
    told = [
        json.loads(one["CloudTrailEvent"])["eventName"]
        for one in client("cloudtrail").lookup_events()["Events"]
    ]
    assert told.index("RotationSucceeded") < told.index("RotationStarted")
    assert not [one for one in client("cloudtrail").lookup_events()["Events"] if after in str(one)]


def test_it_rotates_by_itself_every_seven_days_or_as_it_is_told(
    sm: Any, rds: Any, secret: str, lab: Lab
) -> None:
    endpoint, passwords = shown(rds, "school")["Endpoint"], {password(sm, secret)}
    for days in (7, 7):
        lab.clock.advance(days=days)
        passwords.add(password(sm, secret))
    assert len(passwords) == 3
    login(endpoint, password(sm, secret)).close()
    rules = {"ScheduleExpression": "rate(4 hours)"}
    sm.rotate_secret(SecretId=secret, RotationRules=rules, RotateImmediately=False)
    before = password(sm, secret)
    lab.clock.advance(hours=4)
    assert password(sm, secret) != before
    wait = sm.describe_secret(SecretId=secret)["NextRotationDate"] - lab.clock.now()
    assert wait <= timedelta(hours=5)


def test_a_database_that_is_stopped_is_rotated_once_it_runs_again(
    sm: Any, rds: Any, secret: str, lab: Lab, client: MakeClient
) -> None:
    before = password(sm, secret)
    rds.stop_db_instance(DBInstanceIdentifier="school")
    version = sm.rotate_secret(SecretId=secret, RotationRules={"AutomaticallyAfterDays": 5})["VersionId"]
    assert password(sm, secret) == before
    assert sm.describe_secret(SecretId=secret)["VersionIdsToStages"][version] == ["AWSPENDING"]
    lab.clock.advance(hours=2)
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "RotationFailed"}]
    assert len(client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"]) == 5
    rds.start_db_instance(DBInstanceIdentifier="school")
    lab.clock.advance(hours=2)
    assert password(sm, secret) == before
    lab.clock.advance(days=5)
    assert sm.get_secret_value(SecretId=secret)["VersionId"] == version
    login(shown(rds, "school")["Endpoint"], password(sm, secret)).close()


def test_a_key_that_does_not_work_fails_the_rotation_until_it_does(
    sm: Any, rds: Any, lab: Lab, client: MakeClient
) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = make(rds, "own-key", ManageMasterUserPassword=True, MasterUserSecretKmsKeyId=key)
    secret = made["MasterUserSecret"]["SecretArn"]
    before = password(sm, secret)
    kms.disable_key(KeyId=key)
    sm.rotate_secret(SecretId=secret)
    newest = [one["EventName"] for one in client("cloudtrail").lookup_events(MaxResults=20)["Events"]]
    assert newest.index("RotationFailed") < newest.index("RotationStarted")
    kms.enable_key(KeyId=key)
    assert password(sm, secret) == before
    lab.clock.advance(minutes=1)
    login(made["Endpoint"], password(sm, secret)).close()
    assert refused(made["Endpoint"], before)


def test_it_ends_with_its_database(sm: Any, rds: Any, secret: str, lab: Lab) -> None:
    rds.delete_db_instance(DBInstanceIdentifier="school", SkipFinalSnapshot=True)
    assert refusal(sm.describe_secret, SecretId=secret).code == "ResourceNotFoundException"
