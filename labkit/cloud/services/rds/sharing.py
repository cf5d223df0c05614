"""ModifyDBSnapshotAttribute: who else may copy a snapshot, or restore it.

One under the AWS managed key cannot be shared, as nobody else can be let in there. One that is encrypted at
all is for named accounts only, and they need the permission of its KMS key as well.
Source: RDS API Reference, "ModifyDBSnapshotAttribute"; RDS User Guide, "Sharing encrypted snapshots".
"""

from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.model import DBSnapshot
from labkit.cloud.services.rds.snapshots import ALL, SnapshotService
from labkit.records import replace

RESTORE = "restore"
MOST_ACCOUNTS = 20
AWS = "AWS"


class Sharing(SnapshotService):
    """Share snapshots."""

    def modify_db_snapshot_attribute(
        self,
        DBSnapshotIdentifier: str,
        AttributeName: str,
        ValuesToAdd: Sequence[str] = (),
        ValuesToRemove: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Share a snapshot with accounts, or with "all", or no longer.

        Raises:
            DBSnapshotNotFound: there is no such snapshot.
            InvalidParameterValue: there is no such attribute, or no such account.
            InvalidDBSnapshotState: it is under a key that lets nobody else in.
            SharedSnapshotQuotaExceeded: it would be shared with more than twenty.
        """
        snapshot = self.find_own_snapshot(DBSnapshotIdentifier)
        if AttributeName != RESTORE:
            raise faults.InvalidParameterValue(f"Invalid attribute name: {AttributeName}")
        for value in ValuesToAdd:
            if value != ALL and not (len(value) == 12 and value.isdigit()):
                raise faults.InvalidParameterValue(f"Invalid account ID: {value}")
        if ValuesToAdd and snapshot.DataKey:
            self._check_key(snapshot, ValuesToAdd)
        shared = tuple(sorted((set(snapshot.Shared) | set(ValuesToAdd)) - set(ValuesToRemove)))
        if len(shared) > MOST_ACCOUNTS:
            raise faults.SharedSnapshotQuotaExceededFault(
                f"The snapshot can't be shared with more than {MOST_ACCOUNTS} accounts."
            )
        changed = replace(snapshot, Shared=shared)
        self.tables.snapshots.put(changed)
        return _answer(changed)

    def describe_db_snapshot_attributes(self, DBSnapshotIdentifier: str) -> dict[str, Any]:
        """With whom a snapshot is shared; DBSnapshotNotFound."""
        return _answer(self.find_own_snapshot(DBSnapshotIdentifier))

    def _check_key(self, snapshot: DBSnapshot, values: Sequence[str]) -> None:
        if ALL in values:
            raise faults.InvalidDBSnapshotStateFault("Encrypted snapshots can't be shared as public.")
        if self.ask("kms", "DescribeKey", KeyId=snapshot.KmsKeyId)["KeyMetadata"]["KeyManager"] == AWS:
            raise faults.InvalidDBSnapshotStateFault(
                "Snapshots that are encrypted with the default service key for RDS can't be shared."
            )


def _answer(snapshot: DBSnapshot) -> dict[str, Any]:
    return {
        "DBSnapshotAttributesResult": {
            "DBSnapshotIdentifier": snapshot.DBSnapshotIdentifier,
            "DBSnapshotAttributes": [{"AttributeName": RESTORE, "AttributeValues": list(snapshot.Shared)}],
        }
    }
