"""What both chapters of EBS's direct APIs begin with: which snapshot, may I, and the key that opens it.

The direct APIs use KMS as a part of EC2: to a key policy they are ec2.<region>.amazonaws.com.
Source: EBS direct APIs Reference; Amazon EBS User Guide, "IAM permissions for EBS direct APIs".
"""

import re
from collections.abc import Mapping
from typing import Any

from labkit.cloud.core.faults import Faults
from labkit.cloud.ebs.discarding import Discarding
from labkit.cloud.ebs.model import PENDING, EbsTables, Snapshot
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.state.arns import arn

faults = Faults("ebs")

ID = re.compile(r"snap-([0-9a-f]{8}|[0-9a-f]{17})")


class EbsService(Discarding):
    """Base of the chapters."""

    name = "ebs"
    data_events = frozenset(
        {"GetSnapshotBlock", "ListChangedBlocks", "ListSnapshotBlocks", "PutSnapshotBlock"}
    )

    def find(self, SnapshotId: str) -> Snapshot:
        """The snapshot with this id, the caller's own or one shared with them, once they may do this to it.

        Raises:
            AccessDeniedException: they may not.
            ValidationException, ResourceNotFoundException: this is no id, or nothing has it.
        """
        found = self.visible_snapshot(SnapshotId, self.region)
        self.allow_snapshot(SnapshotId, dict(found.Tags) if found else {})
        if not ID.fullmatch(SnapshotId):
            raise faults.ValidationException("The snapshot ID is not valid.", Reason="INVALID_SNAPSHOT_ID")
        if found is None:
            raise faults.ResourceNotFoundException(
                f"The snapshot '{SnapshotId}' does not exist.", Reason="SNAPSHOT_NOT_FOUND"
            )
        return found

    def allow_snapshot(self, SnapshotId: str, tags: Mapping[str, str]) -> None:
        """Go on only if the caller may do this to a snapshot; AccessDeniedException."""
        facts = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        self.allow(arn("ec2", self.region, "", f"snapshot/{SnapshotId}"), facts=lambda: facts)

    def check_pending(self, snapshot: Snapshot) -> None:
        """Go on only if the caller may write blocks to a snapshot: it is theirs, and was begun. A shared one
        can only be read. ValidationException.
        """
        if snapshot.OwnerId != self.account or not snapshot.Direct or snapshot.State != PENDING:
            raise faults.ValidationException(
                f"The snapshot '{snapshot.SnapshotId}' is not in a state that can be written to.",
                Reason="INVALID_SNAPSHOT_ID",
            )

    def tables_of(self, snapshot: Snapshot) -> EbsTables:
        """The tables that a snapshot is in."""
        return self.cloud.store.tables(EbsTables, snapshot.OwnerId, self.region)

    def data_key(self, snapshot: Snapshot) -> bytes | None:
        """The data key in plaintext, None for a snapshot that is not encrypted.

        Raises:
            AccessDeniedException: the caller may not use the KMS key.
            ValidationException: the KMS key is in no state to be used.
        """
        try:
            return self.open_key(snapshot.Key)
        except AwsError as refused:
            raise unusable(refused) from None


def unusable(refused: AwsError) -> AwsError:
    """What KMS has answered, as EBS hands it on."""
    fault: Any = faults.ValidationException
    reason = "INVALID_CUSTOMER_KEY"
    if refused.code == "AccessDeniedException":
        fault, reason = faults.AccessDeniedException, "DEPENDENCY_ACCESS_DENIED"
    answer: AwsError = fault(refused.message, Reason=reason)
    return answer
