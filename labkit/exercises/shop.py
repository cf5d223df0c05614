"""A shop for a trial: a real PostgreSQL, a user whose secret is to rotate, and a function in Lambda.

The function crashes once at the end of each step of a rotation, if it is told to: the step's work is done,
and Secrets Manager hears of a failure.
"""

import io
import json
import re
import zipfile
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from labkit.cloud.postgres import Servers, verifier
from labkit.exercises.trial import Trial
from labkit.widgets.logins import connect

MASTER = "shop_master"
FUNCTION = "rotate"
LATER = {"hours": 1}  # by then, what failed has been tried again as often as it ever is
CRASHING = """
import rotate

seen = set()


def lambda_handler(event, context):
    rotate.lambda_handler(event, context)
    step = event["ClientRequestToken"], event["Step"]
    if step not in seen:
        seen.add(step)
        raise RuntimeError("the function crashes at the end of " + event["Step"])
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["secretsmanager:*", "logs:*"], "Resource": "*"}],
}


def shipped_function() -> str:
    """The rotation function for one user, as every workspace has it under `data/rotation`."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_share" / "data"
    folder = installed if installed.is_dir() else package.parent / "data"
    return (folder / "rotation" / "postgres_single_user.py").read_text(encoding="utf-8")


class Shop:
    """The server and its master user. `source` is the text of the function that rotates the secrets."""

    def __init__(self, trial: Trial, source: str) -> None:
        self.sm, self.functions = trial.client("secretsmanager"), trial.client("lambda")
        self._trial, self._numbers = trial, count(1)
        self._password = trial.word(16)
        port = trial.lab.cloud.part(Servers).create("shop", MASTER, verifier(self._password), "shop")
        self._place = {"engine": "postgres", "host": "127.0.0.1", "port": port, "dbname": "shop"}
        self._master = self._secret(MASTER, self._password)
        self._role = self._make_role()
        self._plain = self._function(FUNCTION, "rotate.lambda_handler", source)
        self._crashing = self._function(f"{FUNCTION}-and-crash", "crashing.lambda_handler", source)

    def user(self, name: str) -> str:
        """Make a user of the database, and a secret for it; return the secret's ARN."""
        from pg8000.native import identifier, literal

        password = self._trial.word(16)
        with closing(connect({**self._place, "username": MASTER, "password": self._password})) as database:
            database.run(f"CREATE ROLE {identifier(name)} LOGIN PASSWORD {literal(password)}")
        return self._secret(name, password, masterarn=self._master)

    def read(self, arn: str, stage: str) -> dict[str, Any]:
        """What a version of a secret says."""
        held: dict[str, Any] = json.loads(
            self.sm.get_secret_value(SecretId=arn, VersionStage=stage)["SecretString"]
        )
        return held

    def rotate(self, arn: str, *, crashes: bool) -> bool:
        """Rotate a secret, with all that is tried again; returns whether the rotation came to its end."""
        version = self.sm.rotate_secret(
            SecretId=arn, RotationLambdaARN=self._crashing if crashes else self._plain
        )["VersionId"]
        self._trial.lab.clock.advance(**LATER)
        return "AWSCURRENT" in self.sm.describe_secret(SecretId=arn)["VersionIdsToStages"].get(version, ())

    def last_error(self) -> str:
        """The last error in the functions' logs, without the crashes that were made; "" if there is none."""
        logs = self._trial.client("logs")
        found = []
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            found += [event["message"] for page in pages for event in page["events"]]
        errors = [text for text in found if "[ERROR]" in text and "the function crashes" not in text]
        return (
            re.sub(r"\s+", " ", errors[-1].partition("[ERROR]")[2].strip().split("\n")[0]) if errors else ""
        )

    def _secret(self, user: str, password: str, **more: str) -> str:
        told = json.dumps({**self._place, "username": user, "password": password, **more})
        number = next(self._numbers)
        arn: str = self.sm.create_secret(Name=f"shop/{number}", SecretString=told)["ARN"]
        return arn

    def _make_role(self) -> str:
        iam = self._trial.client("iam")
        role: str = iam.create_role(RoleName=FUNCTION, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"][
            "Arn"
        ]
        iam.put_role_policy(RoleName=FUNCTION, PolicyName="own", PolicyDocument=json.dumps(ALLOWED))
        return role

    def _function(self, name: str, handler: str, source: str) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as package:
            package.writestr("rotate.py", source)
            package.writestr("crashing.py", CRASHING)
        made = self.functions.create_function(
            FunctionName=name,
            Role=self._role,
            Runtime="python3.13",
            Handler=handler,
            Timeout=20,
            Code={"ZipFile": archive.getvalue()},
        )
        self.functions.add_permission(
            FunctionName=name,
            StatementId="rotation",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
        )
        arn: str = made["FunctionArn"]
        return arn
