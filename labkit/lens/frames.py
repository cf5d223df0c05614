"""Rows as pandas DataFrames with fixed columns and types, so that an empty one looks like a full one.

pandas takes longer to import than all of labkit, so it arrives with the first table.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

TEXT = "string"
TIME = "datetime64[us, UTC]"
INTEGER = "Int64"  # with a capital: it can say that a number is missing
YES_NO = "bool"


def frame(columns: Mapping[str, str], rows: Iterable[tuple[object, ...]]) -> "pd.DataFrame":
    """A DataFrame of `rows`; `columns` maps each column's name, in order, to its type."""
    import pandas as pd

    listed = list(rows)
    series: dict[str, Any] = {
        name: pd.Series([row[place] for row in listed], dtype=kind)
        for place, (name, kind) in enumerate(columns.items())
    }
    return pd.DataFrame(series)
