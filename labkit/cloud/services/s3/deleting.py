"""Deleting objects: for good, or, in a versioned bucket, by a marker that hides what is below it.

Source: S3 API Reference, "DeleteObject", "DeleteObjects"; User Guide, "Deleting object versions from a
versioning-enabled bucket".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.s3.model import Bucket, Version
from labkit.cloud.services.s3.names import fault
from labkit.cloud.services.s3.preconditions import check_writing
from labkit.cloud.services.s3.versions import Versions

MOST_AT_ONCE = 1000


class Deleting(Versions):
    """Delete objects."""

    def delete_object(
        self,
        Bucket: str,
        Key: str,
        MFA: str | None = None,
        VersionId: str | None = None,
        RequestPayer: str | None = None,
        BypassGovernanceRetention: bool = False,
        ExpectedBucketOwner: str | None = None,
        IfMatch: str | None = None,
        IfMatchLastModifiedTime: datetime | None = None,
        IfMatchSize: int | None = None,
    ) -> dict[str, Any]:
        """Delete an object; that it is not there is no error.

        Raises:
            NoSuchBucket, AccessDenied. PreconditionFailed: it is another than the caller thinks.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.refuse_unbuilt("IfMatchLastModifiedTime", "IfMatchSize")
        return self._delete(bucket, Key, VersionId, IfMatch)

    def delete_objects(
        self,
        Bucket: str,
        Delete: Mapping[str, Any],
        MFA: str | None = None,
        RequestPayer: str | None = None,
        BypassGovernanceRetention: bool = False,
        ExpectedBucketOwner: str | None = None,
        ChecksumAlgorithm: str | None = None,
    ) -> dict[str, Any]:
        """Delete up to 1000 objects; each is allowed or denied by itself. NoSuchBucket, MalformedXML."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        if not 0 < len(Delete["Objects"]) <= MOST_AT_ONCE:
            raise fault(
                "MalformedXML",
                400,
                "The XML you provided was not well-formed or did not validate against our published schema",
            )
        deleted, errors = [], []
        for one in Delete["Objects"]:
            named = {"Key": one["Key"], "VersionId": one.get("VersionId")}
            try:
                told = self._delete(bucket, one["Key"], one.get("VersionId"), one.get("ETag"))
            except AwsError as error:
                errors.append({**named, "Code": error.code, "Message": error.message})
                continue
            marker = told.get("DeleteMarker")
            deleted.append(
                {
                    **named,
                    "DeleteMarker": marker,
                    "DeleteMarkerVersionId": told.get("VersionId") if marker else None,
                }
            )
        return {"Deleted": None if Delete.get("Quiet") else deleted, "Errors": errors}

    def _delete(self, bucket: Bucket, key: str, version_id: str | None, etag: str | None) -> dict[str, Any]:
        self.allow_object(bucket, key, "s3:DeleteObjectVersion" if version_id else "s3:DeleteObject")
        check_writing(key, self.current(bucket, key), etag, None)
        if version_id:
            found = self.find_version(bucket, key, version_id)
            if found is not None:
                self.remove_version(bucket, found)
            marker = True if found and found.DeleteMarker else None
            return {"VersionId": version_id, "DeleteMarker": marker}
        if not bucket.Versioning:
            if there := self.current(bucket, key):
                self.remove_version(bucket, there)
            return {}
        added = self.add_version(bucket, Version("", bucket.Name, key, "", self.now, DeleteMarker=True))
        return {"VersionId": added.VersionId, "DeleteMarker": True}
