"""GetObject and HeadObject: an object's bytes, or what is known of it without them.

Source: S3 API Reference, "GetObject", "HeadObject", "GetObjectAttributes".
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from labkit.cloud.protocols.bodies import IN_MEMORY, Stream
from labkit.cloud.services.s3 import checksums, contents, encryption
from labkit.cloud.services.s3.finding import Finding
from labkit.cloud.services.s3.model import Bucket, Version
from labkit.cloud.services.s3.preconditions import check_reading
from labkit.cloud.services.s3.ranges import Stretch, stretch_of, stretch_of_part
from labkit.cloud.services.s3.versions import version_told

# What the reader may have answered in place of what the sender said, by the names of the parameters.
INSTEAD = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
)
ON = "ENABLED"


class Reading(Finding):
    """Get objects."""

    def get_object(
        self,
        Bucket: str,
        Key: str,
        IfMatch: str | None = None,
        IfModifiedSince: datetime | None = None,
        IfNoneMatch: str | None = None,
        IfUnmodifiedSince: datetime | None = None,
        Range: str | None = None,
        ResponseCacheControl: str | None = None,
        ResponseContentDisposition: str | None = None,
        ResponseContentEncoding: str | None = None,
        ResponseContentLanguage: str | None = None,
        ResponseContentType: str | None = None,
        ResponseExpires: datetime | None = None,
        VersionId: str | None = None,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
        RequestPayer: str | None = None,
        PartNumber: int | None = None,
        ExpectedBucketOwner: str | None = None,
        ChecksumMode: str | None = None,
    ) -> dict[str, Any]:
        """An object, or a stretch of it. A long one comes as a stream, which is decrypted while it goes out.

        Raises:
            NoSuchBucket, NoSuchKey, NoSuchVersion, AccessDenied.
            NotModified, PreconditionFailed, InvalidRange: see `preconditions` and `ranges`.
            The errors of `encryption.check_reading` and of `Keys.open_keys`.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        version = self.find_readable(bucket, Key, VersionId)
        stretch = self._stretch(version, Range, PartNumber)
        customer_key = encryption.customer_key_in(self.call.parameters)
        keys = self.open_keys(bucket, Key, self.readable(version, customer_key), customer_key)
        first, end = stretch or (0, version.Size)
        pieces = contents.read(self.cloud.blobs, keys, version.Parts, first, end)
        size = end - first
        body = Stream(size, contents.begun(pieces)) if size > IN_MEMORY else b"".join(pieces)
        return {"Body": body, **self._told(bucket, version, stretch, PartNumber, ChecksumMode)}

    def head_object(
        self,
        Bucket: str,
        Key: str,
        IfMatch: str | None = None,
        IfModifiedSince: datetime | None = None,
        IfNoneMatch: str | None = None,
        IfUnmodifiedSince: datetime | None = None,
        Range: str | None = None,
        ResponseCacheControl: str | None = None,
        ResponseContentDisposition: str | None = None,
        ResponseContentEncoding: str | None = None,
        ResponseContentLanguage: str | None = None,
        ResponseContentType: str | None = None,
        ResponseExpires: datetime | None = None,
        VersionId: str | None = None,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
        RequestPayer: str | None = None,
        PartNumber: int | None = None,
        ExpectedBucketOwner: str | None = None,
        ChecksumMode: str | None = None,
    ) -> dict[str, Any]:
        """What GetObject would say of an object, without its bytes, and so without its key."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        version = self.find_readable(bucket, Key, VersionId)
        stretch = self._stretch(version, Range, PartNumber)
        self.readable(version, encryption.customer_key_in(self.call.parameters))
        return self._told(bucket, version, stretch, PartNumber, ChecksumMode)

    def get_object_attributes(
        self,
        Bucket: str,
        Key: str,
        ObjectAttributes: Sequence[str],
        VersionId: str | None = None,
        MaxParts: int = 1000,
        PartNumberMarker: int = 0,
        SSECustomerAlgorithm: str | None = None,
        SSECustomerKey: str | None = None,
        SSECustomerKeyMD5: str | None = None,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> dict[str, Any]:
        """Those `ObjectAttributes` of an object: ETag, Checksum, ObjectParts, StorageClass, ObjectSize."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        version = self.find_readable(bucket, Key, VersionId)
        self.readable(version, encryption.customer_key_in(self.call.parameters))
        checksum = checksums.told(version.ChecksumAlgorithm, version.Checksum, version.ChecksumType)
        known = {
            "ETag": version.ETag,
            "Checksum": checksum or None,
            "ObjectParts": _parts_told(version, PartNumberMarker, MaxParts) if version.Uploaded else None,
            "StorageClass": version.StorageClass,
            "ObjectSize": version.Size,
        }
        return {
            "LastModified": version.LastModified,
            **version_told(bucket, version),
            **{name: value for name, value in known.items() if name in ObjectAttributes},
        }

    def _stretch(self, version: Version, header: str | None, part_number: int | None) -> Stretch | None:
        check_reading(version, self.call.parameters)
        if part_number is not None:
            return stretch_of_part(version.Parts, part_number)
        return stretch_of(header, version.Size)

    def _told(
        self,
        bucket: Bucket,
        version: Version,
        stretch: Stretch | None,
        part_number: int | None,
        checksum_mode: str | None,
    ) -> dict[str, Any]:
        assert version.Encryption is not None
        headers: dict[str, Any] = dict(version.Headers)
        if "Expires" in headers:
            headers["Expires"] = datetime.fromisoformat(headers["Expires"])
        instead = {name: self.call.parameters.get(f"Response{name}") for name in INSTEAD}
        headers |= {name: value for name, value in instead.items() if value}
        whole = stretch is None or stretch == (0, version.Size)
        with_checksum = checksum_mode == ON and whole
        return {
            "AcceptRanges": "bytes",
            "LastModified": version.LastModified,
            "ContentLength": version.Size if stretch is None else stretch.end - stretch.first,
            "ContentRange": stretch.header(version.Size) if stretch else None,
            "ETag": f'"{version.ETag}"',
            "Metadata": dict(version.Metadata),
            "StorageClass": None if version.StorageClass == "STANDARD" else version.StorageClass,
            "TagCount": len(version.Tags) or None,
            "PartsCount": len(version.Parts) if part_number and version.Uploaded else None,
            **headers,
            **version_told(bucket, version),
            **encryption.told(version.Encryption),
            **(
                checksums.told(version.ChecksumAlgorithm, version.Checksum, version.ChecksumType)
                if with_checksum
                else {}
            ),
        }


def _parts_told(version: Version, marker: int, most: int) -> dict[str, Any]:
    numbered = list(enumerate(version.Parts, start=1))
    shown = [(number, part) for number, part in numbered if number > marker][:most]
    last = shown[-1][0] if shown else marker
    listed = [
        {
            "PartNumber": number,
            "Size": part.Size,
            **({f"Checksum{part.ChecksumAlgorithm}": part.Checksum} if part.Checksum else {}),
        }
        for number, part in shown
    ]
    return {
        "TotalPartsCount": len(numbered),
        "PartNumberMarker": marker,
        "NextPartNumberMarker": last,
        "MaxParts": most,
        "IsTruncated": last < len(numbered),
        # S3 lists the parts of an object only if each has a checksum.
        "Parts": listed if version.ChecksumAlgorithm else None,
    }
