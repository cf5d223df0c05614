"""The small values: every spelling of a time that clients send, and numbers at their edges."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.protocols import AwsError, HttpRequest, contract, scalars

MOMENT = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1709209815, MOMENT),
        (1709209815.125, MOMENT + timedelta(milliseconds=125)),
        (-1.5, datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)),
        ("1709209815", MOMENT),
        ("2024-02-29T12:30:15Z", MOMENT),
        ("2024-02-29T12:30:15.000Z", MOMENT),
        ("2024-02-29T13:30:15+01:00", MOMENT),
        ("2024-02-29T12:30:15", MOMENT),
        ("Thu, 29 Feb 2024 12:30:15 GMT", MOMENT),
    ],
)
def test_a_timestamp_comes_in_many_spellings(value: Any, moment: datetime) -> None:
    assert scalars.read_timestamp(value) == moment


@pytest.mark.parametrize(
    "value", ["", "soon", "2023-02-29", "x,, 1 2", 1e300, math.nan, math.inf, "1" * 400, None]
)
def test_what_is_no_timestamp_is_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is not for clients
        scalars.read_timestamp(value)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso8601", "2024-02-29T12:30:15.125Z"),
        ("rfc822", "Thu, 29 Feb 2024 12:30:15 GMT"),
        ("unixTimestamp", "1709209815.125"),
    ],
)
def test_a_timestamp_is_written_in_utc(form: str, text: str) -> None:
    local = (MOMENT + timedelta(milliseconds=125)).astimezone(timezone(timedelta(hours=-5)))
    assert scalars.write_timestamp(local, form) == text


@given(st.datetimes(datetime(1900, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)))
def test_a_timestamp_keeps_its_milliseconds(moment: datetime) -> None:
    kept = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert scalars.read_timestamp(scalars.write_timestamp(kept)) == kept
    assert abs(scalars.read_timestamp(scalars.epoch_seconds(kept)) - kept) < timedelta(milliseconds=1)


@given(st.floats())
def test_every_float_is_text_and_back(value: float) -> None:
    back = scalars.read_float(scalars.write_float(value))
    assert back == value or (math.isnan(back) and math.isnan(value))


@pytest.mark.parametrize("text", ["", " 1", "1_0", "one", "0x1"])
def test_what_python_takes_for_a_number_is_not_always_one(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is not for clients
        scalars.read_float(text)
    with pytest.raises(ValueError):  # noqa: PT011 - the message is not for clients
        scalars.read_integer(text)


def _json(service: str, operation: str, body: str) -> Any:
    request = HttpRequest("POST", "https", "host", "/", body=body.encode())
    return contract(service).operations[operation].parse(request)


@pytest.mark.parametrize(("number", "read"), [("7", 7), ("7.0", 7), ("7.9", 7), (str(2**31 - 1), 2**31 - 1)])
def test_json_has_one_kind_of_number_and_integers_are_cut(number: str, read: int) -> None:
    assert _json("kms", "GenerateRandom", f'{{"NumberOfBytes": {number}}}') == {"NumberOfBytes": read}


@pytest.mark.parametrize("number", [str(2**31), "1e300", '"7"', "true"])
def test_an_integer_has_32_bits(number: str) -> None:
    with pytest.raises(AwsError, match="cannot be converted to Integer"):
        _json("kms", "GenerateRandom", f'{{"NumberOfBytes": {number}}}')


def test_a_number_beyond_every_float_is_no_json() -> None:
    with pytest.raises(AwsError) as refusal:
        _json("kms", "GenerateRandom", '{"NumberOfBytes": 1e400}')
    assert refusal.value.code == "SerializationException"


@pytest.mark.parametrize(
    ("value", "ok"), [(1, True), ("NaN", True), ("Infinity", True), ("one", False), (True, False)]
)
def test_a_double_may_be_spelt_out(value: Any, ok: bool) -> None:
    body = json.dumps({"metricTransformations": [{"defaultValue": value}]})
    if ok:
        transformation = _json("logs", "PutMetricFilter", body)["metricTransformations"][0]
        assert isinstance(transformation["defaultValue"], float)
    else:
        with pytest.raises(AwsError, match="cannot be converted to Double"):
            _json("logs", "PutMetricFilter", body)


def test_an_integer_too_large_for_a_double_is_refused() -> None:
    with pytest.raises(AwsError, match="NUMBER_VALUE cannot be converted to Double"):
        _json("logs", "PutMetricFilter", f'{{"metricTransformations": [{{"defaultValue": 1{"0" * 400}}}]}}')


@pytest.mark.parametrize("value", ["soon", True, 1e300])
def test_a_timestamp_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(AwsError, match="cannot be converted to Timestamp"):
        _json("cloudtrail", "LookupEvents", json.dumps({"StartTime": value}))


def test_a_timestamp_in_json_may_be_a_number_or_iso_text() -> None:
    for value in ("1709209815", '"2024-02-29T12:30:15Z"'):
        assert _json("cloudtrail", "LookupEvents", f'{{"StartTime": {value}}}') == {"StartTime": MOMENT}
