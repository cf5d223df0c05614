"""RDS through the real `aws` command: a database is made, and its password replaced."""

from labkit import Lab
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.rds.databases import FIRST, SECOND, refused
from tests.e2e.test_aws_cli import answer, aws

NAME = ("--db-instance-identifier", "school")


@needs_postgres
def test_a_database_s_password_is_replaced(lab: Lab) -> None:
    # Version 1 of the command has addresses of its own for RDS in us-east-1, which it ranks above variables.
    there = ("--endpoint-url", lab.serve().url)
    master = ("--master-username", "student", "--master-user-password", FIRST)
    made = answer(
        *("rds", "create-db-instance", *there, *NAME, *master),
        *("--engine", "postgres", "--db-instance-class", "db.t3.micro"),
    )
    assert made["DBInstance"]["DBInstanceStatus"] == "creating"
    assert aws("rds", "wait", "db-instance-available", *there, *NAME)[0] == 0
    endpoint = answer("rds", "describe-db-instances", *there, *NAME)["DBInstances"][0]["Endpoint"]
    assert not refused(endpoint, FIRST)
    answer(
        "rds",
        "modify-db-instance",
        *there,
        *NAME,
        "--master-user-password",
        SECOND,
    )
    assert refused(endpoint, FIRST)
    assert not refused(endpoint, SECOND)
