"""Lists of objects: a thousand at a time, in the order of their keys, with folders that do not exist.

S3 has no folders. A list with a delimiter folds all keys that share what stands before it, after the prefix,
into one entry; each fold is one jump in the table, however many keys are in it.
Source: S3 API Reference, "ListObjectsV2", "ListObjects", "ListObjectVersions".
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.services.s3.acls import owner_of
from labkit.cloud.services.s3.model import Bucket, Version, number_of, object_id, version_key
from labkit.cloud.services.s3.names import invalid
from labkit.cloud.services.s3.versions import Versions

PAGE = 1000
URL = "url"
BEHIND_ALL = "\U0010ffff"


class Listed(NamedTuple):
    """One entry of a list: a key, or, without a version, what many keys begin with."""

    name: str
    version: Version | None


class Listing(Versions):
    """List objects."""

    def list_objects_v2(
        self,
        Bucket: str,
        Delimiter: str | None = None,
        EncodingType: str | None = None,
        MaxKeys: int = PAGE,
        Prefix: str | None = None,
        ContinuationToken: str | None = None,
        FetchOwner: bool = False,
        StartAfter: str | None = None,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
        OptionalObjectAttributes: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Objects that can be seen. NoSuchBucket, AccessDenied, InvalidArgument."""
        bucket = self._bucket_to_list(Bucket, ExpectedBucketOwner)
        try:
            after = read_marker(ContinuationToken) if ContinuationToken else StartAfter
        except BadMarkerError:
            raise invalid(
                "The continuation token provided is incorrect", ArgumentName="continuation-token"
            ) from None
        page, more = self._page(self._current(bucket, Prefix, Delimiter, after), MaxKeys)
        write = spelling(EncodingType)
        return {
            "Name": Bucket,
            "Prefix": write(Prefix or ""),
            "Delimiter": write(Delimiter) if Delimiter else None,
            "MaxKeys": min(MaxKeys, PAGE),
            "KeyCount": len(page),
            "StartAfter": write(StartAfter) if StartAfter else None,
            "ContinuationToken": ContinuationToken,
            "NextContinuationToken": make_marker(page[-1].name) if more else None,
            "IsTruncated": more,
            "EncodingType": EncodingType,
            **_entries(page, write, bucket.Account if FetchOwner else ""),
        }

    def list_objects(
        self,
        Bucket: str,
        Delimiter: str | None = None,
        EncodingType: str | None = None,
        Marker: str | None = None,
        MaxKeys: int = PAGE,
        Prefix: str | None = None,
        RequestPayer: str | None = None,
        ExpectedBucketOwner: str | None = None,
        OptionalObjectAttributes: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The older list, whose pages go on behind a key. NoSuchBucket, AccessDenied, InvalidArgument."""
        bucket = self._bucket_to_list(Bucket, ExpectedBucketOwner)
        page, more = self._page(self._current(bucket, Prefix, Delimiter, Marker), MaxKeys)
        write = spelling(EncodingType)
        return {
            "Name": Bucket,
            "Prefix": write(Prefix or ""),
            "Marker": write(Marker or ""),
            "Delimiter": write(Delimiter) if Delimiter else None,
            "MaxKeys": min(MaxKeys, PAGE),
            "NextMarker": write(page[-1].name) if more and Delimiter else None,
            "IsTruncated": more,
            "EncodingType": EncodingType,
            **_entries(page, write, bucket.Account),
        }

    def list_object_versions(
        self,
        Bucket: str,
        Delimiter: str | None = None,
        EncodingType: str | None = None,
        KeyMarker: str | None = None,
        MaxKeys: int = PAGE,
        Prefix: str | None = None,
        VersionIdMarker: str | None = None,
        ExpectedBucketOwner: str | None = None,
        RequestPayer: str | None = None,
        OptionalObjectAttributes: Sequence[str] = (),
    ) -> dict[str, Any]:
        """All versions and delete markers, of a key the newest first. NoSuchBucket, InvalidArgument."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:ListBucketVersions")
        if VersionIdMarker and not KeyMarker:
            raise invalid("A version-id marker cannot be specified without a key marker.")
        start = self._start(bucket, KeyMarker, VersionIdMarker, Prefix or "", Delimiter)
        page, more = self._page(self._all(bucket, Prefix, Delimiter, start), MaxKeys)
        write = spelling(EncodingType)
        found = [one.version for one in page if one.version is not None]
        last = page[-1] if more else None
        return {
            "Name": Bucket,
            "Prefix": write(Prefix or ""),
            "Delimiter": write(Delimiter) if Delimiter else None,
            "KeyMarker": write(KeyMarker or ""),
            "VersionIdMarker": VersionIdMarker or "",
            "NextKeyMarker": write(last.name) if last else None,
            "NextVersionIdMarker": last.version.VersionId if last and last.version else None,
            "MaxKeys": min(MaxKeys, PAGE),
            "IsTruncated": more,
            "EncodingType": EncodingType,
            "Versions": [self._version(bucket, one, write) for one in found if not one.DeleteMarker],
            "DeleteMarkers": [self._marker(bucket, one, write) for one in found if one.DeleteMarker],
            "CommonPrefixes": [{"Prefix": write(one.name)} for one in page if one.version is None],
        }

    def _bucket_to_list(self, name: str, owner: str | None) -> Bucket:
        bucket = self.find_bucket(name, owner)
        self.allow_bucket(bucket, "s3:ListBucket")
        return bucket

    def _page(self, entries: Iterator[Listed], most: int) -> tuple[list[Listed], bool]:
        if most < 0:
            raise invalid(
                "Argument maxKeys must be an integer between 0 and 2147483647",
                ArgumentName="max-keys",
                ArgumentValue=most,
            )
        page: list[Listed] = []
        for entry in entries if most else ():
            if len(page) == min(most, PAGE):
                return page, True
            page.append(entry)
        return page, False

    def _current(
        self, bucket: Bucket, prefix: str | None, delimiter: str | None, after: str | None
    ) -> Iterator[Listed]:
        start = object_id(bucket.Name, "")
        position = None if after is None else start + _behind(after, prefix or "", delimiter)
        while True:
            for one in self.tables.current.beginning(start + (prefix or ""), position):
                key = one.Id[len(start) :]
                if folded := folded_into(key, prefix or "", delimiter):
                    yield Listed(folded, None)
                    position = start + folded + BEHIND_ALL
                    break
                yield Listed(key, self.tables.versions.get(one.Version))
            else:
                return

    def _all(
        self, bucket: Bucket, prefix: str | None, delimiter: str | None, start_at: str | None
    ) -> Iterator[Listed]:
        start, position = object_id(bucket.Name, ""), start_at
        while True:
            for one in self.tables.versions.beginning(start + (prefix or ""), position):
                if folded := folded_into(one.Key, prefix or "", delimiter):
                    yield Listed(folded, None)
                    position = start + folded + BEHIND_ALL
                    break
                yield Listed(one.Key, one)
            else:
                return

    def _start(
        self, bucket: Bucket, key: str | None, version_id: str | None, prefix: str, delimiter: str | None
    ) -> str | None:
        if not key:
            return None
        if (behind := _behind(key, prefix, delimiter)) != key:
            return object_id(bucket.Name, behind)
        version = self.find_version(bucket, key, version_id) if version_id else None
        return version.Id if version else version_key(bucket.Name, key) + BEHIND_ALL

    def _version(self, bucket: Bucket, version: Version, write: Callable[[str], str]) -> dict[str, Any]:
        return {
            **_described(version, write),
            "VersionId": version.VersionId,
            "IsLatest": self._is_latest(bucket, version),
            "Owner": owner_of(bucket.Account),
        }

    def _marker(self, bucket: Bucket, version: Version, write: Callable[[str], str]) -> dict[str, Any]:
        return {
            "Owner": owner_of(bucket.Account),
            "Key": write(version.Key),
            "VersionId": version.VersionId,
            "IsLatest": self._is_latest(bucket, version),
            "LastModified": version.LastModified,
        }

    def _is_latest(self, bucket: Bucket, version: Version) -> bool:
        newest = next(self.versions(bucket, version.Key))
        return number_of(newest) == number_of(version)


def folded_into(key: str, prefix: str, delimiter: str | None) -> str:
    """What `key` is folded into: it up to the first delimiter behind the prefix; "" if it has none."""
    if not delimiter:
        return ""
    head, found, _ = key[len(prefix) :].partition(delimiter)
    return prefix + head + found if found else ""


def _behind(after: str, prefix: str, delimiter: str | None) -> str:
    """Where a list goes on behind `after`: behind the whole fold, if that is what it was."""
    folded = after.startswith(prefix) and folded_into(after, prefix, delimiter)
    return after + BEHIND_ALL if folded == after else after


def spelling(encoding: str | None) -> Callable[[str], str]:
    """How keys are written: percent-encoded if the caller wants it, as XML can't say every character."""
    if encoding not in (None, URL):
        raise invalid(
            "Invalid Encoding Method specified in Request",
            ArgumentName="encoding-type",
            ArgumentValue=encoding,
        )
    return (lambda key: quote_plus(key, safe="/")) if encoding else str


def _entries(page: list[Listed], write: Callable[[str], str], owner: str) -> dict[str, Any]:
    owned = {"Owner": owner_of(owner)} if owner else {}
    return {
        "Contents": [{**_described(one.version, write), **owned} for one in page if one.version is not None],
        "CommonPrefixes": [{"Prefix": write(one.name)} for one in page if one.version is None],
    }


def _described(version: Version, write: Callable[[str], str]) -> dict[str, Any]:
    return {
        "Key": write(version.Key),
        "LastModified": version.LastModified,
        "ETag": f'"{version.ETag}"',
        "ChecksumAlgorithm": [version.ChecksumAlgorithm] if version.ChecksumAlgorithm else None,
        "ChecksumType": version.ChecksumType or None,
        "Size": version.Size,
        "StorageClass": version.StorageClass,
    }
