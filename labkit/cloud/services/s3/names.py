"""Names of buckets and keys of objects, and the errors for those that are none.

Source: S3 User Guide, "General purpose bucket naming rules", "Naming Amazon S3 objects".
"""

import re

from labkit.cloud.core.faults import Faults
from labkit.cloud.protocols.errors import AwsError, aws_error

faults = Faults("s3")

LONGEST_KEY = 1024
_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED = ("xn--", "sthree-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check_name(name: str) -> None:
    """Go on only if a bucket may have this name. InvalidBucketName (400)."""
    bad = not _NAME.fullmatch(name) or _ADDRESS.fullmatch(name)
    if bad or name.startswith(_RESERVED) or name.endswith(_RESERVED_ENDS):
        raise fault("InvalidBucketName", 400, "The specified bucket is not valid.", BucketName=name)


def check_key(key: str) -> None:
    """Go on only if an object may have this key. KeyTooLongError (400)."""
    if len(key.encode()) > LONGEST_KEY:
        raise fault(
            "KeyTooLongError",
            400,
            "Your key is too long",
            Size=len(key.encode()),
            MaxSizeAllowed=LONGEST_KEY,
        )


def fault(code: str, status: int, message: str, **members: object) -> AwsError:
    """An error that S3 documents and its service model does not list.

    Source: S3 API Reference, "Error responses".
    """
    return aws_error(code, status, message, **members)


def invalid(message: str, **members: object) -> AwsError:
    """InvalidArgument (400)."""
    return fault("InvalidArgument", 400, message, **members)


def no_such_bucket(name: str) -> AwsError:
    """NoSuchBucket (404)."""
    return fault("NoSuchBucket", 404, "The specified bucket does not exist", BucketName=name)


def no_such_key(key: str) -> AwsError:
    """NoSuchKey (404)."""
    return fault("NoSuchKey", 404, "The specified key does not exist.", Key=key)


def no_such_version(key: str, version_id: str) -> AwsError:
    """NoSuchVersion (404)."""
    return fault("NoSuchVersion", 404, "The specified version does not exist.", Key=key, VersionId=version_id)
