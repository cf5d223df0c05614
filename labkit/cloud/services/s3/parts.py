"""Parts of an upload: each is measured and sealed when it comes, in whatever order they come.

Source: S3 API Reference, "UploadPart", "UploadPartCopy", "ListParts", "ListMultipartUploads"; User Guide,
"Amazon S3 multipart upload limits".
"""

from collections.abc import Callable, Generator, Iterable
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.protocols.bodies import Body
from labkit.cloud.services.s3 import checksums, encryption
from labkit.cloud.services.s3.acls import owner_of
from labkit.cloud.services.s3.copying import source_version
from labkit.cloud.services.s3.listing import BEHIND_ALL, folded_into, spelling
from labkit.cloud.services.s3.model import Bucket as S3Bucket
from labkit.cloud.services.s3.model import StoredPart, Upload, UploadedPart, object_id, part_key
from labkit.cloud.services.s3.names import invalid
from labkit.cloud.services.s3.pending import Pending

MOST_PARTS = 10_000
PAGE = 1000


class Parts(Pending):
    """Put parts, and see what is there."""

    def upload_part(
        self,
        Bucket: str,
        Key: str,
        PartNumber: int,
        UploadId: str,
        Body: Body | None = None,
        ContentLength: int | None = None,
        ContentMD5: str | None = None,
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
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> Steps:
        """Keep a part of an object, in place of the one that had its number.

        Raises:
            NoSuchUpload, InvalidArgument, BadDigest, InvalidDigest, and the errors of `Keys.open_keys`.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_object(bucket, Key, "s3:PutObject")
        upload = self.find_upload(bucket, Key, UploadId)
        pieces, size = (Body.pieces(), Body.size) if Body else ((), 0)
        part = yield from self._keep_part(bucket, upload, PartNumber, pieces, size)
        assert upload.Object.Encryption is not None
        return {
            "ETag": f'"{part.ETag}"',
            **_checksum_told(part),
            **encryption.told(upload.Object.Encryption),
        }

    def upload_part_copy(
        self,
        Bucket: str,
        CopySource: str,
        Key: str,
        PartNumber: int,
        UploadId: str,
        CopySourceIfMatch: str | None = None,
        CopySourceIfModifiedSince: datetime | None = None,
        CopySourceIfNoneMatch: str | None = None,
        CopySourceIfUnmodifiedSince: datetime | None = None,
        CopySourceRange: str | None = None,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
        CopySourceSSECustomerAlgorithm: str | None = None,
        CopySourceSSECustomerKey: str | None = None,
        CopySourceSSECustomerKeyMD5: str | None = None,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
        ExpectedSourceBucketOwner: str | None = None,
    ) -> Steps:
        """Keep a part whose bytes are a stretch of another object.

        Raises:
            The errors of UploadPart, and of GetObject for the source.
        """
        source = self.open_source(CopySource, ExpectedSourceBucketOwner, CopySourceRange or "")
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_object(bucket, Key, "s3:PutObject")
        upload = self.find_upload(bucket, Key, UploadId)
        part = yield from self._keep_part(bucket, upload, PartNumber, source.pieces, source.size)
        assert upload.Object.Encryption is not None
        return {
            "CopySourceVersionId": source_version(source),
            "CopyPartResult": {
                "ETag": f'"{part.ETag}"',
                "LastModified": self.now,
                **_checksum_told(part),
            },
            **encryption.told(upload.Object.Encryption),
        }

    def _keep_part(
        self, bucket: S3Bucket, upload: Upload, number: int, pieces: Iterable[bytes], size: int
    ) -> Generator[Outside, Any, StoredPart]:
        if not 1 <= number <= MOST_PARTS:
            raise invalid(
                f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive",
                ArgumentName="partNumber",
                ArgumentValue=number,
            )
        customer_key = encryption.customer_key_in(self.call.parameters)
        kept = self.readable(upload.Object, customer_key)
        keys = self.open_keys(bucket, upload.Object.Key, kept, customer_key)
        algorithm = checksums.algorithm_in(self.call.parameters) or upload.Object.ChecksumAlgorithm
        work = partial(self.keep, keys, algorithm, kept, pieces)
        find = partial(self.find_upload, bucket, upload.Object.Key, upload.UploadId)
        part, _ = yield from self.sealed(work, size, upload, find)
        name = part_key(upload.UploadId, number)
        if before := self.tables.parts.get(name):
            self.forget_blobs([before.Part.Blob])
        self.tables.parts.put(UploadedPart(name, number, self.now, part))
        return part

    def list_parts(
        self,
        Bucket: str,
        Key: str,
        UploadId: str,
        MaxParts: int = 1000,
        PartNumberMarker: int = 0,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
    ) -> dict[str, Any]:
        """The parts of an upload that are there, by their numbers. NoSuchUpload."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_object(bucket, Key, "s3:ListMultipartUploadParts")
        upload = self.find_upload(bucket, Key, UploadId)
        behind = (part for part in self.parts_of(upload) if part.PartNumber > PartNumberMarker)
        page = list(islice(behind, min(MaxParts, PAGE) + 1))
        shown = page[: min(MaxParts, PAGE)]
        algorithm = upload.Object.ChecksumAlgorithm
        return {
            "Bucket": Bucket,
            "Key": Key,
            "UploadId": UploadId,
            "PartNumberMarker": PartNumberMarker,
            "NextPartNumberMarker": shown[-1].PartNumber if shown else 0,
            "MaxParts": min(MaxParts, PAGE),
            "IsTruncated": len(page) > len(shown),
            "Parts": [
                {
                    "PartNumber": one.PartNumber,
                    "LastModified": one.LastModified,
                    "ETag": f'"{one.Part.ETag}"',
                    "Size": one.Part.Size,
                    **_checksum_told(one.Part),
                }
                for one in shown
            ],
            "Initiator": owner_of(bucket.Account),
            "Owner": owner_of(bucket.Account),
            "StorageClass": upload.Object.StorageClass,
            "ChecksumAlgorithm": algorithm or None,
            "ChecksumType": upload.Object.ChecksumType or None,
        }

    def list_multipart_uploads(
        self,
        Bucket: str,
        Delimiter: str | None = None,
        EncodingType: str | None = None,
        KeyMarker: str | None = None,
        MaxUploads: int = 1000,
        Prefix: str | None = None,
        UploadIdMarker: str | None = None,
        ExpectedBucketOwner: str | None = None,
        RequestPayer: str | None = None,
    ) -> dict[str, Any]:
        """The uploads of a bucket that are under way, in the order of their keys. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:ListBucketMultipartUploads")
        write, start = spelling(EncodingType), object_id(Bucket, "")
        marker = f"{start}{KeyMarker}\0{UploadIdMarker or BEHIND_ALL}" if KeyMarker else None
        shown: dict[str, Upload | None] = {}
        truncated = False
        for one in self.tables.uploads.beginning(start + (Prefix or ""), marker):
            folded = folded_into(one.Object.Key, Prefix or "", Delimiter)
            if (folded or one.Id) not in shown and len(shown) == min(MaxUploads, PAGE):
                truncated = True
                break
            shown[folded or one.Id] = None if folded else one
        uploads = [one for one in shown.values() if one is not None]
        last = uploads[-1] if truncated and uploads else None
        return {
            "Bucket": Bucket,
            "KeyMarker": write(KeyMarker or ""),
            "UploadIdMarker": UploadIdMarker or "",
            "NextKeyMarker": write(last.Object.Key) if last else None,
            "NextUploadIdMarker": last.UploadId if last else None,
            "Prefix": write(Prefix or ""),
            "Delimiter": write(Delimiter) if Delimiter else None,
            "MaxUploads": min(MaxUploads, PAGE),
            "IsTruncated": truncated,
            "Uploads": [_upload_told(bucket, one, write) for one in uploads],
            "CommonPrefixes": [{"Prefix": write(name)} for name, one in shown.items() if one is None],
            "EncodingType": EncodingType,
        }


def _checksum_told(part: StoredPart) -> dict[str, str]:
    return {f"Checksum{part.ChecksumAlgorithm}": part.Checksum} if part.Checksum else {}


def _upload_told(bucket: S3Bucket, upload: Upload, write: Callable[[str], str]) -> dict[str, Any]:
    return {
        "UploadId": upload.UploadId,
        "Key": write(upload.Object.Key),
        "Initiated": upload.Object.LastModified,
        "StorageClass": upload.Object.StorageClass,
        "Owner": owner_of(bucket.Account),
        "Initiator": owner_of(bucket.Account),
        "ChecksumAlgorithm": upload.Object.ChecksumAlgorithm or None,
        "ChecksumType": upload.Object.ChecksumType or None,
    }
