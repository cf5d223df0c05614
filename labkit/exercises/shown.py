"""A student's value as a message shows it: short, whatever it is, and never a whole secret.

The value may be of any class that a student has written, so nothing of it is trusted.
"""

from typing import Any

LONGEST = 60


def shown(value: object) -> str:
    """Return a value as a line of text; of long bytes and texts, the beginning and how long they are."""
    if type(value) is bytes or type(value) is bytearray:
        return _cut(repr(bytes(value[:LONGEST])), len(value) > LONGEST, f"{len(value)} bytes")
    if type(value) is str:
        return _cut(repr(value[:LONGEST]), len(value) > LONGEST, f"{len(value)} characters")
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 - the class is the student's, and so is its fault
        return f"an object of class {type(value).__name__}"
    return _cut(text, False, type(value).__name__)


def told(came: object) -> str:
    """Return what came: a text as it stands, but with long words cut, and anything else as `shown` does."""
    if type(came) is not str:
        return shown(came)
    return " ".join(word if len(word) <= LONGEST else f"{word[:LONGEST]}…" for word in came.split())


def same(value: object, expected: object) -> bool:
    """Whether two values are equal and of the very same class, all the way down.

    True is not 1 here, and a class of a student's own, with an `__eq__` that says yes to all, equals nothing.
    """
    if type(value) is not type(expected):
        return False
    if isinstance(expected, dict):
        mine: Any = value
        pairs = zip(sorted(mine, key=repr), sorted(expected, key=repr), strict=False)
        return len(mine) == len(expected) and all(same(a, b) and same(mine[a], expected[b]) for a, b in pairs)
    if isinstance(expected, (list, tuple)):
        others: Any = value
        return len(others) == len(expected) and all(map(same, others, expected))
    if isinstance(expected, (set, frozenset)):
        members: Any = value
        return len(members) == len(expected) and all(
            map(same, sorted(members, key=repr), sorted(expected, key=repr))
        )
    return value == expected


def _cut(text: str, is_part: bool, size: str) -> str:
    if len(text) <= LONGEST and not is_part:
        return text
    return f"{text[: LONGEST - 1]}… ({size})"
