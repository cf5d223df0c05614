"""Filter patterns, mostly with the examples of AWS's documentation."""

import json
from typing import Any

import pytest

from labkit.cloud.services.logs.patterns import InvalidPatternError, compile_pattern

WORDS = ("ERROR WARN message", "ERROR message", "WARN message")
APACHE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" {} {}'
EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "latency": 55.5,
        "errorCode": 400,
        "tricky": "Ev*ent",
        "status": "404",
    }
)
USERS = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
    }
)


def fits(pattern: str, message: str) -> bool:
    return compile_pattern(pattern)(message) is not None


@pytest.mark.parametrize(
    ("pattern", "which"),
    [
        ("", "123"),
        ('" "', "123"),
        ("ERROR", "12"),
        ("error", ""),
        ("ERR", "12"),
        ("ERROR WARN", "1"),
        ("?ERROR ?WARN", "123"),
        ("?ERROR ?none", "12"),
        ("ERROR -WARN", "2"),
        ("-WARN", "2"),
        ('"ERROR message"', "2"),
        ('message -"ERROR WARN"', "23"),
        ("?WARN ERROR", "12"),
        ("%^ERROR%", "12"),
        ("%[EW][A-Z]+\\smessage$%", "123"),
        ("%WARN\\sm%", "13"),
        ("[w1=ERROR, w2]", "2"),
        ("[w1=ERROR || w1=WARN, w2]", "23"),
        ("[w1!=ERROR&&w1!=WARN, w2]", ""),
        ("[..., w2=m*]", "123"),
    ],
)
def test_words(pattern: str, which: str) -> None:
    assert "".join(str(number) for number, one in enumerate(WORDS, 1) if fits(pattern, one)) == which


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{$.eventType=UpdateTrail}", True),
        ("{ $.eventType = *Trail }", True),
        ("{ $.eventType = Update* }", True),
        ("{ $.eventType = *date* }", True),
        ("{ $.eventType = Up*Trail }", False),
        ('{ $.tricky = "Ev*ent" }', True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress != 111.111.* }", False),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[7] = "value" }', False),
        ('{ $.arrayKey[*] = "another value" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id = 2 }", True),
        ("{ $.objectList[0].* = a }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.eventType IS NULL }", False),
        ("{ $.SomeOtherObject IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.latency >= 55.5 }", True),
        ("{ $.latency > 55.5 }", False),
        ("{ $.latency < 10e3 }", True),
        ("{ $.latency < 10e-3 }", False),
        ("{ $.errorCode = 400 }", True),
        ("{ $.errorCode = 400.0 }", True),
        ("{ $.errorCode != 500 }", True),
        ("{ $.errorCode > +399 }", True),
        ("{ $.status = 404 }", True),
        ("{ $.status = 4* }", True),
        ("{ $.status = %4[0-9]{2}% }", True),
        ("{ $.eventType > 1 }", False),
        ("{ $.objectList = 1 }", False),
        ("{ $.objectList != 1 }", False),
        ("{ $.missing != 1 }", False),
        ("{ $.latency = * }", True),
        ("{ $.missing = * }", False),
    ],
)
def test_properties(pattern: str, expected: bool) -> None:
    assert fits(pattern, EVENT) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch'
            " && $.actions[2] = nonmatch }",
            True,
        ),
        (
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch)'
            " && $.actions[2] = nonmatch }",
            False,
        ),
        ("{ $.coordinates[0][1] = 1 }", True),
    ],
)
def test_compound_conditions(pattern: str, expected: bool) -> None:
    assert fits(pattern, USERS) is expected


@pytest.mark.parametrize("message", ["no JSON", "7", '"text"', "", "{", '{"a": 1} trailing'])
def test_what_is_no_json_object_fits_no_properties(message: str) -> None:
    assert not fits("{ $.a NOT EXISTS }", message)


@pytest.mark.parametrize(
    ("pattern", "status", "size", "expected"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", 200, 1534, True),
        ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", 200, 1534, True),
        ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", 200, 999, False),
        ("[ip, user, username, timestamp, request, status_code = 200, bytes]", 200, 1, True),
        ("[ip, user, username, timestamp, request, status_code = 4*, bytes]", 404, 1, True),
        ("[ip, user, username, timestamp, request, status_code = 4*, bytes]", 500, 1, False),
        ("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", 404, 1, True),
        (
            "[ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes]",
            403,
            1,
            False,
        ),
        ("[ip, user, username, timestamp, request, status_code = 4* && bytes > 1000]", 404, 2000, False),
        ("[..., status_code, bytes]", 200, 1, True),
        ("[ip, user, ..., status_code = 5*, bytes]", 500, 1, True),
        ("[ip, user, ...]", 200, 1, True),
        ("[ip, user]", 200, 1, False),
        ('[..., request = "GET /index.html HTTP/1.0", status_code, bytes]', 200, 1, True),
        ("[..., status_code = %4[0-9]{2}%, bytes]", 404, 1, True),
        ("[..., (status_code = 404 || status_code = 410), bytes]", 404, 1, True),
        ('[ip, , name = frank, timestamp = "10/Oct/2000*", ...]', 200, 1, True),
    ],
)
def test_fields(pattern: str, status: int, size: int, expected: bool) -> None:
    assert fits(pattern, APACHE.format(status, size)) is expected


def test_the_values_that_a_pattern_names() -> None:
    found = compile_pattern("[..., request=*.html*, status_code=4*,]")(APACHE.format(404, 1534))
    assert found == {
        "$status_code": "404",
        "$request": "GET /index.html HTTP/1.0",
        "$7": "1534",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$3": "frank",
        "$2": "-",
        "$1": "127.0.0.1",
    }
    assert compile_pattern("{ $.errorCode >= 400 && $.ThisFlag IS TRUE }")(EVENT) == {
        "$.errorCode": "400",
        "$.ThisFlag": "true",
    }
    assert compile_pattern("ERROR")("ERROR") == {}


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"),
        ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("foo.bar", "Invalid character(s) in term 'foo.bar'"),
        ('""', "Invalid character(s) in term '\"\"'"),
        ("%(a)%", "Invalid character(s) in term '%(a)%'"),
        ("%[%", "Invalid character(s) in term '%[%'"),
        ("%a b%", "Invalid character(s) in term '%a b%'"),
        ("{ $.a = %b!% }", "Invalid character(s) in term '%b!%'"),
        ("{ a = 1 }", "Invalid character(s) in term 'a'"),
        ("{ $.a > b }", "Invalid character(s) in term 'b'"),
        ("{ $.a = 1 $.b = 2 }", "Invalid character(s) in term '$.b'"),
        ("{ $.a }", "An operator is missing after '$.a'"),
        ("{ $.a = }", "The filter pattern ends too early"),
        ("{ }", "The filter pattern ends too early"),
        ("{ ($.a = 1 }", "A parenthesis is not closed"),
        ("{ $.a IS MAYBE }", "IS is followed by NULL, TRUE or FALSE"),
        ("{ $.a NOT NULL }", "NOT is followed by EXISTS"),
        ("{ $.*.* = 1 }", "A selector can have at most one wildcard"),
        (
            "{ $.a = %b% || $.a = %c% || $.a = %d% }",
            "A filter pattern can have at most 2 regular expressions",
        ),
        ("[..., a, ...]", "A filter pattern can have at most one ellipsis"),
        ("[a b]", "An operator is missing after 'a'"),
        ('{ $.a = "open }', "Invalid character(s) in term '\"open'"),
    ],
)
def test_what_is_no_pattern(pattern: str, message: str) -> None:
    with pytest.raises(InvalidPatternError) as told:
        compile_pattern(pattern)
    assert str(told.value) == message


def test_messages_are_tried_on_a_pattern_by_the_api(client: Any, lab: Any) -> None:
    answer = client("logs").test_metric_filter(
        filterPattern="[..., status = 5*, bytes]",
        logEventMessages=[APACHE.format(200, 1), APACHE.format(500, 7)],
    )
    (match,) = answer["matches"]
    assert match["eventNumber"] == 2
    assert match["extractedValues"]["$bytes"] == "7"
