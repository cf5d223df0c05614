"""Every condition operator, by itself and with what may stand before and after its name."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.cloud.policy.conditions import conditions
from labkit.cloud.policy.operators import NULL, OPERATORS
from labkit.cloud.policy.question import Context, Facts

KEY = "x:Key"
ARN = "arn:aws:iam::111122223333:user/team/ann"


def holds(operator: str, values: Any, facts: Facts, key: str = KEY) -> bool:
    (condition,) = conditions({operator: {key: values}}, "2012-10-17")
    return condition.holds(Context(facts))


# operator, what the policy says, what the request has, whether it holds
CASES: list[tuple[str, Any, Any, bool]] = [
    ("StringEquals", "red", "red", True),
    ("StringEquals", "red", "Red", False),
    ("StringEquals", "r*", "red", False),
    ("StringEquals", ["blue", "red"], "red", True),
    ("StringEquals", [], "red", False),
    ("StringEquals", True, True, True),
    ("StringEquals", 7, 7, True),
    ("StringNotEquals", "red", "red", False),
    ("StringNotEquals", ["blue", "red"], "red", False),
    ("StringNotEquals", ["blue", "green"], "red", True),
    ("StringEqualsIgnoreCase", "red", "RED", True),
    ("StringEqualsIgnoreCase", "red", "blue", False),
    ("StringNotEqualsIgnoreCase", "red", "RED", False),
    ("StringNotEqualsIgnoreCase", "red", "blue", True),
    ("StringLike", "r*d", "rad", True),
    ("StringLike", "r?d", "read", False),
    ("StringLike", "R*", "red", False),
    ("StringLike", ["b*", "r*"], "red", True),
    ("StringNotLike", "r*d", "rad", False),
    ("StringNotLike", "r?d", "read", True),
    ("NumericEquals", "7", 7, True),
    ("NumericEquals", 7, "7.0", True),
    ("NumericEquals", "7", "seven", False),
    ("NumericEquals", "nan", float("nan"), False),
    ("NumericNotEquals", "7", 8, True),
    ("NumericNotEquals", ["7", "8"], 8, False),
    ("NumericLessThan", "7", 6, True),
    ("NumericLessThan", "7", 7, False),
    ("NumericLessThanEquals", "7", 7, True),
    ("NumericLessThanEquals", "7", 7.5, False),
    ("NumericGreaterThan", "7", 8, True),
    ("NumericGreaterThan", "7", 7, False),
    ("NumericGreaterThanEquals", "7", 7, True),
    ("NumericGreaterThanEquals", "9", "10", True),
    ("NumericGreaterThanEquals", "9", "8.5", False),
    ("NumericGreaterThan", "seven", 8, False),
    ("DateEquals", "2026-04-01T00:00:00Z", datetime(2026, 4, 1, tzinfo=UTC), True),
    ("DateEquals", "2026-04-01", datetime(2026, 4, 1, tzinfo=UTC), True),
    ("DateEquals", "2026-04", datetime(2026, 4, 1, tzinfo=UTC), True),
    ("DateEquals", "2026-04-01T02:00:00+02:00", datetime(2026, 4, 1, tzinfo=UTC), True),
    ("DateEquals", "1775001600", datetime(2026, 4, 1, tzinfo=UTC), True),
    ("DateEquals", "2026-04-01T00:00:00Z", "1775001600", True),
    ("DateEquals", "tomorrow", datetime(2026, 4, 1, tzinfo=UTC), False),
    ("DateNotEquals", "2026-04-01", datetime(2026, 4, 2, tzinfo=UTC), True),
    ("DateNotEquals", "2026-04-01", datetime(2026, 4, 1, tzinfo=UTC), False),
    ("DateLessThan", "2026-04-01", datetime(2026, 3, 31, tzinfo=UTC), True),
    ("DateLessThan", "2026-04-01", datetime(2026, 4, 1, tzinfo=UTC), False),
    ("DateLessThanEquals", "2026-04-01", datetime(2026, 4, 1, tzinfo=UTC), True),
    ("DateLessThanEquals", "2026-04-01", datetime(2026, 4, 2, tzinfo=UTC), False),
    ("DateGreaterThan", "2026-04-01", datetime(2026, 4, 1, 0, 0, 1, tzinfo=UTC), True),
    ("DateGreaterThan", "2026-04-01", datetime(2026, 4, 1, tzinfo=UTC), False),
    ("DateGreaterThanEquals", "2026-04-01", datetime(2026, 4, 1, tzinfo=UTC), True),
    ("DateGreaterThanEquals", "2026-04-01", datetime(2026, 3, 31, tzinfo=UTC), False),
    ("Bool", "true", True, True),
    ("Bool", "True", "true", True),
    ("Bool", "false", True, False),
    ("Bool", False, False, True),
    ("Bool", "yes", True, False),
    ("BinaryEquals", "QmluYXJ5", b"Binary", True),
    ("BinaryEquals", "QmluYXJ5", b"binary", False),
    ("BinaryEquals", "not base64", b"binary", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
    ("IpAddress", "203.0.113.9", "203.0.113.9", True),
    ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
    ("IpAddress", "203.0.113.0/24", "ssm.amazonaws.com", False),
    ("IpAddress", "here", "203.0.113.9", False),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
    ("NotIpAddress", "203.0.113.0/24", "203.0.114.9", True),
    ("ArnEquals", ARN, ARN, True),
    ("ArnEquals", "arn:aws:iam::*:user/*", ARN, True),
    ("ArnEquals", "arn:aws:iam::*:role/*", ARN, False),
    ("ArnLike", "arn:aws:iam::111122223333:user/t*/ann", ARN, True),
    ("ArnLike", "arn:aws:*:user/team/ann", ARN, False),
    ("ArnLike", "*", "no ARN", False),
    ("ArnNotEquals", ARN, ARN, False),
    ("ArnNotEquals", "arn:aws:iam::*:role/*", ARN, True),
    ("ArnNotLike", "arn:aws:iam::*:role/*", ARN, True),
    ("ArnNotLike", "arn:aws:iam::*:user/*", ARN, False),
    ("Null", "true", None, True),
    ("Null", "true", "red", False),
    ("Null", "false", "red", True),
    ("Null", False, None, False),
    ("Null", "true", [], True),
]


@pytest.mark.parametrize(("operator", "says", "has", "expected"), CASES)
def test_an_operator(operator: str, says: Any, has: Any, expected: bool) -> None:
    assert holds(operator, says, {} if has is None else {KEY: has}) is expected


def test_every_operator_is_tried_both_ways() -> None:
    for name in [*OPERATORS, NULL]:
        assert {expected for operator, _, _, expected in CASES if operator == name} == {True, False}, name


NEGATED = [name for name, operator in OPERATORS.items() if operator.negated]


def test_the_negated_operators_are_those_with_not_in_their_name() -> None:
    assert sorted(NEGATED) == sorted(name for name in OPERATORS if "Not" in name)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_missing_key_fulfils_only_what_is_negated(operator: str) -> None:
    assert holds(operator, "1", {}) is (operator in NEGATED)
    assert holds(f"{operator}IfExists", "1", {})
    assert holds(f"ForAllValues:{operator}", "1", {})
    assert not holds(f"ForAnyValue:{operator}", "1", {})
    assert holds(f"ForAnyValue:{operator}IfExists", "1", {})


def test_if_exists_compares_what_exists() -> None:
    assert holds("StringEqualsIfExists", "red", {KEY: "red"})
    assert not holds("StringEqualsIfExists", "red", {KEY: "blue"})


@pytest.mark.parametrize(
    ("operator", "has", "expected"),
    [
        ("ForAllValues:StringEquals", ["red", "blue"], True),
        ("ForAllValues:StringEquals", ["red", "green"], False),
        ("ForAllValues:StringEquals", [], True),
        ("ForAllValues:StringEquals", [""], True),
        ("ForAnyValue:StringEquals", ["red", "green"], True),
        ("ForAnyValue:StringEquals", ["green"], False),
        ("ForAnyValue:StringEquals", [], False),
        ("ForAnyValue:StringEquals", "", False),
        ("ForAllValues:StringNotEquals", ["green", "grey"], True),
        ("ForAllValues:StringNotEquals", ["green", "red"], False),
        ("ForAnyValue:StringNotEquals", ["green", "red"], True),
        ("ForAnyValue:StringNotEquals", ["blue", "red"], False),
        ("ForAnyValue:StringNotEquals", [], False),
        ("ForAllValues:StringLike", "red", True),
        ("StringEquals", ["green", "red"], True),
        ("StringNotEquals", ["green", "red"], False),
    ],
)
def test_a_key_of_several_values(operator: str, has: Any, expected: bool) -> None:
    """Source: IAM User Guide, "Set operators for multivalued context keys"."""
    assert holds(operator, ["red", "blue"], {KEY: has}) is expected


@pytest.mark.parametrize("key", ["aws:ResourceTag/Team", "AWS:resourcetag/team"])
def test_a_key_is_found_without_regard_to_case(key: str) -> None:
    assert holds("StringEquals", "red", {"aws:ResourceTag/team": "red"}, key)


def test_of_two_keys_that_differ_in_case_the_one_that_is_spelt_so_counts() -> None:
    facts: Facts = {"kms:EncryptionContext:dept": "one", "kms:EncryptionContext:Dept": "two"}
    assert holds("StringEquals", "one", facts, "kms:EncryptionContext:dept")
    assert holds("StringEquals", "two", facts, "kms:EncryptionContext:Dept")


def test_what_was_asked_for_and_what_was_found_is_told() -> None:
    (condition,) = conditions(json.loads('{"StringEquals": {"x:Key": ["red", "blue"]}}'), "2012-10-17")
    assert condition.element == "Condition StringEquals x:Key"
    assert condition.why_not(Context({KEY: "green"})) == (
        'x:Key is "green", and StringEquals asks for "red" or "blue"'
    )
    assert condition.why_not(Context({})) == (
        'the request has no x:Key, and StringEquals asks for "red" or "blue"'
    )
