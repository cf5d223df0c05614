"""Tags of volumes and snapshots. Source: EC2 API Reference, "CreateTags", "DeleteTags", "DescribeTags"."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.cloud.ebs.model import Pairs, Snapshot, Volume
from labkit.cloud.protocols.errors import aws_error
from labkit.cloud.services.ec2.filters import Filters, fits
from labkit.cloud.services.ec2.service import Ec2Service, invalid
from labkit.records import Record, replace

MOST = 50
FILTERS = {
    "key": lambda tag: tag.Key,
    "value": lambda tag: tag.Value,
    "resource-id": lambda tag: tag.ResourceId,
    "resource-type": lambda tag: tag.ResourceType,
}


class Tag(Record):
    """One tag of one resource, as DescribeTags lists it."""

    Id: str
    Key: str
    Value: str
    ResourceId: str
    ResourceType: str
    Tags: Pairs


class Tags(Ec2Service):
    """Tag what there is, and find it by its tags."""

    def create_tags(
        self, Resources: Sequence[str], Tags: Sequence[Mapping[str, str]], DryRun: bool = False
    ) -> None:
        """Add tags, or give them other values.

        Raises:
            InvalidID, Invalid...NotFound: a resource is none. TagLimitExceeded: it would have more than 50.
        """
        for disk in [self._tagged(one) for one in Resources]:
            self.allow_disk(disk, DryRun, tags=Tags)
            kept = {**dict(disk.Tags), **{tag["Key"]: tag.get("Value", "") for tag in Tags}}
            if len(kept) > MOST:
                raise invalid(f"More than {MOST} tags specified", "TagLimitExceeded")
            self._put(disk, tuple(sorted(kept.items())))

    def delete_tags(
        self, Resources: Sequence[str], Tags: Sequence[Mapping[str, str]] = (), DryRun: bool = False
    ) -> None:
        """Take tags away: by key, or by key and value; all of them if none is named. Errors as above."""
        for disk in [self._tagged(one) for one in Resources]:
            self.allow_disk(disk, DryRun, tags=Tags)
            kept = [pair for pair in disk.Tags if Tags and not any(_meant(tag, pair) for tag in Tags)]
            self._put(disk, tuple(kept))

    def describe_tags(
        self,
        DryRun: bool = False,
        Filters: Filters = (),
        MaxResults: int | None = None,
        NextToken: str | None = None,
    ) -> dict[str, Any]:
        """All tags that pass the filters."""
        self.allow_all(DryRun)
        found = [tag for tag in self._all() if fits(tag, Filters, FILTERS)]
        page, token = self.page(found, "Id", NextToken, MaxResults)
        members = ("Key", "Value", "ResourceId", "ResourceType")
        return {"Tags": [{name: getattr(tag, name) for name in members} for tag in page], "NextToken": token}

    def _all(self) -> Iterator[Tag]:
        for kind, disks in (("snapshot", self.tables.snapshots), ("volume", self.tables.volumes)):
            for disk in disks:
                name = disk.SnapshotId if isinstance(disk, Snapshot) else disk.VolumeId
                for key, value in disk.Tags:
                    yield Tag(f"{name} {key}", key, value, name, kind, disk.Tags)

    def _tagged(self, name: str) -> Volume | Snapshot:
        if name.startswith("vol-"):
            return self.find_volume(name)
        if name.startswith("snap-"):
            return self.find_own_snapshot(name)
        raise aws_error("InvalidID", 400, f"The ID '{name}' is not valid")

    def _put(self, disk: Volume | Snapshot, tags: Pairs) -> None:
        if isinstance(disk, Volume):
            self.tables.volumes.put(replace(disk, Tags=tags))
        else:
            self.tables.snapshots.put(replace(disk, Tags=tags))


def _meant(tag: Mapping[str, str], pair: tuple[str, str]) -> bool:
    return tag.get("Key") == pair[0] and tag.get("Value") in (None, pair[1])
