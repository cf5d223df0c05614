"""A rotation function for AWS Lambda: two PostgreSQL users take turns, so that no login ever fails.

The secret names one of them, such as "app"; a rotation gives the other one, "app_clone", a new password, and
makes it the current one. "app" stays as it is until the rotation after that. A user may not make another
one, so a second secret is needed, of a user who may: its ARN is "masterarn" in the first.

The secret is JSON: {"host": ..., "port": 5432, "username": ..., "password": ..., "dbname": "postgres",
"masterarn": ...}. The driver is pg8000, which is plain Python: on AWS, put it into the zip beside this file.
Source of the strategy: Secrets Manager User Guide, "Lambda function rotation strategies".
"""

import json
import logging
from typing import Any

import boto3
from pg8000 import DatabaseError, native

NOT_IN_PASSWORDS = "/@\"'\\ "
CLONE = "_clone"

logger = logging.getLogger()
logger.setLevel(logging.INFO)
secrets: Any = boto3.client("secretsmanager")


def lambda_handler(event: dict[str, str], context: object) -> None:
    """Take the step that Secrets Manager asks for."""
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    metadata = secrets.describe_secret(SecretId=arn)
    if not metadata.get("RotationEnabled"):
        raise ValueError(f"Secret {arn} is not enabled for rotation")
    versions = metadata["VersionIdsToStages"]
    if token not in versions:
        raise ValueError(f"Secret version {token} has no stage for rotation of secret {arn}")
    if "AWSCURRENT" in versions[token]:
        logger.info("Version %s is current already", token)
        return
    if "AWSPENDING" not in versions[token]:
        raise ValueError(f"Secret version {token} is not AWSPENDING for rotation of secret {arn}")
    steps = {
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
    }
    if step not in steps:
        raise ValueError(f"Invalid step {step}")
    steps[step](arn, token)
    logger.info("%s of version %s is done", step, token)


def create_secret(arn: str, token: str) -> None:
    """Put the other user, with a new password, into the pending version, unless it has one."""
    secret = read(arn, "AWSCURRENT")
    try:
        read(arn, "AWSPENDING", token)
    except secrets.exceptions.ResourceNotFoundException:
        made = secrets.get_random_password(ExcludeCharacters=NOT_IN_PASSWORDS)
        secret |= {"username": other(secret["username"]), "password": made["RandomPassword"]}
        secrets.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps(secret),
            VersionStages=["AWSPENDING"],
        )


def set_secret(arn: str, token: str) -> None:
    """Give the other user its password, as a user who may; make it first, if it is not there yet."""
    current, pending = read(arn, "AWSCURRENT"), read(arn, "AWSPENDING", token)
    if (database := connect(pending)) is not None:
        database.close()
        return
    if current["username"] != other(pending["username"]):
        raise ValueError("The pending user is not the other one of the current user")
    if (database := connect(current)) is None:
        raise ValueError(f"The current version of secret {arn} cannot log in")
    database.close()
    master = read(current["masterarn"], "AWSCURRENT")
    if master["host"] != current["host"]:
        raise ValueError("The master secret is of another database")
    if (database := connect(master)) is None:
        raise ValueError(f"The master secret {current['masterarn']} cannot log in")
    user, password = native.identifier(pending["username"]), native.literal(pending["password"])
    if database.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=pending["username"]):
        database.run(f"ALTER USER {user} WITH PASSWORD {password}")
    else:
        database.run(f"CREATE ROLE {user} WITH LOGIN PASSWORD {password}")
        database.run(f"GRANT {native.identifier(current['username'])} TO {user}")
    database.close()


def test_secret(arn: str, token: str) -> None:
    """Log in as applications will."""
    database = connect(read(arn, "AWSPENDING", token))
    if database is None:
        raise ValueError(f"The pending version of secret {arn} cannot log in")
    database.run("SELECT NOW()")
    database.close()


def finish_secret(arn: str, token: str) -> None:
    """Make the pending version current; the one that was is then AWSPREVIOUS."""
    versions = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    if current != token:
        secrets.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )


def read(arn: str, stage: str, token: str | None = None) -> dict[str, Any]:
    """The secret as a dictionary."""
    which = {"VersionId": token} if token else {}
    answer = secrets.get_secret_value(SecretId=arn, VersionStage=stage, **which)
    secret: dict[str, Any] = json.loads(answer["SecretString"])
    for field in ("host", "username", "password"):
        if field not in secret:
            raise KeyError(f"{field} is missing from the secret JSON")
    return secret


def other(username: str) -> str:
    """The user whose turn it is next."""
    return username.removesuffix(CLONE) if username.endswith(CLONE) else username + CLONE


def connect(secret: dict[str, Any]) -> native.Connection | None:
    """A connection, or None if the database refuses the password."""
    try:
        return native.Connection(
            secret["username"],
            host=secret["host"],
            port=int(secret.get("port", 5432)),
            password=secret["password"],
            database=secret.get("dbname", "postgres"),
            timeout=5,
        )
    except DatabaseError:
        return None
