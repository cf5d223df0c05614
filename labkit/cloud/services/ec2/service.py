"""What every chapter of EC2 begins with: which disk, and may I.

An id says what it is of: vol- for a volume, snap- for a snapshot. Lists and settings are asked of "*", as
they know no resource. EC2 has errors of its own in place of others' AccessDenied and NotFound, and every call
takes DryRun, which asks for no more than the permission.
Source: EC2 API Reference, "Error codes for the Amazon EC2 API"; Service Authorization Reference, "Amazon
EC2".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.ebs.discarding import Discarding
from labkit.cloud.ebs.model import Pairs, Snapshot, Volume
from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.question import Facts
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.state.arns import arn
from labkit.crypto.randomness import random_bytes


class Ec2Service(Discarding):
    """Base of EC2's chapters."""

    name = "ec2"

    def allow_disk(
        self,
        disk: Volume | Snapshot | str,
        DryRun: bool,
        action: str = "",
        tags: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Go on only if the caller may do this to a disk, or to a new one with the id `disk`.

        Raises:
            UnauthorizedOperation: they may not. DryRunOperation: they may, and that was all they asked.
        """
        known: Pairs = ()
        facts: dict[str, Any] = {}
        if isinstance(disk, str):
            resource = self.arn_of(disk)
        else:
            known = disk.Tags
            resource = self.arn_of(disk.SnapshotId if isinstance(disk, Snapshot) else disk.VolumeId)
            facts["ec2:Encrypted"] = disk.Key is not None
        facts |= {f"aws:ResourceTag/{key}": value for key, value in known}
        self._allow(resource, DryRun, action, facts | dict(facts_of_tags(tags)))

    def allow_all(self, DryRun: bool) -> None:
        """Go on only if the caller may do this, which is to no resource in particular; errors as above."""
        self._allow("*", DryRun, "", {})

    def _allow(self, resource: str, DryRun: bool, action: str, facts: Facts) -> None:
        self.allow(resource, action, facts=lambda: facts)
        if DryRun:
            raise aws_error("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.")

    def arn_of(self, disk_id: str) -> str:
        """The ARN of a volume or a snapshot; that of a snapshot names no account."""
        if disk_id.startswith("snap-"):
            return arn("ec2", self.region, "", f"snapshot/{disk_id}")
        return self.arn(f"volume/{disk_id}")

    def new_id(self, prefix: str) -> str:
        """An id that no disk has yet: vol- or snap-, and 17 hexadecimal digits."""
        return f"{prefix}-0{random_bytes(8).hex()}"

    def find_volume(self, VolumeId: str) -> Volume:
        """The caller's volume with this id; else InvalidVolume.NotFound."""
        check_id("vol", "volume", VolumeId)
        found = self.tables.volumes.get(VolumeId)
        if found is None:
            raise aws_error("InvalidVolume.NotFound", 400, f"The volume '{VolumeId}' does not exist.")
        return found

    def find_snapshot(self, SnapshotId: str, region: str = "") -> Snapshot:
        """The snapshot with this id that is the caller's own, or is shared with them.

        Raises:
            InvalidSnapshot.NotFound: there is none, or it is somebody else's.
        """
        check_id("snap", "snapshot", SnapshotId)
        found = self.visible_snapshot(SnapshotId, region or self.region)
        if found is None:
            raise no_snapshot(SnapshotId)
        return found

    def find_own_snapshot(self, SnapshotId: str) -> Snapshot:
        """The caller's own snapshot with this id; else InvalidSnapshot.NotFound."""
        found = self.find_snapshot(SnapshotId)
        if found.OwnerId != self.account:
            raise no_snapshot(SnapshotId)
        return found

    def page(
        self, items: Sequence[Any], key: str, NextToken: str | None, MaxResults: int | None
    ) -> tuple[Sequence[Any], str | None]:
        """One page of a list whose items are told apart by their field `key`; InvalidNextToken."""
        try:
            return page_of_list(items, lambda item: str(getattr(item, key)), NextToken, MaxResults or 1000)
        except BadMarkerError:
            raise aws_error(
                "InvalidNextToken", 400, "The token '" + str(NextToken) + "' is invalid"
            ) from None

    def _denied(self, decision: Decision) -> Exception:
        return aws_error(
            "UnauthorizedOperation",
            403,
            "You are not authorized to perform this operation. "
            f"User: {decision.principal} is not authorized to perform: {decision.action} "
            f"on resource: {decision.resource} {decision.reason}",
        )


def check_id(prefix: str, kind: str, given: str) -> None:
    """Go on only if this could be the id of such a thing; else InvalidParameterValue."""
    digits = given.removeprefix(f"{prefix}-")
    if digits == given or len(digits) not in (8, 17) or not set(digits) <= set("0123456789abcdef"):
        raise invalid(f"Value ({given}) for parameter {kind}Id is invalid. Expected: '{prefix}-...'.")


def no_snapshot(SnapshotId: str) -> AwsError:
    """There is no such snapshot, or it is none of the caller's."""
    return aws_error("InvalidSnapshot.NotFound", 400, f"The snapshot '{SnapshotId}' does not exist.")


def invalid(text: str, code: str = "InvalidParameterValue") -> AwsError:
    """What was given is not good."""
    return aws_error(code, 400, text)


def needs_encrypted() -> AwsError:
    """A key was named for what is not to be encrypted."""
    return aws_error(
        "InvalidParameterDependency",
        400,
        "The parameter KmsKeyId requires the parameter Encrypted to be set.",
    )


def tags_for(kind: str, TagSpecifications: Sequence[Mapping[str, Any]]) -> list[Mapping[str, str]]:
    """The tags that a request brings for a new resource of this kind; InvalidParameterValue for another's."""
    tags: list[Mapping[str, str]] = []
    for specification in TagSpecifications:
        if specification.get("ResourceType") != kind:
            raise invalid(f"'{specification.get('ResourceType')}' is not a valid taggable resource type.")
        tags += specification.get("Tags", ())
    return tags


def pairs(tags: Sequence[Mapping[str, str]]) -> Pairs:
    """Tags as they are kept."""
    return tuple(sorted({tag.get("Key", ""): tag.get("Value", "") for tag in tags}.items()))


def told(tags: Pairs) -> list[dict[str, str]]:
    """Tags as they are told."""
    return [{"Key": key, "Value": value} for key, value in tags]
