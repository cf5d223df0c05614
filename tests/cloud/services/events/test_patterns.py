"""Event patterns: each comparison of the documentation, what fits it and what doesn't, and what is none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.services.events.comparing import PatternError
from labkit.cloud.services.events.located import Located, read_located
from labkit.cloud.services.events.patterns import read_pattern

# The event of the README of AWS's own matcher.
EVENT = {
    "version": "0",
    "id": "ddddd4-aaaa-7777-4444-345dd43cc333",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "012345679012",
    "time": "2017-10-02T16:24:49Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
    "detail": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "instance-id": "i-000000aaaaaa00000",
        "state": "running",
        "note": None,
        "on": True,
        "none": [],
        "parts": [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
    },
}


def detail(**fields: Any) -> Any:
    return {"detail": {name.replace("_", "-"): value for name, value in fields.items()}}


FITTING = [
    {"source": ["aws.ec2"], "detail": {"state": ["initializing", "running"]}},
    {"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000", "other"]},
    {"time": [{"prefix": "2017-10-02"}]},
    {"source": [{"suffix": "ec2"}]},
    {"source": [{"equals-ignore-case": "AWS.EC2"}]},
    {"source": [{"prefix": {"equals-ignore-case": "AWS."}}]},
    {"source": [{"suffix": {"equals-ignore-case": "EC2"}}]},
    {"source": [{"wildcard": "aws.*"}]},
    {"source": [{"wildcard": "*w*2"}]},
    {"detail-type": [{"wildcard": "EC2*State-change*"}]},
    detail(state=[{"anything-but": "initializing"}]),
    detail(x_limit=[{"anything-but": 123}]),
    detail(x_limit=[{"anything-but": [100, 200, 300]}]),
    detail(state=[{"anything-but": ["stopped", "overloaded"]}]),
    detail(state=[{"anything-but": {"prefix": "init"}}]),
    detail(state=[{"anything-but": {"suffix": ["x", "y"]}}]),
    detail(state=[{"anything-but": {"equals-ignore-case": ["STOPPED"]}}]),
    detail(state=[{"anything-but": {"wildcard": "*stop*"}}]),
    detail(c_count=[{"anything-but": "5"}]),
    detail(c_count=[{"numeric": [">", 0, "<=", 5]}]),
    detail(d_count=[{"numeric": ["<", 10]}]),
    detail(x_limit=[{"numeric": ["=", 3.018e2]}]),
    detail(x_limit=[301.80]),
    detail(c_count=[5.0]),
    detail(source_ip=[{"cidr": "10.0.0.0/24"}]),
    detail(c_count=[{"exists": True}]),
    detail(note=[{"exists": True}]),
    detail(nothing=[{"exists": False}]),
    detail(parts=[{"exists": False}]),  # it is no leaf
    detail(none=[{"exists": False}]),
    detail(nothing={"within": [{"exists": False}]}),
    detail(note=[None]),
    detail(on=[True]),
    detail(parts={"name": ["a"], "size": [1]}),
    detail(nothing=[{"exists": False}, "blue"]),
    {"source": ["aws.ec2"], "$or": [{"region": ["eu-west-1"]}, {"account": ["012345679012"]}]},
    {"detail": {"$or": [{"c-count": [{"numeric": ["<", 0]}]}, {"d-count": [3]}]}},
    {
        "$or": [
            {"source": ["x"], "region": ["us-east-1"]},
            {"$or": [{"source": ["y"]}, {"source": ["aws.ec2"]}]},
        ]
    },
]

NOT_FITTING = [
    {"source": ["aws.ec"]},
    {"source": ["AWS.EC2"]},
    {"source": [{"prefix": "ws"}]},
    {"source": [{"wildcard": "aws"}]},
    {"source": [{"wildcard": r"aws\*ec2"}]},
    {"detail": ["running"]},
    detail(state=["stopped"]),
    detail(c_count=["5"]),
    detail(on=["true"]),
    detail(on=[1]),
    detail(c_count=[{"prefix": "5"}]),
    detail(state=[{"anything-but": ["running"]}]),
    detail(state=[{"anything-but": {"prefix": "run"}}]),
    detail(nothing=[{"anything-but": "x"}]),
    detail(c_count=[{"numeric": [">", 5]}]),
    detail(c_count=[{"numeric": [">", 0, "<", 5]}]),
    detail(source_ip=[{"cidr": "10.0.1.0/24"}]),
    detail(state=[{"cidr": "10.0.0.0/24"}]),
    detail(state=[{"exists": False}]),
    detail(nothing=[{"exists": True}]),
    detail(none=[{"exists": True}]),
    detail(parts={"name": ["a"], "size": [2]}),  # not in the same element
    {"source": ["aws.ec2"], "$or": [{"region": ["eu-west-1"]}, {"account": ["1"]}]},
]


@pytest.mark.parametrize("pattern", FITTING, ids=json.dumps)
def test_a_pattern_that_fits(pattern: Any) -> None:
    assert read_pattern(json.dumps(pattern)).fits(EVENT)


@pytest.mark.parametrize("pattern", NOT_FITTING, ids=json.dumps)
def test_a_pattern_that_does_not_fit(pattern: Any) -> None:
    assert not read_pattern(json.dumps(pattern)).fits(EVENT)


def reason(pattern: str) -> str:
    with pytest.raises(PatternError) as caught:
        read_pattern(pattern)
    return caught.value.reason


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[]", "Filter is not an object"),
        ('{"a": ["b"', "it is no JSON"),
        ('{"a": ' * 300 + "[1]" + "}" * 300, "it is no JSON, or too deep"),
        ("{}", "Empty objects are not allowed"),
        ('{"a": {}}', "Empty objects are not allowed"),
        ('{"a": []}', "Empty arrays are not allowed"),
        ('{"a": "b"}', '"a" must be an object or an array'),
        ('{"a": [["b"]]}', "Match value must be String, number, true, false, or null"),
        ('{"a": [{}]}', "Match expression name not found"),
        ('{"a": [{"like": "b"}]}', "Unrecognized match type like"),
        ('{"a": [{"prefix": "b", "suffix": "c"}]}', "Only one key allowed in match expression"),
        ('{"a": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"a": [{"exists": "true"}]}', "exists match pattern must be either true or false."),
        ('{"a": [{"numeric": 5}]}', "Value of numeric must be an array."),
        ('{"a": [{"numeric": [5]}]}', "Invalid member in numeric match: 5"),
        ('{"a": [{"numeric": ["!=", 5]}]}', "Unrecognized numeric range operator: !="),
        ('{"a": [{"numeric": [">", "5"]}]}', "Value of > must be numeric"),
        ('{"a": [{"numeric": ["=", 5, 6]}]}', "Too many elements in numeric expression"),
        ('{"a": [{"numeric": [">", 5, ">", 6]}]}', "Bad numeric range operator: >"),
        ('{"a": [{"numeric": [">", 5, "<", 5]}]}', "Bottom must be less than top"),
        ('{"a": [{"anything-but": [1, "a"]}]}', "Inside anything but list, either all values are number or "),
        ('{"a": [{"anything-but": {"like": "a"}}]}', "Unsupported anything-but pattern: like"),
        ('{"a": [{"anything-but": true}]}', "Value of anything-but must be an array or single string/number"),
        ('{"a": [{"wildcard": "b**"}]}', "Consecutive wildcard characters at pos 2"),
        ('{"a": [{"wildcard": "\\\\b"}]}', "Invalid escape character at pos 0"),
        ('{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relationship."),
        ('{"$or": {"a": [1]}}', "It must be an Array followed with $or."),
        ('{"$or": [{"prefix": [1]}, {"a": [1]}]}', "prefix is Ruler reserved fieldName which cannot be used"),
    ],
)
def test_what_is_no_pattern_is_refused_in_the_matchers_words(pattern: str, expected: str) -> None:
    assert reason(pattern).startswith(f"Event pattern is not valid. Reason: {expected}")


def test_an_error_points_at_the_place() -> None:
    # Two errors of AWS's that people have published: in buildkite/docs and in AWS's own roadmap.
    pattern = '{\n  "source": [ "a" ],\n  "detail": {\n    "pipeline": {\n      "slug": "some"\n  }}}'
    assert reason(pattern).endswith("line: 5, column: 16]")
    pattern = (
        '{"detail-type":["ECR Image Scan"],"source":["aws.ecr"],"detail":{"finding-severity-counts":'
        '{"HIGH":[{"exists":"false"},{"numeric":[">","0"]}]}}}'
    )
    assert reason(pattern).endswith("line: 1, column: 112]")


def test_a_pattern_tells_what_it_names() -> None:
    pattern = '{"source": ["a", "b"], "detail-type": [{"prefix": "x"}], "detail": {"source": ["c"]}}'
    assert read_pattern(pattern).named == {"source": ("a", "b")}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def plain(found: Located) -> Any:
    if isinstance(found.value, dict):
        return {name: plain(one) for name, one in found.value.items()}
    return [plain(one) for one in found.value] if isinstance(found.value, list) else found.value


@given(value=values, indent=st.none() | st.integers(0, 3))
def test_located_json_is_json(value: Any, indent: int | None) -> None:
    assert plain(read_located(json.dumps(value, indent=indent))) == value


@given(text=st.text(alphabet="ab*\\", max_size=8), words=st.lists(st.text(alphabet="ab*\\", max_size=6)))
def test_a_text_escaped_is_a_wildcard_for_itself_alone(text: str, words: list[str]) -> None:
    escaped = text.replace("\\", "\\\\").replace("*", "\\*")
    fits = read_pattern(json.dumps({"a": [{"wildcard": escaped}]})).fits
    assert fits({"a": text})
    assert [fits({"a": word}) for word in words] == [word == text for word in words]
