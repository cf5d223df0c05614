"""Objects of S3 as they lie on the disk: sealed, each under a data key, and that under another key."""

from typing import TYPE_CHECKING

from labkit.cloud.services.s3.model import S3Names, S3Tables, Version, object_id
from labkit.cloud.state.blobs import Blobs
from labkit.cloud.state.store import Store
from labkit.lens.frames import INTEGER, TEXT, TIME, YES_NO, frame
from labkit.lens.opened import Opened

if TYPE_CHECKING:
    import pandas as pd


def objects(store: Store, blobs: Blobs) -> "pd.DataFrame":
    """Every version of every object: how long it is, how long it lies on the disk, and which key opens it."""
    columns = {
        "account": TEXT,
        "region": TEXT,
        "Bucket": TEXT,
        "Key": TEXT,
        "VersionId": TEXT,
        "LastModified": TIME,
        "DeleteMarker": YES_NO,
        "Size": INTEGER,
        "StoredBytes": INTEGER,
        "ServerSideEncryption": TEXT,
        "BucketKey": YES_NO,
        "SSEKMSKeyId": TEXT,
    }
    return frame(
        columns,
        [
            (*scope, *_row(version, blobs))
            for scope in store.scopes(S3Tables)
            for version in store.tables(S3Tables, *scope).versions
        ],
    )


def _row(version: Version, blobs: Blobs) -> tuple[object, ...]:
    encryption = version.Encryption
    return (
        version.Bucket,
        version.Key,
        version.VersionId,
        version.LastModified,
        version.DeleteMarker,
        None if version.DeleteMarker else version.Size,
        None if version.DeleteMarker else sum(blobs.size(part.Blob) for part in version.Parts),
        encryption.Algorithm if encryption else None,
        bool(encryption and encryption.BucketKey),
        (encryption.KeyArn or None) if encryption else None,
    )


def stored_object(lab: Opened, bucket: str, key: str) -> bytes:
    """The bytes of an object as they lie on the disk, those of its parts one after the other.

    LookupError if there is no such object.
    """
    cloud = lab.cloud
    with lab.gateway.lock:
        named = cloud.store.tables(S3Names, "s3", "aws").names.get(bucket)
        tables = cloud.store.tables(S3Tables, named.Account, named.Region) if named else None
        current = tables.current.get(object_id(bucket, key)) if tables else None
        version = tables.versions.get(current.Version) if tables and current else None
        if version is None:
            raise LookupError(f"there is no object {key!r} in a bucket {bucket!r}")
        found = []
        for part in version.Parts:
            with cloud.blobs.open(part.Blob) as file:
                found.append(file.read())
    return b"".join(found)
