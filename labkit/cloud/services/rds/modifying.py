"""ModifyDBInstance: above all, another master password, or somebody else who keeps it.

A new password is set once the call is answered, whatever ApplyImmediately says: see `serving`. Sessions that
are open go on; the next login needs the new one.
Source: RDS API Reference, "ModifyDBInstance"; RDS User Guide, "Password management with Amazon RDS and AWS
Secrets Manager".
"""

from collections.abc import Generator
from typing import Any

from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.postgres.master_user import Master
from labkit.cloud.services.rds import checks
from labkit.cloud.services.rds.answers import HIDDEN, instance_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.creating import KEY_FOR_NOTHING, MANAGED_AND_GIVEN, NewDatabases
from labkit.cloud.services.rds.engines import ENGINES
from labkit.cloud.services.rds.model import DBCluster, DBInstance
from labkit.records import replace


class MasterPasswords(NewDatabases):
    """What instances and clusters do about their master users when they are modified."""

    def modified_master(
        self,
        found: DBInstance | DBCluster,
        arn: str,
        password: str | None,
        managed: bool | None,
        rotate: bool,
        key_id: str | None,
        at_once: bool,
    ) -> Generator[Outside, Any, Master]:
        """The master user of a database after a modification; the same one if nothing is asked for.

        Raises:
            InvalidParameterValue: the password won't do.
            InvalidParameterCombination: these parameters contradict each other, or how it is now.
            AwsError: what Secrets Manager answers.
        """
        master, kept = found.Master, bool(found.Master.SecretArn)
        if password is not None and (managed or (kept and managed is None)):
            raise faults.InvalidParameterCombination(MANAGED_AND_GIVEN)
        if rotate:
            return (yield from self._rotated(master, at_once))
        if managed and not kept:
            return self.new_managed_master(arn, master.Username, key_id)
        if key_id is not None:
            raise faults.InvalidParameterCombination(
                KEY_FOR_NOTHING
                if not kept
                else "You can't change the KMS key of a secret that is managed already."
            )
        if managed is False and kept:
            if password is None:
                raise faults.InvalidParameterCombination(
                    "MasterUserPassword must be provided when ManageMasterUserPassword is set to false."
                )
            self.forget_secret(master)
        if password is None:
            return master
        checks.password(password, ENGINES[found.Engine])
        return self.master_of(master.Username, password)

    def _rotated(self, master: Master, at_once: bool) -> Generator[Outside, Any, Master]:
        if not master.SecretArn:
            raise faults.InvalidParameterCombination(
                "You can't rotate the master user password because it isn't managed in AWS Secrets Manager."
            )
        if not at_once:
            raise faults.InvalidParameterCombination(
                "You must specify ApplyImmediately when you rotate the master user password."
            )
        return (yield from self.start_rotation(master))


class Modifying(MasterPasswords):
    """Change DB instances."""

    def modify_db_instance(
        self,
        DBInstanceIdentifier: str,
        AllocatedStorage: int | None = None,
        DBInstanceClass: str | None = None,
        ApplyImmediately: bool = False,
        MasterUserPassword: str | None = None,
        BackupRetentionPeriod: int | None = None,
        PreferredBackupWindow: str | None = None,
        PreferredMaintenanceWindow: str | None = None,
        MultiAZ: bool | None = None,
        AutoMinorVersionUpgrade: bool | None = None,
        StorageType: str | None = None,
        CopyTagsToSnapshot: bool | None = None,
        PubliclyAccessible: bool | None = None,
        DeletionProtection: bool | None = None,
        ManageMasterUserPassword: bool | None = None,
        RotateMasterUserPassword: bool = False,
        MasterUserSecretKmsKeyId: str | None = None,
    ) -> Steps:
        """Change an instance. Settings change at once, as if there were no maintenance window.

        Raises:
            DBInstanceNotFound: there is no such instance. InvalidDBInstanceState: it is not available.
            InvalidParameterValue, InvalidParameterCombination: a password won't do, or parameters don't fit.
        """
        instance = self.find_instance(DBInstanceIdentifier)
        self.check_available(instance)
        wanted = {
            "AllocatedStorage": AllocatedStorage,
            "DBInstanceClass": DBInstanceClass,
            "BackupRetentionPeriod": BackupRetentionPeriod,
            "MultiAZ": MultiAZ,
            "AutoMinorVersionUpgrade": AutoMinorVersionUpgrade,
            "StorageType": StorageType,
            "CopyTagsToSnapshot": CopyTagsToSnapshot,
            "PubliclyAccessible": PubliclyAccessible,
            "DeletionProtection": DeletionProtection,
            "PreferredBackupWindow": PreferredBackupWindow,
            "PreferredMaintenanceWindow": (PreferredMaintenanceWindow or "").lower() or None,
        }
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        if instance.DBClusterIdentifier and (MasterUserPassword or ManageMasterUserPassword is not None):
            raise faults.InvalidParameterCombination(
                "Instance is a member of a DB cluster. Modify the master user password of the DB cluster."
            )
        master = yield from self.modified_master(
            instance,
            instance.DBInstanceArn,
            MasterUserPassword,
            ManageMasterUserPassword,
            RotateMasterUserPassword,
            MasterUserSecretKmsKeyId,
            ApplyImmediately,
        )
        changed = replace(instance, Master=master, Kept=replace(instance.Kept, **given))
        self.tables.instances.put(changed)
        pending = {}
        if master.Verifier != instance.Master.Verifier:
            pending = HIDDEN
            self.later(changed, "_set_password")
        cluster = self.tables.clusters.get(instance.DBClusterIdentifier)
        return {"DBInstance": instance_answer(changed, cluster, pending)}
