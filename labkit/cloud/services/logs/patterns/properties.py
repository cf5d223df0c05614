"""Patterns of properties: what a message that is JSON says.

    { $.user.name = "ada" && ($.status >= 500 || $.error IS TRUE) }
    { $.items[0].id = 7 }   { $.items[*].id = 7 }   { $.note IS NULL }   { $.note NOT EXISTS }

A selector that leads to an array or an object, or to nothing, fits neither = nor !=.
Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events".
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

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

SELECTOR = re.compile(r"\$(?:\.(?:[A-Za-z0-9_-]+|\*)|\[(?:\d+|\*)\])+")
STEP = re.compile(r"\.([A-Za-z0-9_-]+|\*)|\[(\d+|\*)\]")
OPERATORS = ("=", "!=", "<=", ">=", "<", ">")
FACTS: dict[str, Any] = {"NULL": None, "TRUE": True, "FALSE": False}

Step = str | int | None  # None: each of them
Path = tuple[Step, ...]

_decode = msgspec.json.decode


def compile_properties(text: str) -> Matcher:
    """The matcher of what stands between the braces. InvalidPatternError."""
    tokens, paths = Tokens(tokens_of(text)), dict[str, Path]()
    condition = condition_of(tokens, lambda left: _compared(left, paths))
    if tokens:
        raise bad_term(tokens.next("mark", "quoted", "regex", "word").text)

    def matches(message: str) -> dict[str, str] | None:
        try:
            document = _decode(message)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return None
        if not isinstance(document, dict | list) or not condition(document):
            return None
        firsts = {name: next(_texts(document, path), None) for name, path in paths.items()}
        return {name: text for name, text in firsts.items() if text is not None}

    return matches


def _compared(tokens: Tokens, paths: dict[str, Path]) -> Condition[Any]:
    selector = tokens.next("word").text
    path = paths[selector] = _path_of(selector)
    if tokens.take("IS"):
        wanted = FACTS.get(tokens.next("word").text, FACTS)
        if wanted is FACTS:
            raise InvalidPatternError("IS is followed by NULL, TRUE or FALSE")
        return lambda document: any(value is wanted for value in _values(document, path))
    if tokens.take("NOT"):
        if not tokens.take("EXISTS"):
            raise InvalidPatternError("NOT is followed by EXISTS")
        return lambda document: not any(True for _ in _values(document, path))
    operator = tokens.take(*OPERATORS)
    if operator is None:
        raise InvalidPatternError(f"An operator is missing after '{selector}'")
    holds = comparison_of(operator.text, tokens.next("quoted", "regex", "word"))
    return lambda document: any(
        holds(text) for text in map(_text, _values(document, path)) if text is not None
    )


def _path_of(selector: str) -> Path:
    if not SELECTOR.fullmatch(selector):
        raise bad_term(selector)
    steps = [(name, place) for name, place in STEP.findall(selector)]
    path: list[Step] = [
        None if "*" in (name, place) else int(place) if place else name for name, place in steps
    ]
    if path.count(None) > 1:
        raise InvalidPatternError("A selector can have at most one wildcard")
    return tuple(path)


def _values(value: Any, path: Path) -> Iterator[Any]:
    """What a path leads to: nothing, one value, or with a wildcard any number of them."""
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    if step is None:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for one in inner:
            yield from _values(one, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield from _values(value[step], rest)
    elif isinstance(value, dict) and step in value:
        yield from _values(value[step], rest)


def _texts(document: Any, path: Path) -> Iterator[str]:
    """What can be compared of what a path leads to."""
    return (text for text in map(_text, _values(document, path)) if text is not None)


def _text(value: Any) -> str | None:
    """A value as a pattern sees it; None for what can't be compared."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None
