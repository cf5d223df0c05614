"""JSON in which each value knows where it stands, so that an error can point at it.

Where a value "stands" is where Jackson's parser, which EventBridge reads patterns with, has come to when it
has seen it: behind the bracket or the quotation mark that opens it, behind the last digit of a number.
"""

import json
import re
from itertools import accumulate
from typing import Any

from labkit.records import Record

DEEPEST = 100
DEPTH = {"{": 1, "[": 1, "}": -1, "]": -1}

_SPACE = re.compile(r"[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode


class Located(Record):
    """A value: a dict of names to Located, a list of Located, or a plain value. `at` is an offset."""

    value: Any
    at: int


def read_located(text: str) -> Located:
    """The value that `text` is; ValueError if it is no JSON, or is nested more than a hundred times."""
    if deepest(text) > DEEPEST:
        raise ValueError("nested too deeply")
    json.loads(text)
    return _read(text, _skip(text, 0))[0]


def deepest(text: str) -> int:
    """How many brackets are open at once at most, those in quotation marks counted with the others."""
    return max(accumulate(DEPTH.get(letter, 0) for letter in text), default=0)


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Where an offset is for somebody who reads lines; both count from one."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _read(text: str, start: int) -> tuple[Located, int]:
    """The value that begins at `start`, and where it ends. The text is known to be JSON."""
    opening = text[start]
    if opening == "{":
        return _read_object(text, start)
    if opening == "[":
        return _read_list(text, start)
    value, end = _scan(text, start)
    return Located(value, start + 1 if opening == '"' else end), end


def _read_object(text: str, start: int) -> tuple[Located, int]:
    members: dict[str, Located] = {}
    place = _skip(text, start + 1)
    while text[place] != "}":
        name, place = _scan(text, place)
        members[name], place = _read(text, _skip(text, text.index(":", place) + 1))
        place = _after_comma(text, place)
    return Located(members, start + 1), place + 1


def _read_list(text: str, start: int) -> tuple[Located, int]:
    elements: list[Located] = []
    place = _skip(text, start + 1)
    while text[place] != "]":
        element, place = _read(text, place)
        elements.append(element)
        place = _after_comma(text, place)
    return Located(elements, start + 1), place + 1


def _after_comma(text: str, place: int) -> int:
    place = _skip(text, place)
    return _skip(text, place + 1) if text[place] == "," else place


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found is not None
    return found.end()
