"""How AWS hands out a long list: a page, and a marker that says where the next one begins.

A marker holds the last key of its page, so a page costs the same at the end of a list as at its start, and
records that come or go between two pages neither repeat nor vanish.
"""

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from labkit.cloud.state.tables import Table

R = TypeVar("R")
T = TypeVar("T")


class BadMarkerError(Exception):
    """The marker was not made by this list."""


def page_of(table: Table[R], marker: str | None, limit: int) -> tuple[list[R], str | None]:
    """The next `limit` records of `table` after `marker` (the first ones if None), and the marker after them.

    Raises:
        BadMarkerError: `marker` is none of ours.
    """
    records = table.after(read_marker(marker) if marker else None, limit + 1)
    if len(records) <= limit:
        return records, None
    page = records[:limit]
    return page, make_marker(str(table.spec.key_of(page[-1])))


def make_marker(key: str) -> str:
    """The opaque text for "after this key"."""
    return base64.urlsafe_b64encode(key.encode()).decode()


def read_marker(marker: str) -> str:
    """The key inside a marker; BadMarkerError if there is none."""
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError:  # not base64, not UTF-8, or not even ASCII
        raise BadMarkerError(marker) from None


def page_of_list(
    items: Sequence[T], name_of: Callable[[T], str], marker: str | None, limit: int
) -> tuple[Sequence[T], str | None]:
    """The same for a short list in an order of its own; `name_of` tells one item from another.

    Raises:
        BadMarkerError: `marker` is none of ours, or its item is gone.
    """
    start = 0
    if marker:
        names = [name_of(item) for item in items]
        last = read_marker(marker)
        if last not in names:
            raise BadMarkerError(marker)
        start = names.index(last) + 1
    page = items[start : start + limit]
    return page, make_marker(name_of(page[-1])) if start + limit < len(items) else None
