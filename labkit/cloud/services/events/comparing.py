"""The comparisons of an event pattern: {"prefix": "/app/"}, {"numeric": [">", 0]}, and the others.

Each becomes a test of one value of an event. What is no comparison is refused in the words of EventBridge's
own matcher.
Source: EventBridge User Guide, "Comparison operators for use in event patterns"; aws/event-ruler, README.
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any

from labkit.cloud.services.events.located import Located

Test = Callable[[Any], bool]

ONE_KEY = "Only one key allowed in match expression"
LARGEST = 5.0e9
OPERATORS = {"=": eq, ">": gt, ">=": ge, "<": lt, "<=": le}
ESCAPED = re.compile(r"\\(.)|(\*)|([^\\*]+)|(\\)$", re.DOTALL)


class PatternError(Exception):
    """Something is no event pattern: why, and the offset in its text where that shows."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


def exactly(wanted: Any) -> Test:
    """The test for this very value; 5 and 5.0 are the same, "5" is another, and so is true."""
    if _is_number(wanted):
        return lambda value: _is_number(value) and value == wanted
    return lambda value: type(value) is type(wanted) and value == wanted


def comparison(found: Located) -> Test | None:
    """The test that an object such as {"prefix": "a"} means; None for {"exists": false}, which tests nothing.

    Raises:
        PatternError: it means none.
    """
    if not found.value:
        raise PatternError("Match expression name not found", found.at)
    (name, given), *more = found.value.items()
    if name not in MAKERS:
        raise PatternError(f"Unrecognized match type {name}", given.at)
    test = MAKERS[name](given)
    if more:
        raise PatternError(ONE_KEY, more[0][1].at)
    return test


def _exists(given: Located) -> Test | None:
    if not isinstance(given.value, bool):
        raise PatternError("exists match pattern must be either true or false.", given.at)
    return (lambda _: True) if given.value else None


def _prefix(given: Located) -> Test:
    return _at_an_end(given, "prefix", str.startswith)


def _suffix(given: Located) -> Test:
    return _at_an_end(given, "suffix", str.endswith)


def _at_an_end(given: Located, name: str, fits: Callable[[str, str], bool]) -> Test:
    if isinstance(given.value, dict) and list(given.value) == ["equals-ignore-case"]:
        wanted = _text(given.value["equals-ignore-case"], "equals-ignore-case").casefold()
        return lambda value: isinstance(value, str) and fits(value.casefold(), wanted)
    text = _text(given, name)
    return lambda value: isinstance(value, str) and fits(value, text)


def _ignoring_case(given: Located) -> Test:
    wanted = _text(given, "equals-ignore-case").casefold()
    return lambda value: isinstance(value, str) and value.casefold() == wanted


def _wildcard(given: Located) -> Test:
    text = _text(given, "wildcard")
    if found := re.search(r"(?<!\\)(?:\\\\)*\*(\*)", text):
        raise PatternError(f"Consecutive wildcard characters at pos {found.start(1)}", given.at)
    parts = []
    for found in ESCAPED.finditer(text):
        if (found[1] and found[1] not in "*\\") or found[4]:
            raise PatternError(f"Invalid escape character at pos {found.start()}", given.at)
        parts.append(".*" if found[2] else re.escape(found[1] or found[3]))
    fits = re.compile("".join(parts), re.DOTALL).fullmatch
    return lambda value: isinstance(value, str) and fits(value) is not None


def _cidr(given: Located) -> Test:
    text = _text(given, "prefix")  # the matcher calls it so
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise PatternError(
            f"Malformed CIDR, one '/' required and valid address expected: {text}", given.at
        ) from None

    def test(value: Any) -> bool:
        try:
            return isinstance(value, str) and ip_address(value) in network
        except ValueError:
            return False

    return test


def _numeric(given: Located) -> Test:
    """One comparison, or from below and then from above: [">", 0, "<=", 5]."""
    if not isinstance(given.value, list):
        raise PatternError("Value of numeric must be an array.", given.at)
    parts: Sequence[Located] = given.value
    if not parts or not isinstance(parts[0].value, str):
        shown = parts[0].value if parts else "]"
        raise PatternError(f"Invalid member in numeric match: {shown}", (parts[0] if parts else given).at)
    operator = parts[0].value
    if operator not in OPERATORS:
        raise PatternError(f"Unrecognized numeric range operator: {operator}", parts[0].at)
    first = _bound("equals" if operator == "=" else operator, parts[1] if len(parts) > 1 else given)
    fits = OPERATORS[operator]
    if len(parts) == 2:
        return lambda value: _is_number(value) and fits(value, first)
    if operator not in (">", ">="):
        raise PatternError("Too many elements in numeric expression", parts[2].at)
    return _range(fits, first, parts[2:], given)


def _range(above: Callable[..., bool], bottom: float, rest: Sequence[Located], given: Located) -> Test:
    operator = rest[0].value
    if not isinstance(operator, str):
        raise PatternError(f"Bad value in numeric range: {operator}", rest[0].at)
    if operator not in ("<", "<="):
        raise PatternError(f"Bad numeric range operator: {operator}", rest[0].at)
    top = _bound(operator, rest[1] if len(rest) > 1 else given)
    if len(rest) > 2:
        raise PatternError("Too many terms in numeric range expression", rest[2].at)
    if bottom >= top:
        raise PatternError("Bottom must be less than top", rest[1].at)
    below = OPERATORS[operator]
    return lambda value: _is_number(value) and above(value, bottom) and below(value, top)


def _bound(operator: str, found: Located) -> float:
    if not _is_number(found.value):
        raise PatternError(f"Value of {operator} must be numeric", found.at)
    if abs(found.value) > LARGEST:
        raise PatternError(f"Value must be between {-LARGEST} and {LARGEST}, inclusive", found.at)
    bound: float = found.value
    return bound


def _anything_but(given: Located) -> Test:
    """Any value except for these; {"anything-but": {"prefix": "a"}} turns another comparison round."""
    if isinstance(given.value, dict):
        return _none_of(given)
    many: list[Located] = given.value if isinstance(given.value, list) else [given]
    if not isinstance(given.value, list) and not (isinstance(given.value, str) or _is_number(given.value)):
        raise PatternError("Value of anything-but must be an array or single string/number value.", given.at)
    for one in many:
        if not (isinstance(one.value, str) or _is_number(one.value)):
            raise PatternError("Inside anything but list, start|null|boolean is not supported.", one.at)
    if len({isinstance(one.value, str) for one in many}) != 1:
        raise PatternError(
            "Inside anything but list, either all values are number or string, mixed type is not supported",
            given.at,
        )
    tests = [exactly(one.value) for one in many]
    return lambda value: not any(test(value) for test in tests)


def _none_of(given: Located) -> Test:
    if not given.value:
        raise PatternError("Anything-But expression name not found", given.at)
    (name, wanted), *more = given.value.items()
    if name not in TURNED_ROUND:
        raise PatternError(f"Unsupported anything-but pattern: {name}", wanted.at)
    if more:
        raise PatternError(ONE_KEY, more[0][1].at)
    many: list[Located] = wanted.value if isinstance(wanted.value, list) else [wanted]
    for one in many:
        if name in ("prefix", "suffix") and one.value == "":
            raise PatternError("Null prefix/suffix not allowed", one.at)
    tests = [TURNED_ROUND[name](one) for one in many]
    return lambda value: not any(test(value) for test in tests)


def _text(found: Located, name: str) -> str:
    if not isinstance(found.value, str):
        raise PatternError(f"{name} match pattern must be a string", found.at)
    return found.value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TURNED_ROUND = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
}
MAKERS: dict[str, Callable[[Located], Test | None]] = {
    **TURNED_ROUND,
    "exists": _exists,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
