"""The wildcards of IAM: `*` is any run of characters, `?` is exactly one, everything else is itself.

Source: IAM User Guide, "Using wildcards in resource ARNs".
"""

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str, fold_case: bool) -> re.Pattern[str]:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if fold_case else 0))


def matches_any(patterns: Iterable[str], text: str, *, fold_case: bool = False) -> bool:
    """Whether one of `patterns` covers the whole of `text`; actions are compared without regard to case."""
    return any(_compiled(pattern, fold_case).fullmatch(text) for pattern in patterns)
