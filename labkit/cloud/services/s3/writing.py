"""PutObject: bytes come in, are measured and sealed as they pass, and become the newest version of an object.

Source: S3 API Reference, "PutObject".
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from labkit.cloud.core.outside import Steps
from labkit.cloud.protocols.bodies import Body
from labkit.cloud.services.s3 import checksums, encryption
from labkit.cloud.services.s3.storing import Storing
from labkit.cloud.services.s3.versions import version_told
from labkit.records import replace


class Writing(Storing):
    """Put objects."""

    def put_object(
        self,
        Bucket: str,
        Key: str,
        ACL: str | None = None,
        Body: Body | None = None,
        CacheControl: str | None = None,
        ContentDisposition: str | None = None,
        ContentEncoding: str | None = None,
        ContentLanguage: str | None = None,
        ContentLength: int | None = None,
        ContentMD5: str | None = None,
        ContentType: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ChecksumCRC32: str | None = None,
        ChecksumCRC32C: str | None = None,
        ChecksumCRC64NVME: str | None = None,
        ChecksumSHA1: str | None = None,
        ChecksumSHA256: str | None = None,
        ChecksumSHA512: str | None = None,
        ChecksumMD5: str | None = None,
        ChecksumXXHASH64: str | None = None,
        ChecksumXXHASH3: str | None = None,
        ChecksumXXHASH128: str | None = None,
        Expires: datetime | None = None,
        IfMatch: str | None = None,
        IfNoneMatch: str | None = None,
        GrantFullControl: str | None = None,
        GrantRead: str | None = None,
        GrantReadACP: str | None = None,
        GrantWriteACP: str | None = None,
        WriteOffsetBytes: int | None = None,
        Metadata: Mapping[str, str] = {},
        ServerSideEncryption: str | None = None,
        StorageClass: str = "STANDARD",
        WebsiteRedirectLocation: str | None = None,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
        SSEKMSKeyId: str | None = None,
        SSEKMSEncryptionContext: str | None = None,
        BucketKeyEnabled: bool | None = None,
        RequestPayer: str | None = None,
        Tagging: str | None = None,
        ObjectLockMode: str | None = None,
        ObjectLockRetainUntilDate: datetime | None = None,
        ObjectLockLegalHoldStatus: str | None = None,
        ObjectLockEventHold: str | None = None,
        ObjectLockEventHoldDurationDays: int | None = None,
        ObjectLockEventHoldDurationYears: int | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> Steps:
        """Keep an object, in place of the one that had its key or on top of it. A long one is sealed outside
        the lab; who was quicker with the same key, or took the bucket away, has come first.

        Raises:
            NoSuchBucket, AccessDenied.
            BadDigest, InvalidDigest: the bytes are not those that were announced.
            PreconditionFailed: another object is there than the caller thinks.
            The errors of `encryption.wanted` and of `Keys.new_keys`.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        asked = self.call.parameters
        tags = self.allow_writing(bucket, Key, Tagging)
        self.refuse_unbuilt("WriteOffsetBytes")
        find = partial(self.find_writable, Bucket, Key, ExpectedBucketOwner, IfMatch, IfNoneMatch)
        bucket = find()
        algorithm = checksums.algorithm_in(asked)
        kept, keys = self.new_keys(bucket, Key, self.wanted(bucket))
        work = partial(self.keep, keys, algorithm, kept, Body.pieces() if Body else ())
        part, bucket = yield from self.sealed(work, Body.size if Body else 0, bucket, find)
        version = self.add_version(
            bucket,
            replace(
                self.described(bucket, Key, asked),
                Tags=tags,
                Size=part.Size,
                ETag=part.ETag,
                Parts=(part,),
                Encryption=kept,
                ChecksumAlgorithm=algorithm if part.Checksum else "",
                Checksum=part.Checksum,
                ChecksumType=checksums.FULL_OBJECT if part.Checksum else "",
            ),
        )
        return {
            "ETag": f'"{version.ETag}"',
            **checksums.told(algorithm, part.Checksum, checksums.FULL_OBJECT),
            **version_told(bucket, version),
            **encryption.told(kept),
        }
