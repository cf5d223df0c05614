"""Rotation of a real PostgreSQL's passwords, by functions as they are written for AWS, in Lambda."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.secretsmanager.database import (
    ALTERNATING,
    SINGLE,
    WITH_PSYCOPG,
    Application,
    World,
    login,
    made_world,
    rotate,
    works,
)
from tests.conftest import MakeClient

pytestmark = needs_postgres

STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
CRASH = """
    import os
    if os.environ.get("CRASH_AFTER") == step:
        os._exit(1)
"""


@pytest.fixture(scope="module")
def world(client: MakeClient) -> Iterator[World]:
    """Return a lab with a running server, as both take a while to start."""
    with made_world(client) as world:
        yield world


def labels(world: World, secret_id: str) -> dict[str, list[str]]:
    told: dict[str, list[str]] = world.sm.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
    return told


def test_a_user_changes_its_own_password(world: World) -> None:
    world.secret("single")
    function = world.function("single", SINGLE.read_text())
    before = login(world.sm, "single")
    rotate(world, "single", function)
    assert works(world.sm, "single")
    assert not works(world.sm, "single", "AWSPREVIOUS")
    assert before.run("SELECT current_user") == [["single"]]
    before.close()
    world.lab.clock.advance(days=30)
    assert works(world.sm, "single")


@pytest.mark.parametrize("source", [ALTERNATING, WITH_PSYCOPG], ids=["pg8000", "psycopg"])
def test_two_users_take_turns_and_both_can_log_in(world: World, source: Path) -> None:
    name = f"turns_{source.stem.partition('_')[0]}"
    world.secret(name, masterarn=world.sm.describe_secret(SecretId="master")["ARN"])
    function = world.function(name, source.read_text())
    users = []
    for _ in range(3):
        rotate(world, name, function)
        assert works(world.sm, name)
        assert works(world.sm, name, "AWSPREVIOUS")
        users.append(json.loads(world.sm.get_secret_value(SecretId=name)["SecretString"])["username"])
    assert users == [f"{name}_clone", name, f"{name}_clone"]


@pytest.mark.parametrize(
    ("source", "step"),
    [(SINGLE, "setSecret"), *((ALTERNATING, step) for step in STEPS)],
    ids=["single setSecret", *STEPS],
)
def test_a_crash_at_each_step_and_then_the_retry(world: World, source: Path, step: str) -> None:
    """The process dies at the end of a step: its work is done, and nobody knows."""
    name = f"{step}_{source.stem}"
    world.secret(name, masterarn=world.sm.describe_secret(SecretId="master")["ARN"])
    take_step = "    steps[step](arn, token)\n"
    assert take_step in source.read_text()
    function = world.function(name, source.read_text().replace(take_step, take_step + CRASH))
    world.functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"CRASH_AFTER": step}}
    )
    version = rotate(world, name, function)
    assert ("AWSCURRENT" in labels(world, name)[version]) == (step == "finishSecret")
    # With one user there is a time in which the database takes AWSCURRENT no more, and not yet the new one.
    assert works(world.sm, name) == (source is ALTERNATING or step in ("createSecret", "finishSecret"))
    world.functions.update_function_configuration(FunctionName=name, Environment={"Variables": {}})
    world.lab.clock.advance(minutes=1)
    assert labels(world, name)[version] == ["AWSPENDING", "AWSCURRENT"]
    assert works(world.sm, name)


def test_no_login_fails_while_two_users_take_turns(world: World) -> None:
    world.secret("busy", masterarn=world.sm.describe_secret(SecretId="master")["ARN"])
    function = world.function("busy", ALTERNATING.read_text())
    with Application(world.sm, "busy") as application:
        for _ in range(3):
            rotate(world, "busy", function)
    assert application.logins > 5
    assert application.refused == 0
