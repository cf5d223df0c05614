"""Filters of the Describe calls: several filters must all fit, of one filter's values one must.

A value may have * for any letters and ? for one; a backslash takes a wildcard's meaning away.
Source: EC2 User Guide, "List and filter using the CLI and API".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from labkit.cloud.ebs.model import Pairs
from labkit.cloud.services.ec2.service import invalid

WILDCARDS = {"*": ".*", "?": "."}
PARTS = re.compile(r"\\(.)|([*?])|(.)", re.DOTALL)

Filters = Sequence[Mapping[str, Any]]
Values = Mapping[str, Callable[[Any], object]]


def fits(record: Any, filters: Filters, values: Values) -> bool:
    """Whether a volume or snapshot passes all filters; `values` gives what each filter looks at.

    Raises:
        InvalidParameterValue: there is no filter of that name.
    """
    return all(_fits(record, one["Name"], one.get("Values", ()), values) for one in filters)


def _fits(record: Any, name: str, wanted: Sequence[str], values: Values) -> bool:
    tags: Pairs = record.Tags
    if name.startswith("tag:"):
        found = [value for key, value in tags if key == name.removeprefix("tag:")]
    elif name == "tag-key":
        found = [key for key, _ in tags]
    elif name in values:
        found = [_text(values[name](record))]
    else:
        raise invalid(f"The filter '{name}' is invalid")
    return any(_pattern(one).fullmatch(text) for one in wanted for text in found)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(value, datetime) else str(value or "")


def _pattern(text: str) -> re.Pattern[str]:
    pieces = (
        WILDCARDS[wild] if wild else re.escape(escaped or plain)
        for escaped, wild, plain in PARTS.findall(text)
    )
    return re.compile("".join(pieces), re.DOTALL)
