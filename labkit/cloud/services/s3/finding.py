"""Finding the version that a caller may read. Whether there is one is told only to who may list the bucket.

Source: S3 API Reference, "GetObject" ("Permissions"); User Guide, "Working with delete markers".
"""

from labkit.cloud.policy.question import Facts
from labkit.cloud.services.s3 import encryption
from labkit.cloud.services.s3.keys import Keys
from labkit.cloud.services.s3.model import Bucket, ObjectEncryption, Version
from labkit.cloud.services.s3.names import fault, no_such_key, no_such_version
from labkit.cloud.services.s3.versions import Versions


class Finding(Versions, Keys):
    """Looking for objects."""

    def find_readable(
        self, bucket: Bucket, key: str, version_id: str | None, suffix: str = "", verb: str = "Get"
    ) -> Version:
        """The version that `version_id` names, or else the current one, once the caller may read it.

        `verb` and `suffix` make the action: s3:GetObject, s3:GetObjectVersion, s3:PutObjectTagging, ...

        Raises:
            AccessDenied: the caller may not, or there is nothing and the caller may not know that.
            NoSuchKey, NoSuchVersion: there is none. MethodNotAllowed: it is a delete marker.
        """
        found = self.find_version(bucket, key, version_id) if version_id else self.current(bucket, key)
        action = f"s3:{verb}Object{'Version' if version_id else ''}{suffix}"
        self.allow_object(bucket, key, action, lambda: _existing_tags(found))
        if found is None:
            self.allow_bucket(bucket, "s3:ListBucketVersions" if version_id else "s3:ListBucket")
            if version_id:
                raise no_such_version(key, version_id)
            newest = next(self.versions(bucket, key), None)
            raise _deleted(key, newest) if newest else no_such_key(key)
        if found.DeleteMarker:
            raise fault(
                "MethodNotAllowed",
                405,
                "The specified method is not allowed against this resource.",
                Method=self.call.request.method,
                ResourceType="DeleteMarker",
            )
        return found

    def readable(self, version: Version, customer_key: bytes, scheme: str = "") -> ObjectEncryption:
        """How a version is encrypted, if this request can read it; see `encryption.check_reading`."""
        assert version.Encryption is not None
        encryption.check_reading(version.Encryption, customer_key, scheme or self.call.request.scheme)
        return version.Encryption


def _existing_tags(version: Version | None) -> Facts:
    return {f"s3:ExistingObjectTag/{key}": value for key, value in (version.Tags if version else ())}


def _deleted(key: str, marker: Version) -> Exception:
    error = no_such_key(key)
    error.headers = {"x-amz-delete-marker": "true", "x-amz-version-id": marker.VersionId}
    return error
