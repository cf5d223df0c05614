"""The source of a copy: another object, which the caller must be allowed to read, as a stream of its bytes.

Source: S3 API Reference, "CopyObject", "UploadPartCopy" ("x-amz-copy-source").
"""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from labkit.cloud.services.s3 import contents, encryption
from labkit.cloud.services.s3.finding import Finding
from labkit.cloud.services.s3.model import Bucket, Version
from labkit.cloud.services.s3.names import invalid, no_such_key
from labkit.cloud.services.s3.preconditions import check_reading
from labkit.cloud.services.s3.ranges import stretch_of
from labkit.cloud.services.s3.storing import Storing

WHOLE_AT_MOST = 5 * 1024**3


class Source(NamedTuple):
    """An object to be copied, and the stretch of its bytes that is wanted."""

    bucket: Bucket
    version: Version
    size: int
    pieces: Iterator[bytes]


class Sources(Storing, Finding):
    """Opening what is to be copied."""

    def open_source(self, CopySource: str, ExpectedSourceBucketOwner: str | None, header: str = "") -> Source:
        """The object that `CopySource` names ("bucket/key", percent-encoded), and its bytes in clear.

        `header` is a range, such as "bytes=0-99". `tables` are the source's afterwards.

        Raises:
            What GetObject raises; PreconditionFailed for the source's own conditions.
            InvalidArgument, InvalidRequest: the source is not named, or too long for one copy.
        """
        path, _, query = CopySource.removeprefix("/").partition("?versionId=")
        name, slash, key = unquote(path).partition("/")
        if not slash or not key:
            raise invalid("Invalid copy source object key", ArgumentName="x-amz-copy-source")
        bucket = self.find_bucket(name, ExpectedSourceBucketOwner, anywhere=True)
        version = self.find_readable(bucket, key, query or None)
        check_reading(version, self.call.parameters, "CopySourceIf")
        customer_key = encryption.customer_key_in(self.call.parameters, "CopySource")
        keys = self.open_keys(bucket, key, self.readable(version, customer_key), customer_key)
        first, end = stretch_of(header, version.Size) or (0, version.Size)
        if end - first > WHOLE_AT_MOST:
            raise invalid(
                "The specified copy source is larger than the maximum allowable size for a copy source"
            )
        pieces = contents.read(self.cloud.blobs, keys, version.Parts, first, end)
        return Source(bucket, version, end - first, _while_there(pieces, key))


def _while_there(pieces: Iterator[bytes], key: str) -> Iterator[bytes]:
    """The same pieces; NoSuchKey if somebody deletes the object while they are read."""
    try:
        yield from pieces
    except FileNotFoundError:
        raise no_such_key(key) from None
