"""Volumes: a disk in one Availability Zone, empty or made of a snapshot.

Whether a volume is encrypted is settled when it is made. One that is made of an encrypted snapshot is
encrypted, under the snapshot's key or another one. The key is needed at that moment: where KMS refuses, the
volume was announced already, and is gone before it is available.
Source: EC2 API Reference, "CreateVolume"; Amazon EBS User Guide, "How Amazon EBS encryption works".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.ebs.model import COMPLETED, CREATING, DataKey, Snapshot, Volume
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ec2.filters import Filters, fits
from labkit.cloud.services.ec2.resealing import Resealing
from labkit.cloud.services.ec2.service import invalid, needs_encrypted, pairs, tags_for, told
from labkit.records import replace

LARGEST = {
    "gp2": 16384,
    "gp3": 65536,
    "io1": 16384,
    "io2": 65536,
    "st1": 16384,
    "sc1": 16384,
    "standard": 1024,
}
SMALLEST = {"io1": 4, "io2": 4, "st1": 125, "sc1": 125}
ZONES = "abcdef"
FILTERS = {
    "volume-id": lambda volume: volume.VolumeId,
    "status": lambda volume: volume.State,
    "size": lambda volume: volume.Size,
    "snapshot-id": lambda volume: volume.SnapshotId,
    "encrypted": lambda volume: volume.Key is not None,
    "availability-zone": lambda volume: volume.AvailabilityZone,
    "volume-type": lambda volume: volume.VolumeType,
    "create-time": lambda volume: volume.CreateTime,
}


class Volumes(Resealing):
    """Make, find and delete volumes. There are no instances to attach them to."""

    def create_volume(
        self,
        AvailabilityZone: str = "",
        Encrypted: bool | None = None,
        Iops: int | None = None,
        KmsKeyId: str | None = None,
        Size: int | None = None,
        SnapshotId: str | None = None,
        VolumeType: str = "gp2",
        TagSpecifications: Sequence[Mapping[str, Any]] = (),
        MultiAttachEnabled: bool = False,
        Throughput: int | None = None,
        ClientToken: str = "",
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Make a volume of `Size` GiB, or of a snapshot, and then at least as large as that.

        Raises:
            MissingParameter, InvalidParameterValue: no size, none that the type has, or no such zone.
            InvalidParameterDependency: a key is named, and the volume is not to be encrypted.
            InvalidSnapshot.NotFound, IncorrectState: there is no such snapshot, or it is not complete.
        """
        tags = tags_for("volume", TagSpecifications)
        new_id = self.new_id("vol")
        self.allow_disk(new_id, DryRun, tags=tags)
        if ClientToken and (made := self.tables.volumes.having("token", ClientToken)):
            return describe(made[0])
        source = self.find_snapshot(SnapshotId) if SnapshotId else None
        if source is not None and source.State != COMPLETED:
            raise invalid(f"Snapshot is in invalid state - {source.State}", "IncorrectState")
        size = _size(Size, source, VolumeType)
        if AvailabilityZone[:-1] != self.region or AvailabilityZone[-1:] not in ZONES:
            raise invalid(f"Invalid availability zone: [{AvailabilityZone}]", "InvalidZone.NotFound")
        encrypted = Encrypted or self.encrypts_by_default or (source is not None and source.Key is not None)
        if KmsKeyId and not encrypted:
            raise needs_encrypted()
        volume = Volume(
            new_id,
            size,
            AvailabilityZone,
            self.now,
            CREATING,
            VolumeType,
            Iops or (3000 if VolumeType == "gp3" else max(100, 3 * size) if VolumeType == "gp2" else None),
            Throughput or (125 if VolumeType == "gp3" else None),
            MultiAttachEnabled,
            SnapshotId or "",
            None,
            pairs(tags),
            ClientToken,
        )
        try:
            if encrypted:
                volume = replace(volume, Key=self._key_of_volume(volume, source, KmsKeyId))
            self.plan_reseal(source, volume)
        except AwsError as refused:
            self.plan_failure(volume, refused)
        self.tables.volumes.put(volume)
        return describe(volume)

    def _key_of_volume(self, volume: Volume, source: Snapshot | None, KmsKeyId: str | None) -> DataKey:
        """The data key of a new volume: the snapshot's own, unless another KMS key is wanted."""
        old = source.Key if source is not None else None
        if old is not None and (KmsKeyId is None or self.key_arn(KmsKeyId) == old.KmsKeyId):
            return old
        return self.new_data_key(self.key_arn(KmsKeyId), volume.VolumeId)

    def describe_volumes(
        self,
        VolumeIds: Sequence[str] = (),
        DryRun: bool = False,
        Filters: Filters = (),
        NextToken: str | None = None,
        MaxResults: int | None = None,
    ) -> dict[str, Any]:
        """Volumes by their ids, or all that pass the filters. InvalidVolume.NotFound."""
        self.allow_all(DryRun)
        found = [self.find_volume(one) for one in VolumeIds] or list(self.tables.volumes)
        page, token = self.page(
            [one for one in found if fits(one, Filters, FILTERS)], "VolumeId", NextToken, MaxResults
        )
        return {"Volumes": [describe(one) for one in page], "NextToken": token}

    def delete_volume(self, VolumeId: str, DryRun: bool = False) -> None:
        """Delete a volume; its snapshots stay. InvalidVolume.NotFound."""
        volume = self.find_volume(VolumeId)
        self.allow_disk(volume, DryRun)
        self.forget_blocks(VolumeId)
        self.tables.volumes.delete(VolumeId)


def _size(size: int | None, source: Snapshot | None, kind: str) -> int:
    if kind not in LARGEST:
        raise invalid(f"The volume type '{kind}' is invalid", "UnknownVolumeType")
    if size is None and source is None:
        raise invalid("The request must contain the parameter size/snapshot", "MissingParameter")
    wanted = size if size is not None else source.VolumeSize if source else 0
    if source is not None and wanted < source.VolumeSize:
        raise invalid(
            f"Volume of {wanted}GiB is smaller than snapshot '{source.SnapshotId}', expect size >= "
            f"{source.VolumeSize}GiB"
        )
    if not SMALLEST.get(kind, 1) <= wanted <= LARGEST[kind]:
        raise invalid(
            f"Volume of {wanted}GiB is too {'large' if wanted > LARGEST[kind] else 'small'} for "
            f"volume type {kind}; {'maximum' if wanted > LARGEST[kind] else 'minimum'} is "
            f"{LARGEST[kind] if wanted > LARGEST[kind] else SMALLEST.get(kind, 1)}GiB"
        )
    return wanted


def describe(volume: Volume) -> dict[str, Any]:
    """A volume as EC2 describes it."""
    return {
        "VolumeId": volume.VolumeId,
        "Size": volume.Size,
        "SnapshotId": volume.SnapshotId,
        "AvailabilityZone": volume.AvailabilityZone,
        "State": volume.State,
        "CreateTime": volume.CreateTime,
        "VolumeType": volume.VolumeType,
        "Iops": volume.Iops,
        "Throughput": volume.Throughput,
        "MultiAttachEnabled": volume.MultiAttachEnabled,
        "Encrypted": volume.Key is not None,
        "KmsKeyId": volume.Key.KmsKeyId if volume.Key else None,
        "Attachments": [],
        "Tags": told(volume.Tags),
    }
