"""Staging labels: which version is meant when nobody names one.

    AWSCURRENT     what GetSecretValue returns; every secret with a value has one
    AWSPREVIOUS    what was current before; it follows by itself when AWSCURRENT moves
    AWSPENDING     what a rotation is preparing

A label is on one version at a time. A version without any is deprecated: a hundred of those are kept, and any
that is younger than a day.
Source: Secrets Manager User Guide, "What's in a Secrets Manager secret?"; "UpdateSecretVersionStage".
"""

from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.secretsmanager.model import CURRENT, PREVIOUS, Secret
from labkit.cloud.services.secretsmanager.scheduling import Scheduling
from labkit.cloud.services.secretsmanager.service import faults
from labkit.records import replace

MOST_LABELS = 20


class Staging(Scheduling):
    """Put and move staging labels."""

    def update_secret_version_stage(
        self,
        SecretId: str,
        VersionStage: str,
        RemoveFromVersionId: str | None = None,
        MoveToVersionId: str | None = None,
    ) -> dict[str, Any]:
        """Move a label from one version to another, or take it off, or put it on one.

        Raises:
            ResourceNotFoundException: there is no such secret, or version.
            InvalidParameterException: the label is on another version than the one that it shall leave, or
                AWSCURRENT would be on none.
        """
        secret = self.find_primary(SecretId, told=lambda: {"secretsmanager:VersionStage": VersionStage})
        holder = self.labelled(secret, VersionStage)
        for version_id in filter(None, (RemoveFromVersionId, MoveToVersionId)):
            if self.version(secret, version_id) is None:
                raise faults.ResourceNotFoundException(
                    f"Secrets Manager can't find the specified secret value for VersionId: {version_id}"
                )
        if RemoveFromVersionId is None and MoveToVersionId is None:
            raise faults.InvalidParameterException(
                "You must provide RemoveFromVersionId, MoveToVersionId, or both."
            )
        if holder is not None and holder.VersionId not in (RemoveFromVersionId, MoveToVersionId):
            raise faults.InvalidParameterException(
                f"The parameter RemoveFromVersionId can't be empty. Staging label {VersionStage} is "
                f"currently attached to version {holder.VersionId}, so you must explicitly reference that "
                "version in RemoveFromVersionId."
            )
        if RemoveFromVersionId and (holder is None or holder.VersionId != RemoveFromVersionId):
            raise faults.InvalidParameterException(
                f"You can't remove staging label {VersionStage} from version {RemoveFromVersionId} because "
                "the label is not attached to it."
            )
        if MoveToVersionId is None and VersionStage == CURRENT:
            raise faults.InvalidParameterException(
                f"You can't remove the staging label {CURRENT}; move it to another version instead."
            )
        self._put_labels(secret, MoveToVersionId, [VersionStage])
        self._settle(secret)
        rotation = secret.Rotation
        if (
            secret.OwningService
            and VersionStage == CURRENT
            and rotation
            and rotation.Pending == MoveToVersionId
        ):
            self.complete(self.as_it_is(secret))
        return {"ARN": secret.ARN, "Name": secret.Name}

    def _put_labels(self, secret: Secret, version_id: str | None, labels: Sequence[str]) -> None:
        """Take labels off whichever versions have them, and put them on the version `version_id`, if any.

        Where AWSCURRENT moves, AWSPREVIOUS follows: it goes to the version that was current.
        LimitExceededException: the secret would have more than twenty labels.
        """
        before = self.in_use(secret)
        target = self.version(secret, version_id) if version_id else None
        if target is not None and not target.Stages:
            before.append(target)
        current = next((one for one in before if CURRENT in one.Stages), None)
        follows = CURRENT in labels and current is not None and current.VersionId != version_id
        moved = {*labels, PREVIOUS} if follows else set(labels)
        after = []
        for one in before:
            stages = [stage for stage in one.Stages if stage not in moved]
            if one.VersionId == version_id:
                stages += dict.fromkeys(labels)
            if follows and one is current and PREVIOUS not in labels:
                stages.append(PREVIOUS)
            after.append(replace(one, Stages=tuple(stages)))
        if sum(len(one.Stages) for one in after) > MOST_LABELS:
            raise faults.LimitExceededException(
                "You exceeded the maximum number of staging labels allowed on a secret."
            )
        for old, new in zip(before, after, strict=True):
            if old.Stages != new.Stages:
                self.tables_of(secret).versions.put(new)
        self.drop_deprecated(secret)

    def _settle(self, secret: Secret) -> None:
        """Note that the secret has changed now."""
        self.put(replace(secret, LastChangedDate=self.now))
        self.sync(secret)
