"""Uploads that are under way, and the parts that have come in for them.

Source: S3 API Reference, "UploadPart", "ListParts".
"""

from collections.abc import Collection, Iterator

from labkit.cloud.services.s3.model import Bucket, Upload, UploadedPart, upload_key
from labkit.cloud.services.s3.names import faults
from labkit.cloud.services.s3.sources import Sources


class Pending(Sources):
    """Finding uploads and their parts."""

    def find_upload(self, bucket: Bucket, key: str, upload_id: str) -> Upload:
        """The upload of this id, for this object. NoSuchUpload."""
        found: Upload | None = self.tables.uploads.get(upload_key(bucket.Name, key, upload_id))
        if found is None:
            raise faults.NoSuchUpload(
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
                "been aborted or completed.",
                UploadId=upload_id,
            )
        return found

    def parts_of(self, upload: Upload) -> Iterator[UploadedPart]:
        """The parts that are there, by their numbers."""
        return self.tables.parts.beginning(f"{upload.UploadId}:")

    def forget_upload(self, upload: Upload, kept: Collection[str] = ()) -> None:
        """End an upload: its parts are gone, save for the blobs that are `kept`."""
        for part in list(self.parts_of(upload)):
            self.tables.parts.delete(part.Id)
            if part.Part.Blob not in kept:
                self.forget_blobs([part.Part.Blob])
        self.tables.uploads.delete(upload.Id)
