"""Policy variables: `${aws:username}` in a policy becomes a fact of the request.

    ${key}              the value of a condition key
    ${key, 'default'}   the same, or the default where the request has no such key
    ${*}  ${?}  ${$}    these characters themselves, which would otherwise have a meaning

They mean something only in policies of Version 2012-10-17; elsewhere they are plain text.
Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from typing import NamedTuple

from labkit.cloud.policy.patterns import Piece, Pieces
from labkit.cloud.policy.question import Context

VARIABLE = re.compile(r"\$\{\s*(?P<key>[^{},]*?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\}")
ESCAPES = ("*", "?", "$")
WITH_VARIABLES = "2012-10-17"


class Variable(NamedTuple):
    """A place in a text that is filled in for each request."""

    key: str
    default: str | None


Template = tuple[Piece | Variable, ...]


def template(text: str, version: str) -> Template:
    """`text` of a policy of this `version`, cut into plain stretches and variables."""
    if version != WITH_VARIABLES or "${" not in text:
        return (Piece(text),)
    parts: list[Piece | Variable] = []
    end = 0
    for found in VARIABLE.finditer(text):
        parts.append(Piece(text[end : found.start()]))
        key, default = found["key"], found["default"]
        parts.append(Piece(key, live=False) if key in ESCAPES else Variable(key, default))
        end = found.end()
    return tuple(part for part in (*parts, Piece(text[end:])) if part != Piece(""))


def plain(text: Template) -> Pieces | None:
    """The template itself if it has no variables; else None: it has to be resolved."""
    pieces = tuple(part for part in text if isinstance(part, Piece))
    return pieces if len(pieces) == len(text) else None


def resolve(text: Template, context: Context) -> Pieces | None:
    """The template with its variables filled in; None if one has no value, as nothing is equal to that.

    A key with several values can't be a variable. Source: the same page, "Policy variables with no value".
    """
    pieces: list[Piece] = []
    for part in text:
        if isinstance(part, Piece):
            pieces.append(part)
            continue
        found = context.texts(part.key)
        value = found[0] if len(found) == 1 else part.default
        if value is None:
            return None
        pieces.append(Piece(value, live=False))
    return tuple(pieces)
