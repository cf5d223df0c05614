"""DeleteSecret and RestoreSecret: a secret waits 7 to 30 days for its end, unless it is forced.

Source: Secrets Manager API Reference, "DeleteSecret", "RestoreSecret".
"""

from datetime import timedelta
from typing import Any

from labkit.cloud.services.secretsmanager.copies import DETACHED
from labkit.cloud.services.secretsmanager.model import Secret
from labkit.cloud.services.secretsmanager.replicas import REPLICA
from labkit.cloud.services.secretsmanager.scheduling import Scheduling
from labkit.cloud.services.secretsmanager.service import NOT_FOUND, faults
from labkit.records import replace

SHORTEST, LONGEST = 7, 30
END = "delete"


class Deleting(Scheduling):
    """Delete secrets, and take that back."""

    def delete_secret(
        self,
        SecretId: str,
        RecoveryWindowInDays: int | None = None,
        ForceDeleteWithoutRecovery: bool = False,
    ) -> dict[str, Any]:
        """Mark a secret for deletion: nobody reads it from now on, and at the end of the window it is gone.

        Raises:
            ResourceNotFoundException: there is no such secret, unless its end is forced.
            InvalidRequestException: it is marked already.
            InvalidParameterException: a window that is too short or too long, or that comes with force.
        """
        told = {
            "secretsmanager:RecoveryWindowInDays": RecoveryWindowInDays or LONGEST,
            "secretsmanager:ForceDeleteWithoutRecovery": ForceDeleteWithoutRecovery,
        }
        secret = self._lookup(SecretId)
        self.allow_secret(SecretId, secret, told=lambda: told)
        if ForceDeleteWithoutRecovery and RecoveryWindowInDays is not None:
            raise faults.InvalidParameterException(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
            )
        if RecoveryWindowInDays is not None and not SHORTEST <= RecoveryWindowInDays <= LONGEST:
            raise faults.InvalidParameterException(
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
            )
        if secret is None:
            if ForceDeleteWithoutRecovery:
                return {"ARN": self.arn(f"secret:{SecretId}"), "Name": SecretId, "DeletionDate": self.now}
            raise faults.ResourceNotFoundException(NOT_FOUND)
        self.check_owner(secret)
        if secret.Replicas:
            regions = ", ".join(one.Region for one in secret.Replicas)
            raise faults.InvalidRequestException(
                f"You can't delete secret {secret.Name} that still has replica regions [{regions}]"
            )
        linked = ", ".join(one.ARN for one in secret.Followers if one.Status != DETACHED)
        if linked:
            raise faults.InvalidRequestException(
                f"You can't delete secret {secret.Name} that still has cross-account replicas [{linked}]"
            )
        if secret.PrimaryRegion is not None:
            raise faults.InvalidRequestException(REPLICA)
        if ForceDeleteWithoutRecovery:
            self._end_now(secret)
            return {"ARN": secret.ARN, "Name": secret.Name, "DeletionDate": self.now}
        if secret.DeletionDate is not None:
            raise faults.InvalidRequestException(
                "You can't perform this operation on the secret because it was already scheduled for "
                "deletion."
            )
        due = self.now + timedelta(days=RecoveryWindowInDays or LONGEST)
        self.put(replace(secret, DeletedDate=self.now, DeletionDate=due))
        self.plan_for(secret, END, due, "_end")
        for version in self.versions(secret):
            self.tell("start_secret_version_delete", secret, version.VersionId)
        return {"ARN": secret.ARN, "Name": secret.Name, "DeletionDate": due}

    def restore_secret(self, SecretId: str) -> dict[str, Any]:
        """Take a deletion back, as long as the window is open. ResourceNotFoundException."""
        secret = self.find(SecretId, marked=True)
        self.put(replace(secret, DeletedDate=None, DeletionDate=None))
        self.cancel_for(secret, END)
        if secret.DeletionDate is not None:
            for version in self.versions(secret):
                self.tell("cancel_secret_version_delete", secret, version.VersionId)
        return {"ARN": secret.ARN, "Name": secret.Name}

    def _end(self, SecretId: str) -> None:
        secret = self._lookup(SecretId)
        if secret is not None:
            self._end_now(secret)

    def _end_now(self, secret: Secret) -> None:
        for version in self.versions(secret):
            self.tell("end_secret_version_delete", secret, version.VersionId)
        self.forget(secret)
        self.stop(secret)
        self.cancel_for(secret, END)
