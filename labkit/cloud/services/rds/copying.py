"""CopyDBSnapshot: to another name, another key, another region, another account.

A copy is never just its file: the source is decrypted under its own data key, and encrypted again under a new
one, which a KMS key of the copy's region wraps. So the source's key is needed while the copy is made, and
never again. A snapshot under one region's key cannot be opened in another: hence the copy.
Source: RDS API Reference, "CopyDBSnapshot"; RDS User Guide, "Copying a DB snapshot".
"""

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import parse_qs, urlsplit

from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.services.rds.answers import snapshot_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.model import CREATING, DBSnapshot
from labkit.cloud.services.rds.names import new_resource_id
from labkit.cloud.services.rds.service import with_tags
from labkit.cloud.services.rds.snapshots import SnapshotService, not_found
from labkit.cloud.state.arns import Arn
from labkit.records import replace


class Copying(SnapshotService):
    """Copy snapshots."""

    def copy_db_snapshot(
        self,
        SourceDBSnapshotIdentifier: str,
        TargetDBSnapshotIdentifier: str,
        KmsKeyId: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
        CopyTags: bool = False,
        PreSignedUrl: str | None = None,
        SourceRegion: str | None = None,
    ) -> Steps:
        """Copy a snapshot into this account and region. A client makes PreSignedUrl of SourceRegion.

        Raises:
            DBSnapshotNotFound: there is no such snapshot. DBSnapshotAlreadyExists: the name is taken.
            InvalidParameterValue: a copy into another region or account needs a key of its own; or the
                presigned URL is not that of this copy.
            KMSKeyNotAccessibleFault: the key of the source does not decrypt for this caller, or that of the
                copy does not encrypt.
        """
        source = self.find_snapshot(SourceDBSnapshotIdentifier)
        self.allow(self.snapshot_arn(TargetDBSnapshotIdentifier))
        name = self.new_snapshot_name("TargetDBSnapshotIdentifier", TargetDBSnapshotIdentifier)
        origin = Arn.parse(source.DBSnapshotArn)
        assert origin is not None
        if PreSignedUrl is not None:
            _check_url(PreSignedUrl, source, origin.region)
        if source.DataKey and not KmsKeyId:
            if origin.region != self.region:
                raise faults.InvalidParameterValue(
                    "Must specify new KMS key for cross region encrypted snapshot copy."
                )
            if origin.account != self.account:
                raise faults.InvalidParameterValue(
                    "Must specify new KMS key to copy an encrypted snapshot that is shared from another "
                    "account."
                )
        resource_id = new_resource_id("snapshot")
        opened = self.open_key(source, source=True)
        key = self.new_key(KmsKeyId or source.KmsKeyId, resource_id, "target")
        try:
            size = yield Outside(
                partial(self.servers.copy_backup, source.ResourceId, opened, resource_id, key.plaintext)
            )
        except FileNotFoundError:  # it was deleted meanwhile
            raise not_found(SourceDBSnapshotIdentifier) from None
        elsewhere = origin.region != self.region
        copy = replace(
            source,
            DBSnapshotIdentifier=name,
            DBSnapshotArn=self.snapshot_arn(name),
            ResourceId=resource_id,
            SnapshotCreateTime=self.now,
            KmsKeyId=key.key_arn,
            DataKey=key.wrapped,
            Bytes=size,
            SourceDBSnapshotIdentifier=source.DBSnapshotArn,
            SourceRegion=origin.region if elsewhere else "",
            Shared=(),
            Tags=with_tags(source.Tags if CopyTags and not Tags else (), Tags),
        )
        yield from self.keep_backup(copy)
        return {"DBSnapshot": snapshot_answer(copy) | {"Status": CREATING, "PercentProgress": 0}}


def _check_url(url: str, source: DBSnapshot, region: str) -> None:
    """Go on only if a presigned URL asks the source's region for this very copy; InvalidParameterValue.

    What it says is checked, and not its signature.
    """
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    named = asked.get("SourceDBSnapshotIdentifier", "")
    fits = (
        asked.get("Action") == "CopyDBSnapshot"
        and f".{region}." in f".{parts.hostname}."
        and named in (source.DBSnapshotArn, source.DBSnapshotIdentifier)
        and "X-Amz-Signature" in asked
    )
    if not fits:
        raise faults.InvalidParameterValue("PreSignedurl could not be authenticated")
