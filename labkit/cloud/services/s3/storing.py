"""What all calls have in common that make an object: may I, how is it encrypted, and where do its bytes go.

Source: S3 API Reference, "PutObject", "CopyObject", "CreateMultipartUpload".
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar

from labkit.cloud.core.outside import Outside
from labkit.cloud.policy.question import Facts
from labkit.cloud.protocols.bodies import IN_MEMORY
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.s3 import checksums, contents, encryption
from labkit.cloud.services.s3.acls import check_no_lists
from labkit.cloud.services.s3.keys import DataKeys, Keys
from labkit.cloud.services.s3.model import SSE_S3, Bucket, ObjectEncryption, Pairs, StoredPart, Version
from labkit.cloud.services.s3.names import check_key, fault
from labkit.cloud.services.s3.preconditions import check_writing
from labkit.cloud.services.s3.tags import read_tag_header
from labkit.cloud.services.s3.versions import Versions
from labkit.crypto.randomness import public_uuid

# What a sender says of an object for those who will read it.
HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "WebsiteRedirectLocation",
)
DEFAULT_TYPE = "binary/octet-stream"
LOCKS = (
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
    "ObjectLockEventHold",
    "ObjectLockEventHoldDurationDays",
    "ObjectLockEventHoldDurationYears",
)
METADATA_BYTES = 2048

T = TypeVar("T")


class Storing(Versions, Keys):
    """Making versions."""

    def allow_writing(self, bucket: Bucket, key: str, tagging: str | None) -> Pairs:
        """Go on only if the caller may put an object there; returns the tags that it brings.

        Raises:
            AccessDenied, KeyTooLongError, InvalidTag, AccessControlListNotSupported.
        """
        tags = read_tag_header(tagging)

        def told() -> Facts:
            return {f"s3:RequestObjectTag/{name}": value for name, value in tags} | (
                {"s3:RequestObjectTagKeys": tuple(name for name, _ in tags)} if tags else {}
            )

        self.allow_object(bucket, key, "s3:PutObject", told)
        if tags:
            self.allow_object(bucket, key, "s3:PutObjectTagging", told)
        check_key(key)
        check_no_lists(self.call.parameters)
        self.refuse_unbuilt(*LOCKS)
        return tags

    def find_writable(
        self, name: str, key: str, owner: str | None, if_match: str | None, if_none_match: str | None
    ) -> Bucket:
        """The bucket of this name and owner, if what it has under `key` now is what the caller thinks.

        Raises:
            NoSuchBucket, AccessDenied, PreconditionFailed.
        """
        bucket = self.find_bucket(name, owner)
        check_writing(key, self.current(bucket, key), if_match, if_none_match)
        return bucket

    def wanted(self, bucket: Bucket) -> encryption.Wanted:
        """The kind of encryption that this call asks for; see `encryption.wanted` for the errors."""
        return encryption.wanted(self.call.parameters, bucket.Encryption, self.call.request.scheme)

    def sealed(
        self, work: Callable[[], StoredPart], size: int, found: T, again: Callable[[], T]
    ) -> Generator[Outside, Any, tuple[StoredPart, T]]:
        """What `work` makes of `size` bytes, and what was `found` before.

        A long one is made outside the lab. What was found is then looked for `again`: whose error says that
        somebody else was quicker, and nothing is kept.
        """
        if size <= IN_MEMORY:
            return work(), found
        part = yield Outside(work)
        try:
            return part, again()
        except AwsError:
            self.cloud.blobs.delete(part.Blob)
            raise

    def keep(
        self, keys: DataKeys, algorithm: str, kept: ObjectEncryption, pieces: Iterable[bytes]
    ) -> StoredPart:
        """Seal bytes into a blob while they are measured. BadDigest, InvalidDigest."""
        meter = checksums.Meter(algorithm)
        name = contents.write(self.cloud.blobs, keys, meter.watch(pieces))
        measured = meter.result()
        try:
            checksums.check(measured, algorithm, self.call.parameters)
        except BaseException:
            self.cloud.blobs.delete(name)
            raise
        etag = measured.md5 if kept.Algorithm == SSE_S3 else public_uuid().replace("-", "")
        return StoredPart(name, measured.size, etag, measured.checksum, algorithm)

    def described(self, bucket: Bucket, key: str, asked: Mapping[str, Any]) -> Version:
        """A version with all that its sender says of it, and without bytes. MetadataTooLarge (400)."""
        metadata = tuple(sorted((asked.get("Metadata") or {}).items()))
        if sum(len(name.encode()) + len(value.encode()) for name, value in metadata) > METADATA_BYTES:
            raise fault(
                "MetadataTooLarge",
                400,
                "Your metadata headers exceed the maximum allowed metadata size",
                MaxSizeAllowed=METADATA_BYTES,
            )
        headers = {"ContentType": DEFAULT_TYPE} | {name: asked[name] for name in HEADERS if asked.get(name)}
        if expires := asked.get("Expires"):
            headers["Expires"] = expires.isoformat()
        storage_class = str(asked.get("StorageClass") or "STANDARD")
        return Version(
            Id="",
            Bucket=bucket.Name,
            Key=key,
            VersionId="",
            LastModified=self.now,
            StorageClass=storage_class,
            Headers=tuple(sorted(headers.items())),
            Metadata=metadata,
        )
