"""The wildcards of IAM: `*` is any run of characters, `?` is exactly one, everything else is itself.

In an ARN a wildcard stays within its segment, the part between two colons; only the last segment, the
resource, may hold colons itself. What a policy variable stood for is never a wildcard.
Source: IAM User Guide, "Using wildcards in resource ARNs", "ARN condition operators".
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

SEGMENTS = 6


class Piece(NamedTuple):
    """A stretch of a pattern. Where it isn't `live`, its `*`, `?` and `:` are characters like any other."""

    text: str
    live: bool = True


Pieces = tuple[Piece, ...]


@lru_cache(maxsize=8192)
def text_pattern(pieces: Pieces, *, fold_case: bool = False) -> re.Pattern[str]:
    """The expression for any text: actions (which fold case), tags, names."""
    return re.compile(_expression(_tokens(pieces), "."), re.DOTALL | (re.IGNORECASE if fold_case else 0))


@lru_cache(maxsize=8192)
def arn_pattern(pieces: Pieces) -> re.Pattern[str]:
    """The expression for an ARN, segment by segment. Segments left out at the end stand for anything."""
    segments: list[list[str]] = [[]]
    for token in _tokens(pieces):
        if token == COLON and len(segments) < SEGMENTS:
            segments.append([])
        else:
            segments[-1].append(token)
    found = [_expression(segment, "[^:]") for segment in segments[: SEGMENTS - 1]]
    found.append(_expression(segments[-1], ".") if len(segments) == SEGMENTS else ".*")
    return re.compile(":".join(found), re.DOTALL)


ANY, ONE, COLON = "*", "?", ":"


def _tokens(pieces: Pieces) -> Iterable[str]:
    """The pattern a character at a time: ANY, ONE, COLON, or an escaped character."""
    for piece in pieces:
        for character in piece.text:
            if piece.live and character in (ANY, ONE, COLON):
                yield character
            else:
                # Braced, so that no escaped character is mistaken for one of the three above.
                yield f"[{character}]" if character in (ANY, ONE, COLON) else re.escape(character)


def _expression(tokens: Iterable[str], character: str) -> str:
    """A regular expression in which `character` is what a wildcard may stand for.

    Each stretch between two stars is looked for once, from the left, and never again (an atomic group): a
    pattern such as *a*a*a*b takes no longer on a text that it does not match.
    """
    runs: list[list[str]] = [[]]
    for token in tokens:
        if token == ANY:
            runs.append([])
        else:
            runs[-1].append(character if token == ONE else token)
    first, *rest = ("".join(run) for run in runs)
    if not rest:
        return first
    *inner, last = rest
    return first + "".join(f"(?>{character}*?{run})" for run in inner if run) + f"{character}*" + last
