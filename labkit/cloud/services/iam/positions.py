"""Where in its text each statement of a policy stands, by line and column, as the simulator tells it.

A position is that of the character after the statement's brace, counted from one; so it is in the example of
the AWS CLI Command Reference, "simulate-custom-policy".
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s:,]*")


class Span(NamedTuple):
    """Where one statement begins and ends: offsets into the text, the end exclusive."""

    start: int
    end: int


def statement_positions(document: str) -> list[dict[str, dict[str, int]]]:
    """The StartPosition and EndPosition of each statement of a policy, in their order."""
    return [
        {
            "StartPosition": _position(document, span.start + 1),
            "EndPosition": _position(document, span.end),
        }
        for span in _statements(document)
    ]


def _statements(document: str) -> Iterator[Span]:
    for name, value, span in _members(document, document.index("{") + 1):
        if name == "Statement":
            yield from _elements(document, span.start + 1) if isinstance(value, list) else [span]


def _members(document: str, place: int) -> Iterator[tuple[str, Any, Span]]:
    """The names, values and places of an object's members; `place` is just inside its brace."""
    place = _skip(document, place)
    while document[place] != "}":
        name, end = _DECODER.raw_decode(document, place)
        start = _skip(document, end)
        value, end = _DECODER.raw_decode(document, start)
        yield name, value, Span(start, end)
        place = _skip(document, end)


def _elements(document: str, place: int) -> Iterator[Span]:
    """The places of a list's elements; `place` is just inside its bracket."""
    place = _skip(document, place)
    while document[place] != "]":
        _, end = _DECODER.raw_decode(document, place)
        yield Span(place, end)
        place = _skip(document, end)


def _skip(document: str, place: int) -> int:
    found = _BETWEEN.match(document, place)
    assert found is not None, "the pattern matches the empty text, too"
    return found.end()


def _position(document: str, offset: int) -> dict[str, int]:
    before = document[:offset]
    return {"Line": before.count("\n") + 1, "Column": offset - (before.rfind("\n") + 1) + 1}
