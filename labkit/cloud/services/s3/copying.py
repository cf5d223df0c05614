"""CopyObject: bytes are decrypted where they are and encrypted anew where they go, with nobody looking on.

A copy is as encrypted as its own bucket or the request says, whatever its source was.
Source: S3 API Reference, "CopyObject"; User Guide, "Copying, moving, and renaming objects".
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from labkit.cloud.core.outside import Steps
from labkit.cloud.services.s3 import checksums, encryption
from labkit.cloud.services.s3.model import Version
from labkit.cloud.services.s3.names import faults
from labkit.cloud.services.s3.sources import Source, Sources
from labkit.cloud.services.s3.versions import version_told
from labkit.records import replace

REPLACE = "REPLACE"
ONTO_ITSELF = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the "
    "object's metadata, storage class, website redirect location or encryption attributes."
)
CHANGES = ("StorageClass", "ServerSideEncryption", "SSECustomerAlgorithm", "WebsiteRedirectLocation")


class Copying(Sources):
    """Copy objects."""

    def copy_object(
        self,
        Bucket: str,
        CopySource: str,
        Key: str,
        ACL: str | None = None,
        CacheControl: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ContentDisposition: str | None = None,
        ContentEncoding: str | None = None,
        ContentLanguage: str | None = None,
        ContentType: str | None = None,
        CopySourceIfMatch: str | None = None,
        CopySourceIfModifiedSince: datetime | None = None,
        CopySourceIfNoneMatch: str | None = None,
        CopySourceIfUnmodifiedSince: datetime | None = None,
        Expires: datetime | None = None,
        GrantFullControl: str | None = None,
        GrantRead: str | None = None,
        GrantReadACP: str | None = None,
        GrantWriteACP: str | None = None,
        IfMatch: str | None = None,
        IfNoneMatch: str | None = None,
        Metadata: Mapping[str, str] = {},
        MetadataDirective: str | None = None,
        TaggingDirective: str | None = None,
        AnnotationDirective: str | None = None,
        ServerSideEncryption: str | None = None,
        StorageClass: str = "STANDARD",
        WebsiteRedirectLocation: str | None = None,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
        SSEKMSKeyId: str | None = None,
        SSEKMSEncryptionContext: str | None = None,
        BucketKeyEnabled: bool | None = None,
        CopySourceSSECustomerAlgorithm: str | None = None,
        CopySourceSSECustomerKey: str | None = None,
        CopySourceSSECustomerKeyMD5: str | None = None,
        RequestPayer: str | None = None,
        Tagging: str | None = None,
        ObjectLockMode: str | None = None,
        ObjectLockRetainUntilDate: datetime | None = None,
        ObjectLockLegalHoldStatus: str | None = None,
        ObjectLockEventHold: str | None = None,
        ObjectLockEventHoldDurationDays: int | None = None,
        ObjectLockEventHoldDurationYears: int | None = None,
        ExpectedBucketOwner: str | None = None,
        ExpectedSourceBucketOwner: str | None = None,
    ) -> Steps:
        """Copy an object of up to 5 GB, with its metadata and tags unless they are to be replaced. A long one
        is sealed outside the lab, as by PutObject.

        Raises:
            The errors of GetObject for the source, of PutObject for the copy.
            InvalidRequest: an object onto itself, with nothing changed.
        """
        source = self.open_source(CopySource, ExpectedSourceBucketOwner)
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        asked = self.call.parameters
        tags = self.allow_writing(bucket, Key, Tagging)
        if TaggingDirective != REPLACE:
            tags = source.version.Tags
        find = partial(self.find_writable, Bucket, Key, ExpectedBucketOwner, IfMatch, IfNoneMatch)
        bucket = find()
        if (source.version.Bucket, source.version.Key) == (Bucket, Key):
            changes = MetadataDirective == REPLACE or any(asked.get(name) for name in CHANGES)
            if not changes and "?versionId=" not in CopySource:
                raise faults.InvalidRequest(ONTO_ITSELF)
        algorithm = checksums.algorithm_in(asked) or source.version.ChecksumAlgorithm
        kept, keys = self.new_keys(bucket, Key, self.wanted(bucket))
        work = partial(self.keep, keys, algorithm, kept, source.pieces)
        part, bucket = yield from self.sealed(work, source.size, bucket, find)
        described = self.described(bucket, Key, asked)
        if MetadataDirective != REPLACE:
            described = replace(described, Headers=source.version.Headers, Metadata=source.version.Metadata)
        kind = checksums.FULL_OBJECT if part.Checksum else ""
        version = self.add_version(
            bucket,
            replace(
                described,
                Tags=tags,
                Size=part.Size,
                ETag=part.ETag,
                Parts=(part,),
                Encryption=kept,
                ChecksumAlgorithm=algorithm,
                Checksum=part.Checksum,
                ChecksumType=kind,
            ),
        )
        copied = {
            "ETag": f'"{version.ETag}"',
            "LastModified": version.LastModified,
            **checksums.told(algorithm, part.Checksum, kind),
        }
        return {
            "CopyObjectResult": copied,
            "CopySourceVersionId": source_version(source),
            **version_told(bucket, version),
            **encryption.told(kept),
        }


def source_version(source: Source) -> str | None:
    """The id of the version that was copied, if its bucket has versions."""
    found: Version = source.version
    return found.VersionId if source.bucket.Versioning else None
