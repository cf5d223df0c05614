"""DB snapshots: the bytes of an instance, as they were at one moment, on the disk under a key of their own.

    the server's data --> a tar archive --> chunks under a data key --> that under the KMS key of the instance

The snapshot of an instance that is not encrypted is the plain archive. The work is done before the call is
answered, which says "creating" all the same; the data key is asked for in the caller's name.
Source: RDS API Reference, "CreateDBSnapshot", "DescribeDBSnapshots", "DeleteDBSnapshot"; RDS User Guide,
"Encrypting Amazon RDS resources". The encryption context is the lab's own choice; AWS's is not published.
"""

import json
from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from labkit.cloud.core.outside import COMMIT, Outside, Steps
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.rds import checks
from labkit.cloud.services.rds.answers import snapshot_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.describing import PAGE
from labkit.cloud.services.rds.model import AVAILABLE, BACKING_UP, CREATING, DBInstance, DBSnapshot, RdsTables
from labkit.cloud.services.rds.names import new_resource_id
from labkit.cloud.services.rds.service import RdsService, facts_of, key_not_accessible, with_tags
from labkit.cloud.state.arns import Arn, arn
from labkit.records import replace

MANUAL, SHARED, PUBLIC = "manual", "shared", "public"
ALL = "all"


class DataKey(NamedTuple):
    """A data key of a snapshot: itself, wrapped, and the ARN of the KMS key that wraps it.

    None and empty for a snapshot that is not encrypted.
    """

    plaintext: bytes | None
    wrapped: bytes
    key_arn: str

    def __repr__(self) -> str:
        return f"<data key under {self.key_arn or 'no key'}>"


class SnapshotService(RdsService):
    """What all chapters on snapshots need."""

    def snapshot_arn(self, identifier: str) -> str:
        """The ARN of the snapshot of this name."""
        return self.arn(f"snapshot:{identifier.lower()}")

    def new_snapshot_name(self, parameter: str, identifier: str) -> str:
        """The name of a snapshot that is to be made; InvalidParameterValue, DBSnapshotAlreadyExists."""
        name = checks.identifier(parameter, identifier)
        self._check_free(name)
        return name

    def _check_free(self, name: str) -> None:
        if name in self.tables.snapshots:
            raise faults.DBSnapshotAlreadyExistsFault(
                f"Cannot create the snapshot because a snapshot with the identifier {name} already exists."
            )

    def keep_backup(self, snapshot: DBSnapshot) -> Generator[Outside, Any, None]:
        """Keep a snapshot whose bytes are there. DBSnapshotAlreadyExists: somebody was quicker; they go."""
        if snapshot.DBSnapshotIdentifier in self.tables.snapshots:
            yield Outside(partial(self.servers.remove_backup, snapshot.ResourceId))
            self._check_free(snapshot.DBSnapshotIdentifier)
        self.tables.snapshots.put(snapshot)

    def lookup_snapshot(self, identifier: str) -> DBSnapshot | None:
        """The snapshot that a name or an ARN means, which may be another account's or region's if shared."""
        parsed = Arn.parse(identifier)
        if parsed is None:
            return self.tables.snapshots.get(identifier.lower())
        tables = self.cloud.store.tables(RdsTables, parsed.account, parsed.region)
        found = tables.snapshots.get(parsed.resource.removeprefix("snapshot:"))
        shared = found is not None and {ALL, self.account} & set(found.Shared)
        return found if parsed.account == self.account or shared else None

    def find_snapshot(self, identifier: str) -> DBSnapshot:
        """The same, once it is clear that the caller may do this to it; AccessDenied, DBSnapshotNotFound."""
        found = self.lookup_snapshot(identifier)
        named = found.DBSnapshotArn if found else identifier
        foreign = found is not None and f":{self.account}:" not in found.DBSnapshotArn
        self.allow(
            named if Arn.parse(named) else self.snapshot_arn(identifier),
            policy=_sharing_policy(found) if found and foreign else None,
            facts=lambda: facts_of(found) if found else {},
        )
        if found is None:
            raise not_found(identifier)
        return found

    def find_own_snapshot(self, identifier: str) -> DBSnapshot:
        """The same for one of this account and region."""
        found = self.find_snapshot(identifier)
        if found.DBSnapshotArn != self.snapshot_arn(found.DBSnapshotIdentifier):
            raise not_found(identifier)
        return found

    def new_key(self, key_id: str, resource_id: str, blame: str = "specified") -> DataKey:
        """A new data key for a snapshot, under a KMS key of this region; none for an empty `key_id`.

        Raises:
            KMSKeyNotAccessibleFault: the key does not encrypt for this caller.
        """
        if not key_id:
            return DataKey(None, b"", "")
        context = {"aws:rds:snapshot-id": resource_id}
        try:
            made = self.ask(
                "kms", "GenerateDataKey", KeyId=key_id, KeySpec="AES_256", EncryptionContext=context
            )
        except AwsError:
            raise key_not_accessible(key_id, blame) from None
        return DataKey(made["Plaintext"], made["CiphertextBlob"], made["KeyId"])

    def open_key(self, snapshot: DBSnapshot, *, source: bool = False) -> bytes | None:
        """The data key of a snapshot, unwrapped in the caller's name; None if it is not encrypted.

        Raises:
            KMSKeyNotAccessibleFault: its KMS key does not decrypt for this caller.
        """
        if not snapshot.DataKey:
            return None
        parsed = Arn.parse(snapshot.DBSnapshotArn)
        assert parsed is not None
        try:
            opened = self.ask(
                "kms",
                "Decrypt",
                region=parsed.region,
                CiphertextBlob=snapshot.DataKey,
                EncryptionContext={"aws:rds:snapshot-id": snapshot.ResourceId},
            )
        except AwsError:
            if source:
                raise faults.KMSKeyNotAccessibleFault(
                    "The source snapshot KMS key does not exist, is not enabled or you do not have "
                    "permissions to access it."
                ) from None
            raise key_not_accessible(snapshot.KmsKeyId) from None
        plaintext: bytes = opened["Plaintext"]
        return plaintext

    def back_up(
        self, instance: DBInstance, name: str, tags: Sequence[Mapping[str, str]]
    ) -> Generator[Outside, Any, DBSnapshot]:
        """Make a snapshot of an instance that is available, and keep it.

        Raises:
            KMSKeyNotAccessibleFault: the KMS key of the instance does not encrypt for this caller.
        """
        resource_id = new_resource_id("snapshot")
        key = self.new_key(instance.KmsKeyId, resource_id)
        snapshot = DBSnapshot(
            DBSnapshotIdentifier=name,
            DBSnapshotArn=self.snapshot_arn(name),
            ResourceId=resource_id,
            DBInstanceIdentifier=instance.DBInstanceIdentifier,
            DbiResourceId=instance.DbiResourceId,
            Origin=instance.DbiResourceId,
            Engine=instance.Engine,
            EngineVersion=instance.EngineVersion,
            SnapshotCreateTime=self.now,
            InstanceCreateTime=instance.InstanceCreateTime,
            MasterUsername=instance.Master.Username,
            Verifier=instance.Master.Verifier,
            DBName=instance.DBName,
            Port=instance.Port,
            Kept=instance.Kept,
            KmsKeyId=key.key_arn,
            DataKey=key.wrapped,
            Tags=with_tags(instance.Tags if instance.Kept.CopyTagsToSnapshot else (), tags),
        )
        self.keep(instance, BACKING_UP)
        work = partial(self.servers.back_up, instance.DbiResourceId, resource_id, key.plaintext)
        try:
            size = yield Outside(work)
        except Exception:
            self._available_again(instance)
            yield COMMIT
            raise
        self._available_again(instance)
        snapshot = replace(snapshot, Bytes=size)
        yield from self.keep_backup(snapshot)
        return snapshot

    def _available_again(self, instance: DBInstance) -> None:
        for held in self.named(instance.DBInstanceIdentifier):
            if isinstance(held, DBInstance) and held.DBInstanceStatus == BACKING_UP:
                self.keep(held, AVAILABLE)


class Snapshots(SnapshotService):
    """Make, show and delete snapshots."""

    def create_db_snapshot(
        self, DBSnapshotIdentifier: str, DBInstanceIdentifier: str, Tags: Sequence[Mapping[str, str]] = ()
    ) -> Steps:
        """Make a snapshot of an instance.

        Raises:
            DBInstanceNotFound: there is no such instance. InvalidDBInstanceState: it is not available.
            DBSnapshotAlreadyExists, InvalidParameterValue: the name is taken, or none.
            KMSKeyNotAccessibleFault: the instance's KMS key does not encrypt for this caller.
        """
        instance = self.find_instance(DBInstanceIdentifier)
        self.allow(self.snapshot_arn(DBSnapshotIdentifier))
        name = self.new_snapshot_name("DBSnapshotIdentifier", DBSnapshotIdentifier)
        if instance.DBClusterIdentifier:
            raise faults.InvalidParameterValue(
                "The specified instance is a member of a cluster and a snapshot cannot be created directly. "
                "Please use the CreateDBClusterSnapshot API instead."
            )
        self.check_available(instance)
        snapshot = yield from self.back_up(instance, name, Tags)
        return {"DBSnapshot": snapshot_answer(snapshot) | {"Status": CREATING, "PercentProgress": 0}}

    def describe_db_snapshots(
        self,
        DBInstanceIdentifier: str | None = None,
        DBSnapshotIdentifier: str | None = None,
        SnapshotType: str | None = None,
        MaxRecords: int = PAGE,
        Marker: str | None = None,
        IncludeShared: bool = False,
        IncludePublic: bool = False,
    ) -> dict[str, Any]:
        """One snapshot by its name or ARN, or all of an instance, of this account, or shared with it.

        Raises:
            DBSnapshotNotFound: there is none of this name. InvalidParameterValue: there is no such page.
        """
        if DBSnapshotIdentifier:
            return {"DBSnapshots": [snapshot_answer(self.find_snapshot(DBSnapshotIdentifier))]}
        self.allow(self.snapshot_arn("*"))
        found = [] if SnapshotType in (SHARED, PUBLIC, "automated") else list(self.tables.snapshots)
        wanted = {self.account} if IncludeShared or SnapshotType == SHARED else set[str]()
        wanted |= {ALL} if IncludePublic or SnapshotType == PUBLIC else set()
        found += self._shared_with(wanted) if wanted else []
        if DBInstanceIdentifier:
            found = [one for one in found if one.DBInstanceIdentifier == DBInstanceIdentifier.lower()]
        page, marker = self.page(found, "DBSnapshotArn", Marker, MaxRecords)
        return {"DBSnapshots": [snapshot_answer(one) for one in page], **marker}

    def delete_db_snapshot(self, DBSnapshotIdentifier: str) -> dict[str, Any]:
        """Delete a snapshot, and its bytes; DBSnapshotNotFound."""
        snapshot = self.find_own_snapshot(DBSnapshotIdentifier)
        self.tables.snapshots.delete(snapshot.DBSnapshotIdentifier)
        self.plan(
            f"forget {snapshot.ResourceId}", self.now, "_remove_backup", {"ResourceId": snapshot.ResourceId}
        )
        return {"DBSnapshot": snapshot_answer(snapshot) | {"Status": "deleted"}}

    def _remove_backup(self, ResourceId: str) -> Steps:
        """The bytes of a snapshot that was deleted."""
        servers = self.servers
        yield Outside(lambda: servers.remove_backup(ResourceId))
        return {}

    def _shared_with(self, whom: set[str]) -> list[DBSnapshot]:
        """The snapshots of other accounts, in this region, that are shared with one of these."""
        store = self.cloud.store
        return [
            snapshot
            for account, region in store.scopes(RdsTables)
            if region == self.region and account != self.account
            for snapshot in store.tables(RdsTables, account, region).snapshots
            if whom & set(snapshot.Shared)
        ]


def _sharing_policy(snapshot: DBSnapshot) -> str:
    """With whom a snapshot is shared, put as a policy of the snapshot's."""
    whom = ["*" if account == ALL else arn("iam", "", account, "root") for account in snapshot.Shared]
    allowed = {"Effect": "Allow", "Principal": {"AWS": whom}, "Action": "rds:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def not_found(identifier: str) -> Exception:
    """DBSnapshotNotFound."""
    return faults.DBSnapshotNotFoundFault(f"DBSnapshot {identifier} not found.")
