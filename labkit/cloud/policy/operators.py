"""The condition operators: each turns a value of the policy into a test for values of the request.

A negated operator (StringNotEquals, NotIpAddress) is the contrary of another, and so has no test of its own.
A value that cannot be read as the operator's type equals nothing, and is less than nothing.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import binascii
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from labkit.cloud.policy.patterns import Pieces, arn_pattern, text_pattern

Test = Callable[[str], bool]

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)


class Operator(NamedTuple):
    """What makes an operator's tests, whether it is their contrary, whether its values take variables."""

    test: Callable[[Pieces], Test]
    negated: bool = False
    variables: bool = False


def text_of(pieces: Pieces) -> str:
    """The text of a policy's value, where wildcards have no meaning."""
    return "".join(piece.text for piece in pieces)


def _equals(pieces: Pieces) -> Test:
    expected = text_of(pieces)
    return lambda actual: actual == expected


def _equals_ignoring_case(pieces: Pieces) -> Test:
    expected = text_of(pieces).casefold()
    return lambda actual: actual.casefold() == expected


def _like(pieces: Pieces) -> Test:
    pattern = text_pattern(pieces)
    return lambda actual: pattern.fullmatch(actual) is not None


def _arn_like(pieces: Pieces) -> Test:
    pattern = arn_pattern(pieces)
    return lambda actual: actual.startswith("arn:") and pattern.fullmatch(actual) is not None


def _bool(pieces: Pieces) -> Test:
    expected = text_of(pieces).lower()
    return lambda actual: actual.lower() == expected


def _binary(pieces: Pieces) -> Test:
    expected = _bytes(text_of(pieces))
    return lambda actual: expected is not None and _bytes(actual) == expected


def _in_network(pieces: Pieces) -> Test:
    try:
        network = ip_network(text_of(pieces), strict=False)
    except ValueError:
        return _never

    def contains(actual: str) -> bool:
        try:
            return ip_address(actual) in network
        except ValueError:
            return False

    return contains


def _compares(read: Callable[[str], float | None], compare: Callable[[Any, Any], bool]) -> Any:
    """The maker of tests for one comparison of numbers: `compare(the request's, the policy's)`."""

    def make(pieces: Pieces) -> Test:
        expected = read(text_of(pieces))
        if expected is None:
            return _never

        def test(actual: str) -> bool:
            value = read(actual)
            return value is not None and compare(value, expected)

        return test

    return make


def _never(actual: str) -> bool:
    return False


@lru_cache(maxsize=1024)
def number(text: str) -> float | None:
    """A number as a policy writes it, or None if the text is none."""
    return float(text) if NUMBER.fullmatch(text) else None


@lru_cache(maxsize=1024)
def instant(text: str) -> float | None:
    """A date as seconds since 1970: written so, or in a form of ISO 8601 (UTC unless it says otherwise)."""
    seconds = number(text)
    if seconds is not None:
        return seconds
    try:
        moment = datetime.fromisoformat(f"{text}-01" if len(text) == len("2026-04") else text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


COMPARISONS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}

OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(_equals, variables=True),
    "StringNotEquals": Operator(_equals, negated=True, variables=True),
    "StringEqualsIgnoreCase": Operator(_equals_ignoring_case, variables=True),
    "StringNotEqualsIgnoreCase": Operator(_equals_ignoring_case, negated=True, variables=True),
    "StringLike": Operator(_like, variables=True),
    "StringNotLike": Operator(_like, negated=True, variables=True),
    "ArnEquals": Operator(_arn_like, variables=True),
    "ArnLike": Operator(_arn_like, variables=True),
    "ArnNotEquals": Operator(_arn_like, negated=True, variables=True),
    "ArnNotLike": Operator(_arn_like, negated=True, variables=True),
    "Bool": Operator(_bool),
    "BinaryEquals": Operator(_binary),
    "IpAddress": Operator(_in_network),
    "NotIpAddress": Operator(_in_network, negated=True),
    **{f"Numeric{name}": Operator(_compares(number, compare)) for name, compare in COMPARISONS.items()},
    "NumericNotEquals": Operator(_compares(number, operator.eq), negated=True),
    **{f"Date{name}": Operator(_compares(instant, compare)) for name, compare in COMPARISONS.items()},
    "DateNotEquals": Operator(_compares(instant, operator.eq), negated=True),
}
NULL = "Null"
