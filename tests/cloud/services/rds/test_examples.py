"""The examples that botocore ships for RDS: the life of one instance, whose engine alone is another here.

Those that are left out need MySQL, Aurora's first version, or what the lab does not have, such as groups.
"""

from typing import Any

from botocore import xform_name
from botocore.loaders import Loader

from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.rds.test_instances import complaint

LIFE = (
    "CreateDBInstance",
    "DescribeDBInstances",
    "ModifyDBInstance",
    "RebootDBInstance",
    "CreateDBSnapshot",
    "DescribeDBSnapshots",
    "DescribeDBSnapshotAttributes",
    "ModifyDBSnapshotAttribute",
    "CopyDBSnapshot",
    "DeleteDBSnapshot",
    "DeleteDBInstance",
)


def example(operation: str) -> dict[str, Any]:
    (only,) = Loader().load_data("rds/2014-10-31/examples-1")["examples"][operation]
    return dict(only["input"])


@needs_postgres
def test_an_instance_lives_as_the_examples_tell(rds: Any) -> None:
    answers = {}
    for operation in LIFE:
        given = example(operation)
        if "Engine" in given:
            given["Engine"] = "postgres"
        answers[operation] = getattr(rds, xform_name(operation))(**given)
    assert answers["ModifyDBInstance"]["DBInstance"]["PreferredMaintenanceWindow"] == "tue:05:00-tue:05:30"
    (snapshot,) = answers["DescribeDBSnapshots"]["DBSnapshots"]
    assert snapshot["DBSnapshotIdentifier"] == "mydbsnapshot"
    shared = answers["ModifyDBSnapshotAttribute"]["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    assert shared == [{"AttributeName": "restore", "AttributeValues": ["all"]}]
    assert answers["DeleteDBSnapshot"]["DBSnapshot"]["Status"] == "deleted"
    assert answers["DeleteDBInstance"]["DBInstance"]["DBInstanceStatus"] == "deleting"
    (copy,) = rds.describe_db_snapshots()["DBSnapshots"]
    assert copy["DBSnapshotIdentifier"] == "mydbsnapshot-copy"


def test_the_engine_of_the_example_is_one_that_the_lab_has_no_server_for(rds: Any) -> None:
    assert complaint(rds.create_db_instance, **example("CreateDBInstance")) == (
        "NotImplemented",
        "labkit does not emulate rds:CreateDBInstance with Engine=mysql yet.",
    )
