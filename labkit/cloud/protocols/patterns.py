r"""Regular expressions as the service models write them (Java's), made into Python's.

AWS matches the whole string. What Python's `re` lacks or reads differently, and what it becomes here:

    \d \w \s                    ASCII only, as Java has them: the flag re.ASCII
    \p{L}                       the characters whose Unicode general category is L, as ranges
    \uD800\uDC00-\uDBFF\uDFFF   Java spells a character beyond U+FFFF as two: \U00010000-\U0010FFFF
    [\w-_]                      a hyphen after a class is a hyphen: [\w\-_]
"""

import re
import unicodedata
from functools import cache
from itertools import groupby

_TOKENS = re.compile(
    r"\\p\{(?P<category>[A-Z][a-z]?)\}"
    r"|\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<hyphen>\\[dws]-)(?=[^\]])"
    r"|\\."
)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Python's regular expression for a model's pattern; use its `fullmatch`."""
    return re.compile(_TOKENS.sub(_translated, pattern), re.ASCII)


def _translated(token: re.Match[str]) -> str:
    if category := token["category"]:
        # Every model writes \p{..} within brackets, where ranges may stand as they are.
        return _ranges(category)
    if token["high"]:
        pair = bytes.fromhex(token["high"] + token["low"])
        return f"\\U{ord(pair.decode('utf-16-be')):08x}"
    if token["hyphen"]:
        return token["hyphen"].replace("-", r"\-")
    return token[0]


@cache
def _runs() -> list[tuple[str, int, int]]:
    """Unicode as runs of one general category: the category, the first and the last code point.

    Planes 4 to 13 have no characters and planes 15 and 16 only private ones, so they are not looked at.
    """
    numbers = [*range(0x40000), *range(0xE0000, 0xF0000)]
    runs = groupby(numbers, lambda number: unicodedata.category(chr(number)))
    listed = ((category, list(run)) for category, run in runs)
    return [(category, run[0], run[-1]) for category, run in listed]


@cache
def _ranges(category: str) -> str:
    """All characters of a general category, such as L or Lu, as the inside of a character class."""
    found = [run for run in _runs() if run[0].startswith(category)]
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for _, first, last in found)
