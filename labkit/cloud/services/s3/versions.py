"""Versions of objects: which one a new one replaces, and which is seen afterwards.

    never versioned    a new object takes the place of the old one, whose bytes are gone
    Enabled            each gets an id of its own; a deletion only puts a marker on top
    Suspended          new ones have the id "null", and take the place of what had it; the others stay

Source: S3 User Guide, "Retaining multiple versions of objects with S3 Versioning".
"""

import base64
from collections.abc import Iterator
from typing import Any

from labkit.cloud.services.s3.model import (
    ENABLED,
    NULL,
    Bucket,
    Current,
    Version,
    number_of,
    object_id,
    version_key,
)
from labkit.cloud.services.s3.service import S3Service
from labkit.crypto.randomness import random_bytes
from labkit.records import replace

VERSION_ID_BYTES = 24


class Versions(S3Service):
    """Putting versions on top of each other, and taking them away."""

    def versions(self, bucket: Bucket, key: str) -> Iterator[Version]:
        """All versions of an object, the newest first, markers among them."""
        return self.tables.versions.beginning(version_key(bucket.Name, key))

    def find_version(self, bucket: Bucket, key: str, version_id: str) -> Version | None:
        """A version by its id."""
        found = self.tables.versions.having("named", (object_id(bucket.Name, key), version_id))
        return found[0] if found else None

    def add_version(self, bucket: Bucket, version: Version) -> Version:
        """Put `version`, whose Id and VersionId are still to be given, on top of what there is."""
        newest = next(self.versions(bucket, version.Key), None)
        number = number_of(newest) + 1 if newest else 1
        version_id = NULL
        if bucket.Versioning == ENABLED:
            version_id = base64.b32encode(random_bytes(VERSION_ID_BYTES)).decode().rstrip("=")
        elif newest and (old := self.find_version(bucket, version.Key, NULL)):
            self._drop(old)
        added = replace(version, Id=version_key(bucket.Name, version.Key, number), VersionId=version_id)
        self.tables.versions.put(added)
        self._show(bucket, added)
        return added

    def remove_version(self, bucket: Bucket, version: Version) -> None:
        """Take one version away for good; the one below it comes to light."""
        self._drop(version)
        self._show(bucket, next(self.versions(bucket, version.Key), None), version.Key)

    def _show(self, bucket: Bucket, newest: Version | None, key: str = "") -> None:
        name = object_id(bucket.Name, newest.Key if newest else key)
        if newest and not newest.DeleteMarker:
            self.tables.current.put(Current(name, newest.Id))
        elif name in self.tables.current:
            self.tables.current.delete(name)

    def _drop(self, version: Version) -> None:
        self.tables.versions.delete(version.Id)
        self.forget_blobs([part.Blob for part in version.Parts])

    def forget_blobs(self, names: list[str]) -> None:
        """Delete blobs once this call has been committed: until then it may still be undone."""
        for name in names:
            self.plan(f"s3 blob {name}", self.now, "_delete_blob", {"Blob": name})

    def _delete_blob(self, Blob: str) -> None:
        self.cloud.blobs.delete(Blob)


def version_told(bucket: Bucket, version: Version) -> dict[str, Any]:
    """A version's id as answers have it: not at all in a bucket that has never been versioned."""
    return {"VersionId": version.VersionId} if bucket.Versioning else {}
