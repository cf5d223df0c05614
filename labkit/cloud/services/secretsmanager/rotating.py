"""A rotation as it happens: one function, invoked four times, each time for another step.

    createSecret   put a new value into the version that is AWSPENDING
    setSecret      make the database, or whatever the secret opens, accept it
    testSecret     log in with it
    finishSecret   move AWSCURRENT to it

A step that fails ends the attempt. AWSPENDING stays where it is, so that the next attempt, which begins with
the first step again, goes on with the same value: a function has to find out what is done already. AWS does
not publish how often and when it tries again; here it is five times, after 1, 2, 4, ... minutes, and then
when the next window opens. A plan to try again stands in the agenda before the first step, so that a rotation
outlives the lab's process.
Source: Secrets Manager User Guide, "Rotation by Lambda function", "Lambda rotation functions".
"""

import json
from collections.abc import Generator
from datetime import timedelta
from typing import Any

from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.managed import Managed
from labkit.cloud.services.secretsmanager.model import (
    CURRENT,
    PENDING,
    Secret,
    SecretVersion,
    version_key,
)
from labkit.cloud.services.secretsmanager.scheduling import RETRY, START
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
MOST_ATTEMPTS = 5
A_MINUTE = timedelta(minutes=1)


class StepFailedError(Exception):
    """A step of a rotation came to nothing; its text is what CloudTrail is told."""


class Rotating(Managed):
    """What happens after RotateSecret has answered, and when a window opens."""

    def begin(self, secret: Secret, version_id: str) -> None:
        """Make the version of a rotation, an empty one, unless it has been left behind by the last one."""
        if self.version(secret, version_id) is None:
            empty = SecretVersion(version_key(secret.ARN, version_id), version_id, self.now, "", b"", "")
            self.tables_of(secret).versions.put(empty)
            self._put_labels(secret, version_id, [PENDING])
        self._set_under_way(secret, version_id)

    def _set_under_way(self, secret: Secret, version_id: str) -> None:
        assert secret.Rotation is not None
        rotation = replace(secret.Rotation, Pending=version_id, Token=random_uuid(), Attempts=0)
        self.put(replace(secret, Rotation=rotation))

    def _window_opens(self, SecretId: str) -> None:
        """A rotation is due: a new one, or the last one again if that has not come to its end."""
        secret = self._lookup(SecretId)
        if secret is None or secret.Rotation is None or not secret.Rotation.Enabled:
            return
        self.schedule(secret, secret.Rotation)
        if secret.DeletionDate is not None:
            return
        secret, unfinished = self.as_it_is(secret), self.unfinished(secret)
        version_id = unfinished.VersionId if unfinished else random_uuid()
        self.begin(secret, version_id)
        self.plan_for(secret, START, self.now, "_attempt", VersionId=version_id)

    def _attempt(self, SecretId: str, VersionId: str) -> None:
        """Tell that a rotation begins, and have its steps taken; if they come to nothing, try again later."""
        secret = self._under_way(SecretId, VersionId)
        if secret is None:
            return
        assert secret.Rotation is not None
        self.tell("rotation_started", secret, VersionId)
        wait = A_MINUTE * 2**secret.Rotation.Attempts
        self.plan_for(secret, RETRY, self.now + wait, "_try_again", VersionId=VersionId)
        if not secret.OwningService:
            self.plan_for(secret, START, self.now, "_take_steps", VersionId=VersionId)
            return
        try:
            self.hand_over(secret, VersionId)
        except AwsError as error:  # of KMS
            self.plan_for(secret, START, self.now, "_failed", VersionId=VersionId, message=error.message)

    def _try_again(self, SecretId: str, VersionId: str) -> None:
        """The last attempt has come to nothing, and nobody is at work on it."""
        secret = self._under_way(SecretId, VersionId)
        if secret is None:
            return
        if secret.OwningService and self._has_value(secret, VersionId):
            # It was handed over, and who has it tells only of success.
            self._failed(SecretId, VersionId, f"Error when {secret.OwningService} was to set the password")
            rotation = self.as_it_is(secret).Rotation
            if rotation is not None and rotation.Attempts >= MOST_ATTEMPTS:
                return
        self.plan_for(secret, START, self.now, "_attempt", VersionId=VersionId)

    def _take_steps(self, SecretId: str, VersionId: str) -> Steps:
        try:
            for step in STEPS:
                secret = self._under_way(SecretId, VersionId)
                if secret is None:
                    return {}
                yield from self._invoke(secret, VersionId, step)
            self._check_complete(SecretId, VersionId)
        except StepFailedError as failure:
            self._failed(SecretId, VersionId, str(failure))
        return {}

    def begin_trial(self, secret: Secret, version_id: str) -> None:
        """Plan that testSecret is invoked, for a version with the current value that is gone afterwards."""
        current = self.labelled(secret, CURRENT)
        if current is not None:
            key, sealed_as = version_key(secret.ARN, version_id), current.SealedAs or current.VersionId
            made = replace(current, Id=key, VersionId=version_id, CreatedDate=self.now, SealedAs=sealed_as)
            self.tables_of(secret).versions.put(replace(made, Stages=(), LastAccessedDate=None))
            self._put_labels(secret, version_id, [PENDING])
        self.begin(secret, version_id)
        self.tell("test_rotation_started", secret, version_id)
        self.plan_for(secret, START, self.now, "_try_function", VersionId=version_id)
        self.plan_for(secret, RETRY, self.now + A_MINUTE, "_end_trial", VersionId=version_id)

    def _try_function(self, SecretId: str, VersionId: str) -> Steps:
        secret = self._under_way(SecretId, VersionId)
        if secret is None:
            return {}
        try:
            yield from self._invoke(secret, VersionId, "testSecret")
        except StepFailedError as failure:
            self.tell("test_rotation_failed", secret, VersionId, ErrorMessage=str(failure))
        else:
            self.tell("test_rotation_succeeded", secret, VersionId)
        self._end_trial(SecretId, VersionId)
        return {}

    def _end_trial(self, SecretId: str, VersionId: str) -> None:
        secret = self._lookup(SecretId)
        tried = None if secret is None else self.version(secret, VersionId)
        if secret is None or tried is None:
            return
        self.tables_of(secret).versions.delete(tried.Id)
        self.cancel_for(secret, RETRY)
        if secret.Rotation is not None and secret.Rotation.Pending == VersionId:
            self.put(replace(secret, Rotation=replace(secret.Rotation, Pending="", Token="")))

    def _under_way(self, SecretId: str, VersionId: str) -> Secret | None:
        """The secret, unless this rotation was cancelled or abandoned, or the secret is to be deleted."""
        secret = self._lookup(SecretId)
        if secret is None or secret.DeletionDate is not None or secret.Rotation is None:
            return None
        version = self.version(secret, VersionId)
        if version is None or not {PENDING, CURRENT} & set(version.Stages):
            return None
        return secret if secret.Rotation.Enabled and secret.Rotation.Pending == VersionId else None

    def _invoke(self, secret: Secret, version_id: str, step: str) -> Generator[Outside, Any, None]:
        rotation = secret.Rotation
        assert rotation is not None
        event = {
            "Step": step,
            "SecretId": secret.ARN,
            "ClientRequestToken": version_id,
            "RotationToken": rotation.Token,
        }
        failed = StepFailedError(f"Error when executing lambda {rotation.LambdaARN} during {step} step")
        try:
            answer = yield from self.ask_and_wait(
                "lambda",
                "Invoke",
                itself=True,
                source=secret.ARN,
                FunctionName=rotation.LambdaARN,
                InvocationType="RequestResponse",
                Payload=json.dumps(event).encode(),
            )
        except AwsError:
            raise failed from None
        if answer.get("FunctionError"):
            raise failed

    def _check_complete(self, SecretId: str, VersionId: str) -> None:
        """All steps were taken; the labels say whether the rotation is complete. StepFailedError."""
        secret = self._under_way(SecretId, VersionId)
        if secret is None:
            return
        if self.unfinished(secret) is not None:
            raise StepFailedError(
                f"The finishSecret step did not move {CURRENT} to version {VersionId} of secret {secret.ARN}"
            )
        self.complete(secret)

    def _failed(self, SecretId: str, VersionId: str, message: str) -> None:
        secret = self._under_way(SecretId, VersionId)
        if secret is None:
            return
        assert secret.Rotation is not None
        attempts = secret.Rotation.Attempts + 1
        self.put(replace(secret, Rotation=replace(secret.Rotation, Attempts=attempts)))
        if attempts >= MOST_ATTEMPTS:
            self.cancel_for(secret, RETRY)
        self.tell("rotation_failed", secret, VersionId, ErrorMessage=message)
