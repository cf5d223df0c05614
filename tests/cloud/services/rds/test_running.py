"""Instances stop, start and reboot; a lab in a file finds them as they were."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from pg8000 import native
from pg8000.exceptions import DatabaseError, InterfaceError

from labkit import Lab
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.rds.databases import FIRST, login, make, shown
from tests.cloud.services.rds.test_instances import complaint

pytestmark = needs_postgres

NAME = {"DBInstanceIdentifier": "school"}


def status(rds: Any) -> str:
    return str(shown(rds, "school")["DBInstanceStatus"])


def check_cut_off(session: native.Connection) -> None:
    with pytest.raises((DatabaseError, InterfaceError)):
        session.run("SELECT 1")
    with contextlib.suppress(InterfaceError):
        session.close()


def test_a_stopped_instance_answers_nobody_and_has_its_data_when_it_starts(
    rds: Any, school: dict[str, Any]
) -> None:
    session = login(school["Endpoint"], FIRST)
    session.run("CREATE TABLE kept AS SELECT 42 AS answer")
    assert rds.stop_db_instance(**NAME)["DBInstance"]["DBInstanceStatus"] == "stopping"
    assert status(rds) == "stopped"
    check_cut_off(session)
    with pytest.raises(InterfaceError):
        login(school["Endpoint"], FIRST)
    assert rds.start_db_instance(**NAME)["DBInstance"]["DBInstanceStatus"] == "starting"
    assert status(rds) == "available"
    session = login(shown(rds, "school")["Endpoint"], FIRST)
    assert session.run("SELECT answer FROM kept") == [[42]]
    session.close()


def test_a_reboot_ends_the_sessions(rds: Any, school: dict[str, Any]) -> None:
    session = login(shown(rds, "school")["Endpoint"], FIRST)
    assert rds.reboot_db_instance(**NAME)["DBInstance"]["DBInstanceStatus"] == "rebooting"
    assert status(rds) == "available"
    check_cut_off(session)


def test_what_needs_another_state_is_refused(rds: Any, school: dict[str, Any]) -> None:
    assert complaint(rds.start_db_instance, **NAME) == (
        "InvalidDBInstanceState",
        "Instance school cannot be started as it is not in one of the following statuses: 'stopped, "
        "inaccessible-encryption-credentials-recoverable, incompatible-network (only valid for "
        "non-SqlServer instances)'.",
    )
    rds.stop_db_instance(**NAME)
    not_available = ("InvalidDBInstanceState", "Instance school is not in available state.")
    assert complaint(rds.stop_db_instance, **NAME) == not_available
    assert complaint(rds.reboot_db_instance, **NAME) == not_available
    assert complaint(rds.modify_db_instance, **NAME, MasterUserPassword=FIRST) == not_available
    rds.start_db_instance(**NAME)
    assert complaint(rds.reboot_db_instance, **NAME, ForceFailover=True)[0] == "InvalidParameterCombination"


@pytest.mark.parametrize(
    "operation", ["stop_db_instance", "start_db_instance", "reboot_db_instance", "modify_db_instance"]
)
def test_an_instance_that_does_not_exist_is_not_found(rds: Any, operation: str) -> None:
    assert complaint(getattr(rds, operation), DBInstanceIdentifier="nobody") == (
        "DBInstanceNotFound",
        "DBInstance nobody not found.",
    )


def test_a_lab_in_a_file_starts_what_ran_and_leaves_what_was_stopped(lab_file: Path) -> None:
    with Lab(lab_file):
        rds = boto3.client("rds")
        endpoint = make(rds, "school")["Endpoint"]
        make(rds, "asleep")
        rds.stop_db_instance(DBInstanceIdentifier="asleep")
        session = login(endpoint, FIRST)
        session.run("CREATE TABLE kept AS SELECT 42 AS answer")
        session.close()
    with pytest.raises(InterfaceError):
        login(endpoint, FIRST)
    with Lab(lab_file):
        session = login(endpoint, FIRST)  # nobody has called RDS yet
        assert session.run("SELECT answer FROM kept") == [[42]]
        session.close()
        assert shown(boto3.client("rds"), "asleep")["DBInstanceStatus"] == "stopped"


def test_a_lab_that_is_only_served_starts_its_databases_as_well(lab_file: Path) -> None:
    with Lab(lab_file):
        endpoint = make(boto3.client("rds"), "school")["Endpoint"]
    lab = Lab(lab_file)
    lab.serve()
    session = login(endpoint, FIRST)
    lab.start()  # a second door leaves what runs alone
    assert session.run("SELECT 1") == [[1]]
    session.close()
    lab.close()


KILLED = """
import os, signal, sys
import boto3
from labkit import Lab
from labkit.cloud.postgres import Servers

def dying(*_):
    os.kill(os.getpid(), signal.SIGKILL)

Servers.create = dying
Lab(sys.argv[1]).start()
boto3.client("rds").create_db_instance(
    DBInstanceIdentifier="school", DBInstanceClass="db.t3.micro", Engine="postgres",
    MasterUsername="student", MasterUserPassword="first-Password")
"""


def test_what_a_killed_lab_was_setting_up_is_set_up_when_it_is_opened_again(lab_file: Path) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, str(lab_file)], check=False, env=os.environ)
    assert died.returncode == -signal.SIGKILL
    with Lab(lab_file):
        found = shown(boto3.client("rds"), "school")
        assert found["DBInstanceStatus"] == "available"
        login(found["Endpoint"], FIRST).close()
