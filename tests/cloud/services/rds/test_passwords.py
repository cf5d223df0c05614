"""The master password: once it is changed, the old one is really refused, and open sessions stay."""

from typing import Any

import psycopg
import pytest

from labkit import Lab
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.rds.databases import FIRST, SECOND, login, make, refused, shown
from tests.cloud.services.rds.test_instances import complaint

pytestmark = needs_postgres


@pytest.fixture
def endpoint(rds: Any, school: dict[str, Any]) -> Any:
    """Return the endpoint of "school", whose master password is FIRST."""
    rds.modify_db_instance(DBInstanceIdentifier="school", MasterUserPassword=FIRST)
    return school["Endpoint"]


def test_after_a_change_the_old_password_is_refused_and_an_open_session_stays(
    rds: Any, endpoint: Any
) -> None:
    session = login(endpoint, FIRST)
    answer = rds.modify_db_instance(DBInstanceIdentifier="school", MasterUserPassword=SECOND)["DBInstance"]
    assert answer["PendingModifiedValues"] == {"MasterUserPassword": "****"}
    assert shown(rds, "school")["PendingModifiedValues"] == {}
    assert session.run("SELECT current_user") == [["student"]]
    session.close()
    assert refused(endpoint, FIRST)
    assert not refused(endpoint, SECOND)


def test_psycopg_is_refused_as_well(rds: Any, endpoint: Any) -> None:
    def connect(password: str) -> Any:
        return psycopg.connect(
            host=endpoint["Address"],
            port=endpoint["Port"],
            user="student",
            password=password,
            dbname="postgres",
        )

    with connect(FIRST) as session:
        rds.modify_db_instance(DBInstanceIdentifier="school", MasterUserPassword=SECOND)
        assert session.execute("SELECT 42").fetchone() == (42,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(FIRST)
    connect(SECOND).close()


@pytest.mark.parametrize("password", ["tooshrt", "with a space", "with/slash"])
def test_a_password_that_won_t_do_changes_nothing(rds: Any, endpoint: Any, password: str) -> None:
    code, message = complaint(
        rds.modify_db_instance, DBInstanceIdentifier="school", MasterUserPassword=password
    )
    assert code == "InvalidParameterValue"
    assert password not in message
    assert not refused(endpoint, FIRST)


def test_there_is_nothing_to_rotate_where_no_secret_is(rds: Any, school: dict[str, Any]) -> None:
    assert complaint(
        rds.modify_db_instance,
        DBInstanceIdentifier="school",
        RotateMasterUserPassword=True,
        ApplyImmediately=True,
    ) == (
        "InvalidParameterCombination",
        "You can't rotate the master user password because it isn't managed in AWS Secrets Manager.",
    )


def test_no_password_is_in_the_audit_log_in_the_tables_or_in_the_agenda(
    rds: Any, lab: Lab, endpoint: Any
) -> None:
    rds.modify_db_instance(DBInstanceIdentifier="school", MasterUserPassword=SECOND)
    told = lab.audit().to_string() + str([*lab.cloud.tables.agenda])
    from labkit.cloud.services.rds.model import RdsTables

    held = lab.cloud.store.tables(RdsTables, "123456789012", "us-east-1")
    assert SECOND not in told + str([*held.instances])
    assert "ModifyDBInstance" in told


def test_a_second_instance_has_a_server_of_its_own(rds: Any, endpoint: Any) -> None:
    other = make(rds, "other", MasterUserPassword=SECOND)["Endpoint"]
    assert other["Port"] != endpoint["Port"]
    assert refused(endpoint, SECOND)
    assert refused(other, FIRST)
    rds.delete_db_instance(DBInstanceIdentifier="other", SkipFinalSnapshot=True)
