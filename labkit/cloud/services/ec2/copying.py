"""CopySnapshot: to another region, or to another key, and the only way to encrypt what was not.

The call goes to the region where the copy shall be. A KMS key does not leave its region, so the blocks of an
encrypted snapshot are opened there with a data key of the old region, and sealed under a new one of this
region: it is data that is encrypted anew, not a key that is wrapped anew. Only a copy in the same region
under the same key takes the old data key along, and with it the blocks as they are.
Source: Amazon EBS User Guide, "Copy an Amazon EBS snapshot"; EC2 API Reference, "CopySnapshot".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.ebs.model import COMPLETED, NO_VOLUME, PENDING, DataKey, Snapshot
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ec2.resealing import Resealing
from labkit.cloud.services.ec2.service import invalid, needs_encrypted, pairs, tags_for, told
from labkit.records import replace


class Copying(Resealing):
    """Copies of snapshots."""

    def copy_snapshot(
        self,
        SourceRegion: str,
        SourceSnapshotId: str,
        Description: str = "",
        DestinationRegion: str | None = None,
        Encrypted: bool | None = None,
        KmsKeyId: str | None = None,
        PresignedUrl: str | None = None,
        TagSpecifications: Sequence[Mapping[str, Any]] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Begin to copy a snapshot into this region; where KMS refuses, the copy ends in the state `error`.

        botocore signs a URL for the source region and sends it along; the lab has all regions at hand and
        does not need it.

        Raises:
            InvalidSnapshot.NotFound, IncorrectState: there is none, or it is not complete.
            InvalidParameterDependency: a key is named, and the copy is not to be encrypted.
            InvalidParameterValue: an encrypted snapshot was to be copied without encryption, or to elsewhere.
        """
        tags = tags_for("snapshot", TagSpecifications)
        new_id = self.new_id("snap")
        self.allow_disk(new_id, DryRun, tags=tags)
        if DestinationRegion not in (None, self.region):
            raise invalid(f"Value ({DestinationRegion}) for parameter destinationRegion is invalid.")
        source = self.find_snapshot(SourceSnapshotId, SourceRegion)
        if source.State != COMPLETED:
            raise invalid(f"Snapshot is in invalid state - {source.State}", "IncorrectState")
        if source.Key is not None and Encrypted is False:
            raise invalid(
                "Value (false) for parameter encrypted is invalid. "
                "Copies of encrypted snapshots are encrypted."
            )
        encrypted = Encrypted or self.encrypts_by_default or source.Key is not None
        if KmsKeyId and not encrypted:
            raise needs_encrypted()
        copy = Snapshot(
            new_id,
            self.account,
            NO_VOLUME,
            source.VolumeSize,
            self.now,
            PENDING,
            None,
            Description,
            Tags=pairs(tags),
        )
        try:
            if encrypted:
                copy = replace(copy, Key=self._key_of_copy(copy, source, KmsKeyId))
            self.plan_reseal(source, copy, SourceRegion)
        except AwsError as refused:
            self.plan_failure(copy, refused)
        self.tables.snapshots.put(copy)
        return {"SnapshotId": new_id, "Tags": told(copy.Tags)}

    def _key_of_copy(self, copy: Snapshot, source: Snapshot, KmsKeyId: str | None) -> DataKey:
        arn = self.key_arn(KmsKeyId)
        if source.Key is not None and source.Key.KmsKeyId == arn:
            return source.Key
        return self.new_data_key(arn, copy.SnapshotId)
