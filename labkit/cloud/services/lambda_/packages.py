"""A function's code: a zip archive, in the request or in a bucket.

Source: Lambda API Reference, "FunctionCode"; Lambda Developer Guide, "Lambda quotas".
"""

import base64
import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from labkit.cloud.protocols.bodies import Stream
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.lambda_.service import LambdaService, invalid, too_large

MOST_UNZIPPED = 262_144_000
MOST_ZIPPED = 52_428_800
MOST_SENT = 70_167_211  # the archive in base64, and what else is in the request


class Packages(LambdaService):
    """Taking in code."""

    def fetch(self, Code: Mapping[str, Any]) -> bytes:
        """The zip archive that a request brings, or names.

        Raises:
            InvalidParameterValueException: there is none, it is none, or the bucket does not give it.
            RequestEntityTooLargeException: it is too large for a request.
        """
        self.check_built(
            ImageUri=Code.get("ImageUri"),
            SourceKMSKeyArn=Code.get("SourceKMSKeyArn"),
            S3ObjectStorageMode=Code.get("S3ObjectStorageMode") == "REFERENCE",
        )
        package = Code.get("ZipFile")
        if package is not None and len(package) > MOST_ZIPPED:
            raise too_large(
                f"Request must be smaller than {MOST_SENT} bytes for the {self.operation} operation"
            )
        if package is None:
            package = self._from_bucket(Code)
        _check(package)
        return package

    def _from_bucket(self, Code: Mapping[str, Any]) -> bytes:
        """An object that the caller may read."""
        if not (Code.get("S3Bucket") and Code.get("S3Key")):
            raise invalid("Please provide a source for function code.")
        version = {"VersionId": Code["S3ObjectVersion"]} if Code.get("S3ObjectVersion") else {}
        try:
            found = self.ask("s3", "GetObject", Bucket=Code["S3Bucket"], Key=Code["S3Key"], **version)
        except AwsError as error:
            raise invalid(
                f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: "
                f"{error.message}"
            ) from None
        body: bytes | Stream = found["Body"]
        return b"".join(body.pieces) if isinstance(body, Stream) else body


def digest(package: bytes) -> str:
    """CodeSha256: the SHA-256 of the archive, in base64."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _check(package: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = archive.infolist()
            if not files:
                raise invalid("Uploaded file must be a non-empty zip")
            if sum(file.file_size for file in files) > MOST_UNZIPPED:
                raise invalid(f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes")
            whole = archive.testzip() is None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):  # the last one for an encrypted archive
        whole = False
    if not whole:
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
