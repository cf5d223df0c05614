"""Multipart uploads, begun and ended: what is known of an object before all of its bytes are there.

An upload has one data key, under which each part is sealed for itself. To put a part S3 has to have that key
again, which is why who uploads in parts needs kms:Decrypt as well as kms:GenerateDataKey.
Source: S3 User Guide, "Uploading and copying objects using multipart upload in Amazon S3"; API Reference,
"CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload".
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import md5
from typing import Any

from labkit.cloud.core.faults import not_built
from labkit.cloud.services.s3 import checksums, encryption
from labkit.cloud.services.s3.model import StoredPart, Upload, UploadedPart, Version, upload_key
from labkit.cloud.services.s3.names import fault, faults
from labkit.cloud.services.s3.pending import Pending
from labkit.cloud.services.s3.preconditions import check_writing
from labkit.cloud.services.s3.settings import SCHEMA
from labkit.cloud.services.s3.versions import version_told
from labkit.crypto.randomness import random_bytes
from labkit.records import replace

SMALLEST = 5 * 1024 * 1024
UPLOAD_ID_BYTES = 48


class Uploads(Pending):
    """Begin, complete and abort uploads in parts."""

    def create_multipart_upload(
        self,
        Bucket: str,
        Key: str,
        ACL: str | None = None,
        CacheControl: str | None = None,
        ContentDisposition: str | None = None,
        ContentEncoding: str | None = None,
        ContentLanguage: str | None = None,
        ContentType: str | None = None,
        Expires: datetime | None = None,
        GrantFullControl: str | None = None,
        GrantRead: str | None = None,
        GrantReadACP: str | None = None,
        GrantWriteACP: str | None = None,
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
        ChecksumAlgorithm: str | None = None,
        ChecksumType: str | None = None,
    ) -> dict[str, Any]:
        """Begin an upload: all that is known of the object but its bytes.

        Raises:
            What PutObject raises before it takes bytes.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        tags = self.allow_writing(bucket, Key, Tagging)
        algorithm = checksums.algorithm_in(self.call.parameters)
        if algorithm == "CRC64NVME" or ChecksumType == checksums.FULL_OBJECT:
            raise not_built("s3", "CreateMultipartUpload with a checksum of the full object")
        kept, _ = self.new_keys(bucket, Key, self.wanted(bucket))
        kind = checksums.COMPOSITE if algorithm else ""
        object_to_be = replace(
            self.described(bucket, Key, self.call.parameters),
            Tags=tags,
            Uploaded=True,
            Encryption=kept,
            ChecksumAlgorithm=algorithm,
            ChecksumType=kind,
        )
        upload_id = base64.urlsafe_b64encode(random_bytes(UPLOAD_ID_BYTES)).decode().replace("-", ".")
        self.tables.uploads.put(Upload(upload_key(Bucket, Key, upload_id), upload_id, object_to_be))
        return {
            "Bucket": Bucket,
            "Key": Key,
            "UploadId": upload_id,
            "ChecksumAlgorithm": algorithm or None,
            "ChecksumType": kind or None,
            **encryption.told(kept),
        }

    def complete_multipart_upload(
        self,
        Bucket: str,
        Key: str,
        UploadId: str,
        MultipartUpload: Mapping[str, Any] = {},
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
        ChecksumType: str | None = None,
        MpuObjectSize: int | None = None,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
        IfMatch: str | None = None,
        IfNoneMatch: str | None = None,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
    ) -> dict[str, Any]:
        """Make the parts that are listed, in their order, one object; parts that are not listed are gone.

        Raises:
            NoSuchUpload, MalformedXML, InvalidPart, InvalidPartOrder, EntityTooSmall, PreconditionFailed.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_object(bucket, Key, "s3:PutObject")
        upload = self.find_upload(bucket, Key, UploadId)
        check_writing(Key, self.current(bucket, Key), IfMatch, IfNoneMatch)
        there = {part.PartNumber: part for part in self.parts_of(upload)}
        parts = _chosen(MultipartUpload.get("Parts", ()), there)
        size = sum(part.Size for part in parts)
        if MpuObjectSize not in (None, size):
            raise faults.InvalidRequest(
                "The provided 'x-amz-mp-object-size' header value does not match the size"
            )
        version = self.add_version(bucket, _whole(upload.Object, parts, size, self.now))
        self.forget_upload(upload, {part.Blob for part in parts})
        assert version.Encryption is not None
        return {
            "Location": f"{self.call.request.scheme}://{Bucket}.s3.{bucket.Region}.amazonaws.com/{Key}",
            "Bucket": Bucket,
            "Key": Key,
            "ETag": f'"{version.ETag}"',
            **checksums.told(version.ChecksumAlgorithm, version.Checksum, version.ChecksumType),
            **version_told(bucket, version),
            **{
                name: value
                for name, value in encryption.told(version.Encryption).items()
                if "Customer" not in name
            },
        }

    def abort_multipart_upload(
        self,
        Bucket: str,
        Key: str,
        UploadId: str,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
        IfMatchInitiatedTime: datetime | None = None,
    ) -> dict[str, Any]:
        """End an upload with nothing to show for it. NoSuchUpload."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_object(bucket, Key, "s3:AbortMultipartUpload")
        self.refuse_unbuilt("IfMatchInitiatedTime")
        self.forget_upload(self.find_upload(bucket, Key, UploadId))
        return {}


def _chosen(listed: Sequence[Mapping[str, Any]], there: Mapping[int, UploadedPart]) -> tuple[StoredPart, ...]:
    if not listed:
        raise fault("MalformedXML", 400, SCHEMA)
    numbers = [one["PartNumber"] for one in listed]
    if numbers != sorted(set(numbers)):
        raise fault(
            "InvalidPartOrder",
            400,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        )
    found = []
    for one in listed:
        part = there.get(one["PartNumber"])
        if part is None or one.get("ETag", "").strip('"') != part.Part.ETag:
            raise fault(
                "InvalidPart",
                400,
                "One or more of the specified parts could not be found.  The part may not have been "
                "uploaded, or the specified entity tag may not match the part's entity tag.",
                PartNumber=one["PartNumber"],
                ETag=one.get("ETag", ""),
            )
        found.append(part.Part)
    for number, part_of in zip(numbers[:-1], found[:-1], strict=True):
        if part_of.Size < SMALLEST:
            raise fault(
                "EntityTooSmall",
                400,
                "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=part_of.Size,
                MinSizeAllowed=SMALLEST,
                PartNumber=number,
                ETag=part_of.ETag,
            )
    return tuple(found)


def _whole(draft: Version, parts: tuple[StoredPart, ...], size: int, now: datetime) -> Version:
    """The object: its ETag is the MD5 of its parts' MD5s, and how many they are."""
    digest = md5(b"".join(bytes.fromhex(part.ETag) for part in parts), usedforsecurity=False)
    made = replace(draft, Parts=parts, Size=size, LastModified=now, ETag=f"{digest.hexdigest()}-{len(parts)}")
    algorithm = draft.ChecksumAlgorithm
    if not algorithm or not all(part.Checksum for part in parts):
        return replace(made, ChecksumAlgorithm="", ChecksumType="")
    of_all = checksums.ALGORITHMS[algorithm]()
    of_all.update(b"".join(base64.b64decode(part.Checksum) for part in parts))
    return replace(made, Checksum=f"{base64.b64encode(of_all.digest()).decode()}-{len(parts)}")
