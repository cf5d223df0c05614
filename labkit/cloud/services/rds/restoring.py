"""RestoreDBInstanceFromDBSnapshot: a new instance, whose server begins with the bytes of a snapshot.

Its master user and password are those of the moment of the snapshot. Its storage is encrypted under the
snapshot's KMS key. The data key is unwrapped in the caller's name, before the call is answered.
Source: RDS API Reference, "RestoreDBInstanceFromDBSnapshot"; RDS User Guide, "Restoring to a DB instance".
"""

from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import Any

from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.postgres.master_user import Master
from labkit.cloud.services.rds import checks
from labkit.cloud.services.rds.answers import instance_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.creating import NewDatabases
from labkit.cloud.services.rds.model import CREATING, DBInstance, DBSnapshot
from labkit.cloud.services.rds.names import new_resource_id
from labkit.cloud.services.rds.service import facts_of_new, with_tags
from labkit.cloud.services.rds.snapshots import SnapshotService
from labkit.cloud.state.arns import Arn
from labkit.crypto.errors import AuthenticationFailed
from labkit.records import replace


class Restoring(NewDatabases, SnapshotService):
    """Make instances from snapshots."""

    def restore_db_instance_from_db_snapshot(
        self,
        DBInstanceIdentifier: str,
        DBSnapshotIdentifier: str | None = None,
        DBInstanceClass: str | None = None,
        Port: int | None = None,
        MultiAZ: bool | None = None,
        PubliclyAccessible: bool | None = None,
        AutoMinorVersionUpgrade: bool | None = None,
        Engine: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
        StorageType: str | None = None,
        CopyTagsToSnapshot: bool | None = None,
        DeletionProtection: bool | None = None,
        ManageMasterUserPassword: bool = False,
        MasterUserSecretKmsKeyId: str | None = None,
    ) -> Steps:
        """Make an instance of a snapshot, one of this account or one that is shared and not encrypted.

        Raises:
            DBSnapshotNotFound: there is no such snapshot. DBInstanceAlreadyExists: the name is taken.
            InvalidParameterValue, InvalidParameterCombination: the name is none; no snapshot is named.
            InvalidRestoreFault: the engine is another, or the snapshot is shared and encrypted.
            KMSKeyNotAccessibleFault: the snapshot's KMS key does not decrypt for this caller.
        """
        if not DBSnapshotIdentifier:
            self.allow(self.instance_arn(DBInstanceIdentifier))
            raise faults.InvalidParameterCombination("DBSnapshotIdentifier must be provided.")
        snapshot = self.find_snapshot(DBSnapshotIdentifier)
        managed = ManageMasterUserPassword
        told = partial(facts_of_new, snapshot.Engine, bool(snapshot.DataKey), managed, Tags)
        self.allow(self.instance_arn(DBInstanceIdentifier), facts=told)
        name = checks.identifier("DBInstanceIdentifier", DBInstanceIdentifier)
        if name in self.tables.instances:
            raise faults.DBInstanceAlreadyExistsFault("DB instance already exists")
        if Engine and Engine.lower() != snapshot.Engine:
            raise faults.InvalidRestoreFault(f"The snapshot's engine is {snapshot.Engine}, not {Engine}.")
        parsed = Arn.parse(snapshot.DBSnapshotArn)
        assert parsed is not None
        if parsed.region != self.region:
            raise faults.DBSnapshotNotFoundFault(f"DBSnapshot {DBSnapshotIdentifier} not found.")
        if snapshot.DataKey and parsed.account != self.account:
            raise faults.InvalidRestoreFault(
                "You can't restore a DB instance from a snapshot that is both shared and encrypted; copy the "
                "snapshot first."
            )
        wanted = {
            "DBInstanceClass": DBInstanceClass,
            "MultiAZ": MultiAZ,
            "PubliclyAccessible": PubliclyAccessible,
            "AutoMinorVersionUpgrade": AutoMinorVersionUpgrade,
            "StorageType": StorageType,
            "CopyTagsToSnapshot": CopyTagsToSnapshot,
            "DeletionProtection": DeletionProtection,
        }
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        tags = with_tags((), Tags)
        resource_id, arn = new_resource_id("db"), self.instance_arn(name)
        opened = self.open_key(snapshot)
        context = {"aws:rds:db-id": resource_id}
        key, wrapped = self.volume_key(bool(snapshot.KmsKeyId), snapshot.KmsKeyId or None, context)
        port = yield from self._restore(snapshot, opened, resource_id, Port or 0)
        if name in self.tables.instances:  # somebody was quicker
            yield Outside(partial(self.servers.remove, resource_id))
            raise faults.DBInstanceAlreadyExistsFault("DB instance already exists")
        master = Master(snapshot.MasterUsername, snapshot.Verifier)
        if managed:
            master = self.new_managed_master(arn, master.Username, MasterUserSecretKmsKeyId)
        instance = DBInstance(
            DBInstanceIdentifier=name,
            DBInstanceArn=arn,
            DbiResourceId=resource_id,
            Engine=snapshot.Engine,
            EngineVersion=snapshot.EngineVersion,
            DBInstanceStatus=CREATING,
            Master=master,
            DBName=snapshot.DBName,
            Port=port,
            KmsKeyId=key,
            VolumeKey=wrapped,
            Kept=replace(snapshot.Kept, **given),
            Tags=tags,
        )
        self.tables.instances.put(instance)
        # The master user has the password of then; it is set once more, as it may be a new one.
        self.later(instance, "_set_password")
        answer = instance_answer(instance)
        del answer["Endpoint"]  # which AWS knows only later
        return {"DBInstance": answer}

    def _restore(
        self, snapshot: DBSnapshot, key: bytes | None, resource_id: str, port: int
    ) -> Generator[Outside, Any, int]:
        """Set up a server with the bytes of a snapshot; its port. InvalidRestoreFault."""
        work = partial(self.servers.restore, snapshot.ResourceId, key, snapshot.Origin, resource_id, port)
        try:
            found: int = yield Outside(work)
            return found
        except AuthenticationFailed:
            raise faults.InvalidRestoreFault("The bytes of the snapshot have been changed.") from None
