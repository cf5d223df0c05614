"""The four steps of a rotation function, one by one, as a function in Lambda takes them in one go.

    createSecret   a new password into a version that is AWSPENDING, unless the last attempt left one there
    setSecret      the database gets the password of the pending version
    testSecret     log in with it
    finishSecret   AWSCURRENT moves to that version

Each step may be repeated after a crash. With one user, its password changes while programs use it. With two
that alternate, the one that nobody uses gets the new password, from a user who may make users: the secret
names that one's secret as "masterarn".
Source: Secrets Manager User Guide, "Rotation by Lambda function", "Lambda function rotation strategies".
"""

import json
from contextlib import closing
from typing import Any

from labkit.crypto.randomness import random_uuid
from labkit.widgets.logins import Secret, accepted, connect

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
MASTER, CLONE = "masterarn", "_clone"
PASSWORD_LETTERS = {"PasswordLength": 24, "ExcludePunctuation": True}


class StepError(Exception):
    """A step can't be taken: what was found instead of what it needs."""


class RotationSteps:
    """The rotation of one secret; `token` names the version that it makes."""

    def __init__(self, client: Any, secret_id: str) -> None:
        self._client = client
        self.arn = client.describe_secret(SecretId=secret_id)["ARN"]
        self.token = random_uuid()

    def take(self, step: str) -> str:
        """Take one of `STEPS`; returns in words what it did.

        Raises:
            StepError: the pending password does not work. ClientError, DatabaseError: what was refused.
        """
        return {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }[step]()

    def begin(self) -> None:
        """Begin another rotation: its version gets a name of its own."""
        self.token = random_uuid()

    def read(self, **which: str) -> Secret:
        """What a version of the secret says. ClientError if there is none."""
        found: Secret = json.loads(self._client.get_secret_value(SecretId=self.arn, **which)["SecretString"])
        return found

    def _create(self) -> str:
        if self.token in self._client.describe_secret(SecretId=self.arn)["VersionIdsToStages"]:
            return "The pending version is there from the last attempt, and stays."
        secret = dict(self.read())
        if MASTER in secret:
            secret["username"] = other(secret["username"])
        secret["password"] = self._client.get_random_password(**PASSWORD_LETTERS)["RandomPassword"]
        self._client.put_secret_value(
            SecretId=self.arn,
            ClientRequestToken=self.token,
            SecretString=json.dumps(secret),
            VersionStages=["AWSPENDING"],
        )
        return "GetRandomPassword, then PutSecretValue: a new version is AWSPENDING."

    def _set(self) -> str:
        pending = self.read(VersionId=self.token)
        if accepted(pending):
            return "The database takes the pending password already: nothing to do."
        if MASTER in pending:
            return self._set_other(pending)
        _run(self.read(), "ALTER ROLE {user} PASSWORD {password}", pending)
        return f"ALTER ROLE: the database has another password for {pending['username']}."

    def _set_other(self, pending: Secret) -> str:
        answer = self._client.get_secret_value(SecretId=pending[MASTER])
        admin = {**pending, **json.loads(answer["SecretString"])}
        there = _run(admin, "SELECT 1 FROM pg_roles WHERE rolname = {name}", pending)
        verb = "ALTER" if there else "CREATE"
        _run(admin, f"{verb} ROLE {{user}} LOGIN PASSWORD {{password}}", pending)
        if not there:
            _run(admin, "GRANT {twin} TO {user}", pending)
        return f"{verb} ROLE: {pending['username']}, whom nobody uses now, has a new password."

    def _test(self) -> str:
        if not accepted(self.read(VersionId=self.token)):
            raise StepError("The database refuses the pending password.")
        return "A login with the pending password: accepted."

    def _finish(self) -> str:
        labels = self._client.describe_secret(SecretId=self.arn)["VersionIdsToStages"]
        current = next(version for version, stages in labels.items() if "AWSCURRENT" in stages)
        if current == self.token:
            return "AWSCURRENT is on the new version already: nothing to do."
        self._client.update_secret_version_stage(
            SecretId=self.arn,
            VersionStage="AWSCURRENT",
            MoveToVersionId=self.token,
            RemoveFromVersionId=current,
        )
        return "UpdateSecretVersionStage: AWSCURRENT moves, and AWSPREVIOUS follows."


def other(user: str) -> str:
    """The other one of two users that alternate: "app" and "app_clone"."""
    return user.removesuffix(CLONE) if user.endswith(CLONE) else user + CLONE


def _run(login: Secret, statement: str, about: Secret) -> Any:
    """Carry out a statement; {user}, {twin} are identifiers, {name} and {password} are texts."""
    from pg8000.native import identifier, literal

    words = {
        "user": identifier(about["username"]),
        "twin": identifier(other(about["username"])),
        "name": literal(about["username"]),
        "password": literal(about["password"]),
    }
    with closing(connect(login)) as connection:
        return connection.run(statement.format(**words))
