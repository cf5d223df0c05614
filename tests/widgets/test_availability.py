"""Programs that log in all the time: what they find while a real password changes."""

from pathlib import Path
from typing import Any

import pytest

from labkit import Lab, progress
from labkit.widgets.availability import Availability, Rotations
from labkit.widgets.logins import KEEPS_THE_FIRST, READS_EACH_TIME, Visitor, accepted
from labkit.widgets.rotation_steps import STEPS, RotationSteps
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.lambda_.conftest import make_role, zipped
from tests.conftest import MakeClient
from tests.widgets.databases import Database

pytestmark = needs_postgres

FUNCTION = Path(__file__).parents[2] / "data" / "rotation" / "postgres_single_user.py"
MAY_ROTATE = {"Effect": "Allow", "Action": ["secretsmanager:*", "logs:*"], "Resource": "*"}


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


@pytest.fixture(scope="module")
def function(shared_lab: Lab, client: MakeClient) -> str:
    """Return the ARN of a rotation function for one user, which Secrets Manager may invoke."""
    functions = client("lambda")
    made = functions.create_function(
        FunctionName="rotate",
        Role=make_role(client, "rotation", MAY_ROTATE),
        Runtime="python3.13",
        Handler="app.lambda_handler",
        Timeout=30,
        Code={"ZipFile": zipped(FUNCTION.read_text())},
    )
    functions.add_permission(
        FunctionName="rotate",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    arn: str = made["FunctionArn"]
    return arn


@pytest.fixture
def rotating(server: Database, secrets: Any, function: str) -> str:
    """Return the name of a secret that has a rotation function."""
    name = server.user()
    secrets.rotate_secret(SecretId=name, RotationLambdaARN=function, RotateImmediately=False)
    return name


def test_a_rotation_by_lambda_refuses_somebody_where_there_is_one_user(
    shared_lab: Lab, rotating: str
) -> None:
    model = Rotations(shared_lab, {"single user": rotating})
    logins = model.rotate("single user", "none is refused")
    assert {one.accepted for one in logins} == {True, False}
    assert len({one.version for one in logins}) == 2
    assert model.said.startswith("Predicted: none is refused. single user:")
    kept = progress.entries("predictions")["11-availability/single user"]
    assert [one["outcome"] for one in kept] == ["wrong"]


def test_the_button_does_what_the_model_does(shared_lab: Lab, rotating: str, tell: Any) -> None:
    widget = Availability(shared_lab, {"single user": rotating})
    tell(widget.expected, {"index": 1})
    widget.go._handle_custom_msg({"event": "click"}, [])
    assert "Predicted: some are refused." in widget.answer.value
    assert 'alt="Logins during a rotation. single user:' in widget.picture.value
    assert "The same as a table" in widget.picture.value
    assert not widget.go.disabled
    assert all(one.description for one in (widget.run, widget.expected, widget.go))


def test_a_secret_without_a_function_is_told_in_aws_words(shared_lab: Lab, server: Database) -> None:
    model = Rotations(shared_lab, {"single user": server.user()})
    model.rotate("single user")
    assert (model.failed, model.runs) == (True, {})
    assert "No Lambda rotation function ARN is associated with this secret" in model.said
    with pytest.raises(ValueError, match="no secret"):
        Rotations(shared_lab, {})
