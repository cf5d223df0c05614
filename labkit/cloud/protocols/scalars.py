"""The small values: base64, timestamps in their three spellings, numbers that JSON and XML cannot say.

Reading raises ValueError for anything malformed, whatever Python's own functions raise; each protocol turns
that into its own AWS error. Timestamp formats are those of Smithy's `timestampFormat` trait.
"""

import binascii
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from botocore.model import Shape

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INTEGER_BITS = {"integer": 32, "long": 64}


def read_blob(text: str) -> bytes:
    """Bytes from standard, padded base64."""
    return binascii.a2b_base64(text, strict_mode=True)


def write_blob(value: bytes) -> str:
    """Standard base64 on one line."""
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def read_timestamp(value: Any, form: str = "iso8601") -> datetime:
    """An aware UTC datetime from epoch seconds, ISO 8601 or an HTTP date; `form` is the one to expect.

    AWS's own parsers take whichever spelling arrives, because SDKs differ.
    """
    try:
        if not isinstance(value, str):
            return EPOCH + timedelta(seconds=value)
        if form == "unixTimestamp" or _is_number(value):
            return EPOCH + timedelta(seconds=float(value))
        if value[3:4] == ",":
            return parsedate_to_datetime(value).astimezone(UTC)
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ArithmeticError, TypeError, IndexError) as error:
        raise ValueError(f"not a timestamp: {error}") from error


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def epoch_seconds(moment: datetime) -> int | float:
    """Seconds since 1970, whole or in milliseconds, which is as fine as AWS keeps time."""
    seconds = round(moment.timestamp(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def write_timestamp(moment: datetime, form: str = "iso8601") -> str:
    """A timestamp as text: "iso8601", "rfc822" (whole seconds) or "unixTimestamp"."""
    if form == "unixTimestamp":
        return str(epoch_seconds(moment))
    moment = moment.astimezone(UTC)
    if form == "rfc822":
        return format_datetime(moment.replace(microsecond=0), usegmt=True)
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def timestamp_form(shape: Shape, default: str) -> str:
    """The spelling a timestamp shape asks for, or its protocol's default."""
    return str(shape.serialization.get("timestampFormat", default))


def read_float(text: str) -> float:
    """A float from text; AWS spells the special ones NaN, Infinity and -Infinity."""
    if text.strip() != text or "_" in text:
        raise ValueError("not a number")
    return float(text)


def write_float(value: float) -> str:
    """The inverse of `read_float`."""
    if math.isfinite(value):
        return str(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def read_integer(text: str) -> int:
    """An int from decimal text."""
    if not text.removeprefix("-").removeprefix("+").isdecimal():
        raise ValueError("not a whole number")
    return int(text)


def fit_integer(value: int, type_name: str) -> int:
    """The value, if it fits AWS's 32-bit `integer` or 64-bit `long`."""
    limit = 1 << (INTEGER_BITS[type_name] - 1)
    if not -limit <= value < limit:
        raise ValueError(f"does not fit a {type_name}")
    return value


def read_boolean(text: str) -> bool:
    """True or False from "true" or "false", in any case."""
    folded = text.lower()
    if folded not in ("true", "false"):
        raise ValueError("not a boolean")
    return folded == "true"
