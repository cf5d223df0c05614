"""If-Match and its three siblings: only if the object is still, or no longer, the one that the caller knows.

Source: S3 User Guide, "How to prevent object overwrites with conditional writes"; RFC 9110, section 13.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.s3.model import Version
from labkit.cloud.services.s3.names import fault, no_such_key

FAILED = "At least one of the pre-conditions you specified did not hold"


def check_reading(version: Version, parameters: Mapping[str, Any], prefix: str = "If") -> None:
    """Go on only if all conditions hold; `prefix` is "CopySourceIf" for those of a copy's source.

    Raises:
        PreconditionFailed (412), or NotModified (304) for what the caller has already.
    """
    match, none_match, modified, unmodified = (
        parameters.get(f"{prefix}{name}")
        for name in ("Match", "NoneMatch", "ModifiedSince", "UnmodifiedSince")
    )
    changed_at = _whole_seconds(version.LastModified)
    if match and not _lists(match, version.ETag):
        raise _failed(f"{prefix}-Match")
    if not match and unmodified and changed_at > unmodified:
        raise _failed(f"{prefix}-Unmodified-Since")
    unchanged = _lists(none_match, version.ETag) if none_match else bool(modified and changed_at <= modified)
    if unchanged:
        if prefix != "If":
            raise _failed(f"{prefix}-None-Match")
        raise fault("NotModified", 304, "Not Modified")


def check_writing(key: str, current: Version | None, IfMatch: str | None, IfNoneMatch: str | None) -> None:
    """Go on only if an object may be written over `current`, which is what there is now.

    Raises:
        PreconditionFailed (412). NoSuchKey (404): it should be one that is there, and there is none.
    """
    if IfNoneMatch and IfNoneMatch != "*":
        raise fault(
            "NotImplemented",
            501,
            "A header you provided implies functionality that is not implemented",
            Header="If-None-Match",
        )
    if IfNoneMatch and current is not None:
        raise _failed("If-None-Match")
    if IfMatch:
        if current is None:
            raise no_such_key(key)
        if not _lists(IfMatch, current.ETag):
            raise _failed("If-Match")


def _lists(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in [one.strip().strip('"') for one in header.split(",")]


def _failed(condition: str) -> AwsError:
    return fault("PreconditionFailed", 412, FAILED, Condition=condition)


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
