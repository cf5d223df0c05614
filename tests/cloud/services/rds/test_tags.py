"""Tags of databases, and who may do what to which database."""

from typing import Any

import pytest

from tests.cloud.services.kms.people import client_of_user, statement
from tests.cloud.services.rds.databases import FIRST
from tests.cloud.services.rds.test_instances import complaint
from tests.conftest import MakeClient

NAME = {"DBClusterIdentifier": "docs"}
ARN = "arn:aws:rds:us-east-1:123456789012:cluster:docs"


@pytest.fixture(scope="module")
def docs(rds: Any) -> Any:
    """Return an emulated cluster, which takes no time to make."""
    return rds.create_db_cluster(
        **NAME,
        Engine="docdb",
        MasterUsername="student",
        MasterUserPassword=FIRST,
        Tags=[{"Key": "class", "Value": "4b"}],
    )["DBCluster"]


def test_tags_are_added_changed_and_removed(rds: Any, docs: Any) -> None:
    rds.add_tags_to_resource(ResourceName=ARN, Tags=[{"Key": "class", "Value": "5b"}, {"Key": "empty"}])
    assert rds.list_tags_for_resource(ResourceName=ARN)["TagList"] == [
        {"Key": "class", "Value": "5b"},
        {"Key": "empty", "Value": ""},
    ]
    rds.remove_tags_from_resource(ResourceName=ARN, TagKeys=["empty", "never there"])
    assert rds.list_tags_for_resource(ResourceName=ARN)["TagList"] == [{"Key": "class", "Value": "5b"}]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("docs", "InvalidParameterValue"),
        ("arn:aws:rds:us-east-1:123456789012:og:docs", "InvalidParameterValue"),
        ("arn:aws:rds:us-east-1:123456789012:db:docs", "DBInstanceNotFound"),
        ("arn:aws:rds:us-east-1:123456789012:snapshot:nobody", "DBSnapshotNotFound"),
        ("arn:aws:rds:us-east-1:123456789012:cluster:nobody", "DBClusterNotFoundFault"),
    ],
)
def test_what_has_no_tags_is_refused(rds: Any, docs: Any, name: str, code: str) -> None:
    assert complaint(rds.list_tags_for_resource, ResourceName=name)[0] == code


@pytest.mark.parametrize("tag", [{"Key": "aws:mine", "Value": ""}, {"Key": "rds:mine", "Value": ""}])
def test_the_prefixes_of_aws_are_not_for_users(rds: Any, docs: Any, tag: dict[str, str]) -> None:
    assert complaint(rds.add_tags_to_resource, ResourceName=ARN, Tags=[tag])[0] == "InvalidParameterValue"


def test_who_may_describe_one_cluster_may_not_describe_another(
    rds: Any, docs: Any, client: MakeClient
) -> None:
    user = client_of_user(client, "rds", statement("rds:DescribeDBClusters", ARN), name="bea")
    assert user.describe_db_clusters(**NAME)["DBClusters"][0]["DBClusterArn"] == ARN
    code, message = complaint(user.describe_db_clusters, DBClusterIdentifier="others")
    assert code == "AccessDenied"
    assert "is not authorized to perform: rds:DescribeDBClusters on resource: " in message


def test_a_policy_may_ask_for_the_engine_the_tags_and_a_managed_password(
    rds: Any, docs: Any, client: MakeClient
) -> None:
    condition = {
        "StringEquals": {"rds:DatabaseEngine": "docdb", "aws:RequestTag/class": "4b"},
        "Bool": {"rds:ManageMasterUserPassword": "false"},
    }
    user = client_of_user(client, "rds", statement("rds:CreateDBCluster", Condition=condition), name="carl")
    given = {"DBClusterIdentifier": "mine", "MasterUsername": "student", "MasterUserPassword": FIRST}
    tags = [{"Key": "class", "Value": "4b"}]
    assert complaint(user.create_db_cluster, **given, Engine="docdb")[0] == "AccessDenied"
    assert (
        complaint(user.create_db_cluster, **given, Engine="aurora-postgresql", Tags=tags)[0] == "AccessDenied"
    )
    user.create_db_cluster(**given, Engine="docdb", Tags=tags)


def test_a_policy_may_ask_for_the_tags_that_a_database_has(rds: Any, docs: Any, client: MakeClient) -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/owner": "ada"}}
    user = client_of_user(client, "rds", statement("rds:ModifyDBCluster", Condition=tagged), name="dora")
    change = {**NAME, "BackupRetentionPeriod": 7}
    assert complaint(user.modify_db_cluster, **change)[0] == "AccessDenied"
    rds.add_tags_to_resource(ResourceName=ARN, Tags=[{"Key": "owner", "Value": "ada"}])
    assert user.modify_db_cluster(**change)["DBCluster"]["BackupRetentionPeriod"] == 7
