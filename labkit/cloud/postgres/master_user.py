"""The master user of a database, whose password somebody keeps: its owner, or Secrets Manager for them.

RDS and Redshift have this in common. Of a password the lab keeps a verifier, as PostgreSQL does. One that is
"managed" is made here, put into a secret that belongs to the database's service, and replaced by Secrets
Manager every seven days: that makes the next version of the secret, and has this service set it.
Source: RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager"; Secrets Manager User
Guide, "AWS Secrets Manager secrets managed by other AWS services".
"""

import base64
import json
from collections.abc import Generator, Mapping
from typing import Any

from labkit.cloud.core.outside import Outside
from labkit.cloud.core.service import Service
from labkit.cloud.postgres.verifier import verifier
from labkit.crypto.randomness import random_bytes
from labkit.records import Record, replace

CREATING, ACTIVE, ROTATING = "creating", "active", "rotating"
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
PASSWORD_BYTES = 24
ROTATION_DAYS = 7
DEFAULT_KEY = "alias/aws/secretsmanager"


class Master(Record):
    """A master user. `Verifier` checks its password; the rest is empty unless Secrets Manager keeps that."""

    Username: str
    Verifier: str
    SecretArn: str = ""
    SecretKmsKeyId: str = ""
    SecretStatus: str = ""


class MasterUsers(Service):
    """Make master users, and keep their passwords in Secrets Manager."""

    def master_of(self, username: str, password: str) -> Master:
        """A master user with a password that its owner keeps."""
        return Master(username, verifier(password))

    def managed_master(
        self, username: str, secret_name: str, title: str, tags: Mapping[str, str], key_arn: str
    ) -> Master:
        """A master user with a new password, which goes into a new secret, in the caller's name.

        An empty `key_arn` stands for Secrets Manager's own key.

        Raises:
            AwsError: what Secrets Manager answers.
        """
        password = base64.urlsafe_b64encode(random_bytes(PASSWORD_BYTES)).decode()
        owned = {**tags, "aws:secretsmanager:owningService": self.name}
        under: dict[str, Any] = {"KmsKeyId": key_arn} if key_arn else {}
        made = self.ask(
            "secretsmanager",
            "CreateSecret",
            Name=secret_name,
            Description=title,
            SecretString=json.dumps({"username": username, "password": password}),
            Tags=[{"Key": key, "Value": value} for key, value in owned.items()],
            **under,
        )
        return Master(
            username, verifier(password), made["ARN"], key_arn or self.key_arn(DEFAULT_KEY), CREATING
        )

    def key_arn(self, key_id: str) -> str:
        """The ARN of a KMS key; AwsError if the caller may not know it."""
        told = self.ask("kms", "DescribeKey", KeyId=key_id)
        arn: str = told["KeyMetadata"]["Arn"]
        return arn

    def activate_secret(self, master: Master) -> Generator[Outside, Any, Master]:
        """The master user once its database is there; a new secret is from then on rotated every week."""
        if master.SecretStatus == CREATING:
            yield from self.ask_and_wait(
                "secretsmanager",
                "RotateSecret",
                itself=True,
                SecretId=master.SecretArn,
                RotationRules={"AutomaticallyAfterDays": ROTATION_DAYS},
                RotateImmediately=False,
            )
        return replace(master, SecretStatus=ACTIVE) if master.SecretArn else master

    def forget_secret(self, master: Master) -> None:
        """Delete the secret of a master user, if there is one."""
        if master.SecretArn:
            self.ask(
                "secretsmanager",
                "DeleteSecret",
                itself=True,
                SecretId=master.SecretArn,
                ForceDeleteWithoutRecovery=True,
            )

    def start_rotation(self, master: Master) -> Generator[Outside, Any, Master]:
        """Have Secrets Manager replace the password, in the caller's name. AwsError if it won't."""
        yield from self.ask_and_wait("secretsmanager", "RotateSecret", SecretId=master.SecretArn)
        return replace(master, SecretStatus=ROTATING)

    def pending_verifier(self, master: Master, version_id: str) -> str | None:
        """The verifier of the password that is to be next; None if it is the current one already."""
        if version_id == self._current(master):
            return None
        held = self.ask(
            "secretsmanager", "GetSecretValue", itself=True, SecretId=master.SecretArn, VersionId=version_id
        )
        return verifier(json.loads(held["SecretString"])["password"])

    def finish_rotation(self, master: Master, version_id: str) -> None:
        """Tell Secrets Manager that the password of this version is the one that works now."""
        moves: tuple[dict[str, Any], ...] = (
            {
                "VersionStage": CURRENT,
                "MoveToVersionId": version_id,
                "RemoveFromVersionId": self._current(master),
            },
            {"VersionStage": PENDING, "RemoveFromVersionId": version_id},
        )
        for move in moves:
            self.ask(
                "secretsmanager", "UpdateSecretVersionStage", itself=True, SecretId=master.SecretArn, **move
            )

    def _current(self, master: Master) -> str:
        told = self.ask("secretsmanager", "DescribeSecret", itself=True, SecretId=master.SecretArn)
        stages: dict[str, list[str]] = told["VersionIdsToStages"]
        return next(version for version, labels in stages.items() if CURRENT in labels)


def secret_answer(master: Master) -> dict[str, Any]:
    """The secret of a master user as RDS shows it; nothing if its owner keeps the password."""
    if not master.SecretArn:
        return {}
    return {
        "MasterUserSecret": {
            "SecretArn": master.SecretArn,
            "SecretStatus": master.SecretStatus,
            "KmsKeyId": master.SecretKmsKeyId,
        }
    }
