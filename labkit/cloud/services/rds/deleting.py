"""DeleteDBInstance: the server stops, its data are removed, and so is the secret that RDS managed.

A final snapshot is wanted unless SkipFinalSnapshot says otherwise.
Source: RDS API Reference, "DeleteDBInstance".
"""

from labkit.cloud.core.outside import Steps
from labkit.cloud.services.rds.answers import instance_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.model import DELETING
from labkit.cloud.services.rds.snapshots import SnapshotService
from labkit.records import replace


class Deleting(SnapshotService):
    """Delete DB instances."""

    def delete_db_instance(
        self,
        DBInstanceIdentifier: str,
        SkipFinalSnapshot: bool = False,
        FinalDBSnapshotIdentifier: str | None = None,
        DeleteAutomatedBackups: bool = True,
    ) -> Steps:
        """Delete an instance, in whatever state it is.

        Raises:
            DBInstanceNotFound: there is none. InvalidDBInstanceState: it is being deleted already.
            InvalidParameterCombination: it is protected, or what becomes of its data is not said clearly.
            Errors of CreateDBSnapshot, if there is to be a final one.
        """
        instance = self.find_instance(DBInstanceIdentifier)
        if instance.DBInstanceStatus == DELETING:
            raise faults.InvalidDBInstanceStateFault(
                f"Instance {instance.DBInstanceIdentifier} is already being deleted."
            )
        if instance.Kept.DeletionProtection:
            raise faults.InvalidParameterCombination(
                "Cannot delete protected DB Instance, please disable deletion protection and try again."
            )
        if not instance.DBClusterIdentifier:
            check_final_snapshot(SkipFinalSnapshot, FinalDBSnapshotIdentifier)
        cluster = self.tables.clusters.get(instance.DBClusterIdentifier)
        changed = replace(instance, DBInstanceStatus=DELETING)
        if cluster is not None:
            self.tables.instances.delete(instance.DBInstanceIdentifier)
            return {"DBInstance": instance_answer(changed, cluster)}
        if FinalDBSnapshotIdentifier:
            self.allow(self.snapshot_arn(FinalDBSnapshotIdentifier), "rds:CreateDBSnapshot")
            name = self.new_snapshot_name("FinalDBSnapshotIdentifier", FinalDBSnapshotIdentifier)
            self.check_available(instance)
            yield from self.back_up(instance, name, ())
        self.forget_secret(instance.Master)
        self.tables.instances.put(changed)
        self.later(changed, "_remove")
        return {"DBInstance": instance_answer(changed)}


def check_final_snapshot(skip: bool, snapshot: str | None) -> None:
    """Go on only if it is clear whether a final snapshot is wanted; InvalidParameterCombination."""
    if skip and snapshot:
        raise faults.InvalidParameterCombination(
            "FinalDBSnapshotIdentifier can't be specified when SkipFinalSnapshot is true."
        )
    if not skip and not snapshot:
        raise faults.InvalidParameterCombination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        )
