"""Tags of objects, apart from the objects themselves.

Source: S3 API Reference, "PutObjectTagging", "GetObjectTagging", "DeleteObjectTagging".
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.services.s3.acls import owner_may_all
from labkit.cloud.services.s3.finding import Finding
from labkit.cloud.services.s3.tags import MOST_OF_OBJECT, read_tags, tag_set
from labkit.cloud.services.s3.versions import version_told
from labkit.records import replace


class Tagging(Finding):
    """Tag objects. Each call raises NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied."""

    def put_object_tagging(
        self,
        Bucket: str,
        Key: str,
        Tagging: Mapping[str, Any],
        VersionId: str | None = None,
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ExpectedBucketOwner: str | None = None,
        RequestPayer: str | None = None,
    ) -> dict[str, Any]:
        """Replace an object's tags. InvalidTag."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        version = self.find_readable(bucket, Key, VersionId, "Tagging", "Put")
        self.tables.versions.put(replace(version, Tags=read_tags(Tagging["TagSet"], MOST_OF_OBJECT)))
        return version_told(bucket, version)

    def get_object_tagging(
        self,
        Bucket: str,
        Key: str,
        VersionId: str | None = None,
        ExpectedBucketOwner: str | None = None,
        RequestPayer: str | None = None,
    ) -> dict[str, Any]:
        """An object's tags, which may be none."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        version = self.find_readable(bucket, Key, VersionId, "Tagging")
        return {"TagSet": tag_set(version.Tags), **version_told(bucket, version)}

    def delete_object_tagging(
        self, Bucket: str, Key: str, VersionId: str | None = None, ExpectedBucketOwner: str | None = None
    ) -> dict[str, Any]:
        """Take all tags off."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        version = self.find_readable(bucket, Key, VersionId, "Tagging", "Delete")
        self.tables.versions.put(replace(version, Tags=()))
        return version_told(bucket, version)

    def get_object_acl(
        self,
        Bucket: str,
        Key: str,
        VersionId: str | None = None,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> dict[str, Any]:
        """An object's access control list, which says that the bucket's owner may do everything."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.find_readable(bucket, Key, VersionId, "Acl")
        return owner_may_all(bucket.Account)
