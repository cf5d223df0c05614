"""Patterns of fields: a message in parts, with spaces between them.

    [ip, user, name, time, request, status = 4* && status != 404, bytes > 1000]
    [ip, ..., status, bytes]      three dots stand for any number of fields

What stands between double quotes or square brackets is one field. Without the dots, a message has to have as
many fields as the pattern.
Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in space-delimited log events".
"""

import re
from typing import NamedTuple

from labkit.cloud.services.logs.patterns.syntax import (
    Condition,
    InvalidPatternError,
    Matcher,
    Tokens,
    bad_term,
    comparison_of,
    condition_of,
    tokens_of,
)

FIELD = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|\[([^\]]*)\]|(\S+))')
PIECE = re.compile(r'((?:"(?:\\.|[^"\\])*"|%[^%]*%|[^,"%])*)(?:,|$)')
NAME = re.compile(r"\w*", re.ASCII)
DOTS = "..."
OPERATORS = ("=", "!=", "<=", ">=", "<", ">")

Fields = dict[str, str]


class Part(NamedTuple):
    """One field of a pattern: its name, "" if it has none, and what is asked of it."""

    name: str
    condition: Condition[Fields] | None


def compile_fields(text: str) -> Matcher:
    """The matcher of what stands between the square brackets. InvalidPatternError."""
    pieces = _pieces(text)
    tokens_of(text.replace(",", " ").replace(DOTS, " "))  # its count of regular expressions is checked
    parts = [Part(DOTS, None) if piece == DOTS else _part(piece) for piece in pieces]
    dots = [place for place, part in enumerate(parts) if part.name == DOTS]
    if len(dots) > 1:
        raise InvalidPatternError("A filter pattern can have at most one ellipsis")

    def matches(message: str) -> dict[str, str] | None:
        values = [next((one for one in groups if one), "") for groups in FIELD.findall(message)]
        missing = len(values) - (len(parts) - len(dots))
        if missing < 0 or (missing and not dots):
            return None
        names = [part.name for part in parts]
        if dots:
            names[dots[0] : dots[0] + 1] = [""] * missing
        named = dict(zip(names, values, strict=True))
        if not all(part.condition is None or part.condition(named) for part in parts):
            return None
        return {
            f"${name or place}": value
            for place, (name, value) in enumerate(zip(names, values, strict=True), 1)
        }

    return matches


def _pieces(text: str) -> list[str]:
    """What stands between the commas."""
    pieces, at = [], 0
    while at <= len(text):
        match = PIECE.match(text, at)
        if match is None:
            raise bad_term(text[at:].strip())
        pieces.append(match[1].strip())
        at = match.end() + (not match[0].endswith(","))
    return pieces


def _part(piece: str) -> Part:
    if NAME.fullmatch(piece):
        return Part(piece, None)
    tokens, names = Tokens(tokens_of(piece)), list[str]()
    condition = condition_of(tokens, lambda left: _compared(left, names))
    if tokens:
        raise bad_term(tokens.next("mark", "quoted", "regex", "word").text)
    return Part(names[0], condition)


def _compared(tokens: Tokens, names: list[str]) -> Condition[Fields]:
    name = tokens.next("word").text
    if not NAME.fullmatch(name):
        raise bad_term(name)
    names.append(name)
    operator = tokens.take(*OPERATORS)
    if operator is None:
        raise InvalidPatternError(f"An operator is missing after '{name}'")
    holds = comparison_of(operator.text, tokens.next("quoted", "regex", "word"))
    return lambda fields: name in fields and holds(fields[name])
