"""The value of a condition key as text, which is how policies write every type.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime


def texts(value: str | bool | int | float | datetime | bytes | Sequence[str]) -> tuple[str, ...]:
    """A single value is a tuple of one; true, numbers, dates and bytes are written as a policy would."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int | float):
        return (str(value),)
    if isinstance(value, datetime):
        return (value.astimezone(UTC).isoformat(),)
    if isinstance(value, bytes):
        return (base64.b64encode(value).decode(),)
    return tuple(value)
