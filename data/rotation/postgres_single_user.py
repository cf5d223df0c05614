"""A rotation function for AWS Lambda: a PostgreSQL user changes its own password.

Secrets Manager invokes it four times, each time for another step. Any step may be repeated, after a failure
half-way through another, so each first finds out what is done already. Between setSecret and finishSecret the
database takes the new password and AWSCURRENT is still the old one: who logs in just then is refused, and has
to read the secret again.

The secret is JSON: {"host": ..., "port": 5432, "username": ..., "password": ..., "dbname": "postgres"}. The
driver is pg8000, which is plain Python: on AWS, put it into the zip beside this file.
Source of the four steps: Secrets Manager User Guide, "Lambda rotation functions".
"""

import json
import logging
from typing import Any

import boto3
from pg8000 import DatabaseError, native

NOT_IN_PASSWORDS = "/@\"'\\ "

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
    """Put the current secret with a new password into the pending version, unless it has one."""
    secret = read(arn, "AWSCURRENT")
    try:
        read(arn, "AWSPENDING", token)
    except secrets.exceptions.ResourceNotFoundException:
        made = secrets.get_random_password(ExcludeCharacters=NOT_IN_PASSWORDS)
        secret["password"] = made["RandomPassword"]
        secrets.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps(secret),
            VersionStages=["AWSPENDING"],
        )


def set_secret(arn: str, token: str) -> None:
    """Have the user change its password, unless that was done before."""
    pending = read(arn, "AWSPENDING", token)
    database = connect(pending)
    if database is None:
        database = connect(read(arn, "AWSCURRENT"))
        if database is None:
            raise ValueError(f"Neither the current nor the pending version of secret {arn} can log in")
        user, password = native.identifier(pending["username"]), native.literal(pending["password"])
        database.run(f"ALTER USER {user} WITH PASSWORD {password}")
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
