"""RotateSecret and CancelRotateSecret: how a secret shall rotate, and when.

RotateSecret answers as soon as the version is there that the rotation will fill: an empty one, with the label
AWSPENDING. The rotation itself comes after the answer; see `rotating`.
Source: Secrets Manager API Reference, "RotateSecret", "CancelRotateSecret".
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.secretsmanager.model import RotationState, Secret
from labkit.cloud.services.secretsmanager.rotating import Rotating
from labkit.cloud.services.secretsmanager.scheduling import START
from labkit.cloud.services.secretsmanager.service import faults
from labkit.cloud.services.secretsmanager.windows import read_rules
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

NOT_COMPLETE = "A previous rotation isn't complete. That rotation will be reattempted."
CANNOT_INVOKE = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
    "access to the principal secretsmanager.amazonaws.com."
)


class SecretRotation(Rotating):
    """Turn rotation on and off, and begin one."""

    def rotate_secret(
        self,
        SecretId: str,
        ClientRequestToken: str | None = None,
        RotationLambdaARN: str = "",
        RotationRules: Mapping[str, Any] | None = None,
        ExternalSecretRotationMetadata: Sequence[Mapping[str, str]] = (),
        ExternalSecretRotationRoleArn: str = "",
        RotateImmediately: bool = True,
    ) -> Steps:
        """Rotate a secret now, and from now on by its rules; or only try its function, and rotate later.

        Raises:
            ResourceNotFoundException, InvalidRequestException: there is no such secret; it is a replica, or
                marked for deletion; it has no function; another service manages it; or its last rotation has
                not come to its end.
            InvalidParameterException: the rules are none.
            AccessDeniedException: the caller may not invoke the function, or Secrets Manager may not.
        """
        facts: dict[str, Any] = {
            "secretsmanager:ModifyRotationRules": RotationRules is not None,
            "secretsmanager:RotateImmediately": RotateImmediately,
        }
        if RotationLambdaARN:
            facts["secretsmanager:RotationLambdaARN"] = RotationLambdaARN
        secret = self.find_primary(SecretId, told=lambda: facts, managed=True)
        self.check_built(
            ExternalSecretRotationMetadata=ExternalSecretRotationMetadata,
            ExternalSecretRotationRoleArn=ExternalSecretRotationRoleArn,
        )
        if RotationLambdaARN:
            self.check_owner(secret)
        rotation = secret.Rotation or RotationState(self.now)
        if RotationRules is not None:
            rules = read_rules(RotationRules, self.now)
            rotation = replace(rotation, Rules=rules, CountedFrom=self.now, EveryDays=None)
        rotation = replace(rotation, Enabled=True, LambdaARN=RotationLambdaARN or rotation.LambdaARN)
        if not secret.OwningService:
            yield from self._check_function(secret, rotation.LambdaARN)
        version_id = ClientRequestToken or random_uuid()
        answer = {"ARN": secret.ARN, "Name": secret.Name, "VersionId": version_id}
        if self._made_by(secret, version_id):
            return answer
        if self.unfinished(secret) is not None:
            raise faults.InvalidRequestException(NOT_COMPLETE)
        secret = replace(secret, LastChangedDate=self.now)
        self.schedule(secret, rotation)
        if RotateImmediately:
            self.begin(self.as_it_is(secret), version_id)
            self.plan_for(secret, START, self.now, "_attempt", VersionId=version_id)
        elif not secret.OwningService:
            self.begin_trial(self.as_it_is(secret), version_id)
        return answer

    def cancel_rotate_secret(self, SecretId: str) -> dict[str, Any]:
        """Turn rotation off. One that is under way stops; its version keeps its label, for you to decide.

        Raises:
            ResourceNotFoundException, InvalidRequestException: as for RotateSecret.
        """
        secret = self.find_primary(SecretId)
        unfinished = self.unfinished(secret)
        self.stop(secret)
        if secret.Rotation is not None:
            stopped = replace(secret.Rotation, Enabled=False, NextDate=None, Pending="", Token="", Attempts=0)
            self.put(replace(secret, Rotation=stopped, LastChangedDate=self.now))
        version_id = unfinished.VersionId if unfinished else None
        return {"ARN": secret.ARN, "Name": secret.Name, "VersionId": version_id}

    def _made_by(self, secret: Secret, version_id: str) -> bool:
        """Whether the very same call has been made before: its version is there, or in the making."""
        version = self.version(secret, version_id)
        if version is None:
            return False
        pending = self.unfinished(secret)
        return pending is None or pending.VersionId == version_id

    def _check_function(self, secret: Secret, arn: str | None) -> Generator[Outside, Any, None]:
        if not arn:
            raise faults.InvalidRequestException(
                "No Lambda rotation function ARN is associated with this secret."
            )
        self.allow(arn, "lambda:InvokeFunction")
        try:
            yield from self.ask_and_wait(
                "lambda",
                "Invoke",
                itself=True,
                source=secret.ARN,
                FunctionName=arn,
                InvocationType="DryRun",
            )
        except AwsError:
            raise faults.AccessDeniedException(CANNOT_INVOKE) from None
