"""StopDBInstance, StartDBInstance, RebootDBInstance: the server of an instance goes and comes.

An instance that is stopped has no process; its data stay on the disk. AWS starts it again after seven days,
which the lab does not.
Source: RDS User Guide, "Stopping an Amazon RDS DB instance temporarily", "Rebooting a DB instance".
"""

from typing import Any

from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.rds.answers import instance_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.model import REBOOTING, STARTING, STOPPED, STOPPING, DBInstance
from labkit.cloud.services.rds.service import RdsService, key_not_accessible
from labkit.records import replace


class Running(RdsService):
    """Stop, start and reboot DB instances."""

    def stop_db_instance(
        self, DBInstanceIdentifier: str, DBSnapshotIdentifier: str | None = None
    ) -> dict[str, Any]:
        """Stop an instance.

        Raises:
            DBInstanceNotFound: there is none. InvalidDBInstanceState: it is not available.
            InvalidDBClusterStateFault: it is in a cluster.
        """
        instance = self.find_instance(DBInstanceIdentifier)
        self._check_alone(instance)
        self.check_available(instance)
        return self._send(instance, STOPPING, "_stop")

    def start_db_instance(self, DBInstanceIdentifier: str) -> dict[str, Any]:
        """Start an instance that was stopped.

        Raises:
            DBInstanceNotFound: there is none. InvalidDBInstanceState: it is not stopped.
            KMSKeyNotAccessibleFault: the key of its storage does not decrypt for this caller.
            InvalidDBClusterStateFault: it is in a cluster.
        """
        instance = self.find_instance(DBInstanceIdentifier)
        self._check_alone(instance)
        if instance.DBInstanceStatus != STOPPED:
            raise faults.InvalidDBInstanceStateFault(
                f"Instance {instance.DBInstanceIdentifier} cannot be started as it is not in one of the "
                "following statuses: 'stopped, inaccessible-encryption-credentials-recoverable, "
                "incompatible-network (only valid for non-SqlServer instances)'."
            )
        self._check_volume_opens(instance)
        return self._send(instance, STARTING, "_start")

    def reboot_db_instance(self, DBInstanceIdentifier: str, ForceFailover: bool = False) -> dict[str, Any]:
        """Restart an instance's server: its sessions end.

        Raises:
            DBInstanceNotFound: there is none. InvalidDBInstanceState: it is not available.
            InvalidParameterCombination: it has no second zone to fail over to.
        """
        instance = self.find_instance(DBInstanceIdentifier)
        self.check_available(instance)
        if ForceFailover and not instance.Kept.MultiAZ:
            raise faults.InvalidParameterCombination(
                "ForceFailover cannot be specified since the instance is not configured for either "
                "Database Mirroring or Multi-AZ."
            )
        if instance.DBClusterIdentifier:
            cluster = self.tables.clusters.get(instance.DBClusterIdentifier)
            return {"DBInstance": instance_answer(instance, cluster) | {"DBInstanceStatus": REBOOTING}}
        return self._send(instance, REBOOTING, "_start")

    def _check_volume_opens(self, instance: DBInstance) -> None:
        """Go on only if KMS gives the caller the data key of the storage; KMSKeyNotAccessibleFault."""
        if instance.VolumeKey:
            context = {"aws:rds:db-id": instance.DbiResourceId}
            try:
                self.ask("kms", "Decrypt", CiphertextBlob=instance.VolumeKey, EncryptionContext=context)
            except AwsError:
                raise key_not_accessible(instance.KmsKeyId) from None

    def _check_alone(self, instance: DBInstance) -> None:
        if instance.DBClusterIdentifier:
            raise faults.InvalidDBClusterStateFault(
                "The specified DB instance is a member of a DB cluster and cannot be stopped or started "
                "on its own."
            )

    def _send(self, instance: DBInstance, status: str, method: str) -> dict[str, Any]:
        changed = replace(instance, DBInstanceStatus=status)
        self.tables.instances.put(changed)
        self.later(changed, method)
        return {"DBInstance": instance_answer(changed)}
