"""Programs that log in all the time: what they find while a real password changes."""

from typing import Any

import pytest

from labkit import Lab
from labkit.widgets.logins import KEEPS_THE_FIRST, READS_EACH_TIME, Visitor, accepted
from labkit.widgets.rotation_steps import STEPS, RotationSteps
from tests.cloud.postgres.needed import needs_postgres
from tests.widgets.databases import Database

pytestmark = needs_postgres


@pytest.fixture(scope="module")
def secrets(client: Any) -> Any:
    return client("secretsmanager")


@pytest.fixture(scope="module")
def server(shared_lab: Lab, secrets: Any) -> Database:
    return Database(shared_lab, secrets)


def wait_for(visitor: Visitor, count: int) -> None:
    """Until as many logins have come since now."""
    until = len(visitor.logins) + count
    while len(visitor.logins) < until:
        pass


def visit_during_a_rotation(secrets: Any, secret: str) -> dict[str, list[bool]]:
    """Log in before, between and after the steps; by program, what came of it."""
    steps = RotationSteps(secrets, secret)
    with Visitor(secrets, secret) as visitor:
        for step in STEPS:
            steps.take(step)
            wait_for(visitor, 4)
    return {
        who: [one.accepted for one in visitor.logins if one.who == who]
        for who in (READS_EACH_TIME, KEEPS_THE_FIRST)
    }


def test_one_user_is_refused_for_a_while_and_for_good_with_a_password_that_is_kept(
    server: Database, secrets: Any
) -> None:
    came = visit_during_a_rotation(secrets, server.user())
    assert (came[READS_EACH_TIME][0], False in came[READS_EACH_TIME]) == (True, True)
    assert came[READS_EACH_TIME][-1] is True
    assert came[KEEPS_THE_FIRST][-1] is False


def test_two_users_are_never_refused(server: Database, secrets: Any) -> None:
    came = visit_during_a_rotation(secrets, server.user(alternating=True))
    assert set(came[READS_EACH_TIME]) == set(came[KEEPS_THE_FIRST]) == {True}


def test_trouble_that_is_no_refusal_is_raised(server: Database, secrets: Any) -> None:
    secret = server.user()
    held = RotationSteps(secrets, secret).read()
    assert accepted({**held, "password": "wrong"}) is False
    with pytest.raises(Exception, match="does not exist"):
        accepted({**held, "dbname": "none"})
    secrets.put_secret_value(SecretId=secret, SecretString="no json")
    with pytest.raises(ValueError, match="Expecting value"), Visitor(secrets, secret) as visitor:
        visitor._thread.join()
