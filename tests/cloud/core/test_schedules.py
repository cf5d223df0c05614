"""Schedules: documented examples, refused expressions, and an evaluator that just looks at each minute."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.core.schedules import MONTHS, WEEKDAYS, ScheduleError, next_after, read_schedule

WEDNESDAY = datetime(2026, 7, 15, 12, 30, 20, tzinfo=UTC)


def after(expression: str, moment: datetime = WEDNESDAY) -> str:
    found = next_after(expression, moment)
    return f"{found:%Y-%m-%d %H:%M}" if found else "never"


@pytest.mark.parametrize(
    ("expression", "every"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(4 hours)", timedelta(hours=4)),
        ("rate(30 days)", timedelta(days=30)),
    ],
)
def test_a_rate_counts_from_the_moment_given(expression: str, every: timedelta) -> None:
    assert next_after(expression, WEDNESDAY) == WEDNESDAY + every


def test_a_rate_beyond_the_calendar_never_comes_round() -> None:
    assert next_after("rate(3000000 days)", WEDNESDAY) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 10 * * ? *)", "2026-07-16 10:00"),
        ("cron(15 12 * * ? *)", "2026-07-16 12:15"),
        ("cron(0 18 ? * MON-FRI *)", "2026-07-15 18:00"),
        ("cron(0 8 1 * ? *)", "2026-08-01 08:00"),
        ("cron(0/15 * * * ? *)", "2026-07-15 12:45"),
        ("cron(/15 * * * ? *)", "2026-07-15 12:45"),
        ("cron(*/15 * * * ? *)", "2026-07-15 12:45"),
        ("cron(0/10 * ? * MON-FRI *)", "2026-07-15 12:40"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-07-15 12:35"),
        ("cron(0 /4 * * ? *)", "2026-07-15 16:00"),
        ("cron(0 10 ? * 3#2 *)", "2026-08-11 10:00"),  # AWS: the second Tuesday of the month
        ("cron(0 10 ? * TUE#2 *)", "2026-08-11 10:00"),
        ("cron(0 10 ? * MON#5 *)", "2026-08-31 10:00"),
        ("cron(0 0 L * ? *)", "2026-07-31 00:00"),
        ("cron(0 0 L FEB ? *)", "2027-02-28 00:00"),
        ("cron(0 0 LW * ? *)", "2026-07-31 00:00"),
        ("cron(0 0 LW FEB ? *)", "2027-02-26 00:00"),
        ("cron(0 0 3W * ? *)", "2026-08-03 00:00"),
        ("cron(0 0 1W 8 ? *)", "2026-08-03 00:00"),  # Saturday the 1st: not back into July
        ("cron(0 0 31W 10 ? *)", "2026-10-30 00:00"),  # Saturday the 31st
        ("cron(0 0 31W MAY ? *)", "2027-05-31 00:00"),
        ("cron(0 0 ? * L *)", "2026-07-18 00:00"),
        ("cron(0 0 ? * 6L *)", "2026-07-31 00:00"),
        ("cron(0 0 ? JAN,mar,May SUN *)", "2027-01-03 00:00"),
        ("cron(30 12 15 7 ? 2026)", "never"),
        ("cron(31 12 15 7 ? 2026)", "2026-07-15 12:31"),
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00"),
        ("cron(0 0 30 2 ? *)", "never"),
        ("cron(0 0 1 1 ? 2199)", "2199-01-01 00:00"),
        ("cron(59 23 31 12 ? 1970-2025)", "never"),
        ("cron(0 0 1 1 ? 2020/5)", "2030-01-01 00:00"),
        ("cron(10-30/10 1,2 * * ? *)", "2026-07-16 01:10"),
    ],
)
def test_a_cron_expression_comes_round(expression: str, expected: str) -> None:
    assert after(expression) == expected


def test_the_moment_itself_does_not_count() -> None:
    exactly = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
    assert after("cron(0 10 * * ? *)", exactly) == "2026-01-02 10:00"
    assert after("cron(0 10 * * ? *)", exactly - timedelta(microseconds=1)) == "2026-01-01 10:00"


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "every day",
        "rate(0 minutes)",
        "rate(1 minutes)",  # AWS: one is singular
        "rate(2 minute)",
        "rate(5 weeks)",
        "rate(1.5 hours)",
        "rate(-1 hours)",
        "rate(99999999999 days)",
        "cron(* * * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(0 10 1 * MON *)",
        "cron(7 20 * * 1-7 *)",
        "cron(*/60 * * * ? *)",
        "cron(0/0 * * * ? *)",
        "cron(60 * * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 2/2 *)",
        "cron(0 0 ? * 3#6 *)",
        "cron(0 0 ? * 3#1,6#3 *)",  # AWS: only one
        "cron(0 0 * 13 ? *)",
        "cron(0 0 * FOO ? *)",
        "cron(0 0 * * ? 1969)",
        "cron(0 0 * * ? 2200)",
        "cron(0 0 W * ? *)",
        "cron(0 0 1,,2 * ? *)",
        "cron(5-1 0 * * ? *)",
        "cron(0/30 20-2 ? * MON-FRI *)",
        "cron(\u0661 0 * * ? *)",
        "Cron(0 0 * * ? *)",
    ],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        read_schedule(expression)


# The slow evaluator: it knows one question, whether a field's text names a value, and asks it of each minute.


def names(field: str, value: int, low: int, words: list[str]) -> bool:
    for place, word in enumerate(words, 1):
        field = field.replace(word, str(place))
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, dash, last = span.partition("-")
        start = low if first in {"", "*"} else int(first)
        end = int(last) if dash else 9999 if step or first == "*" else start
        if start <= value <= end and (value - start) % int(step or 1) == 0:
            return True
    return False


def names_day(of_month: str, of_week: str, day: date) -> bool:
    weekday = day.isoweekday() % 7 + 1
    last = monthrange(day.year, day.month)[1]
    if of_week == "?":
        if of_month == "L":
            return day.day == last
        if not of_month.endswith("W"):
            return names(of_month, day.day, 1, [])
        wanted = last if of_month == "LW" else int(of_month[:-1])
        working = [one for one in range(1, last + 1) if day.replace(day=one).isoweekday() <= 5]
        return wanted <= last and day.day == min(working, key=lambda one: abs(one - wanted))
    if "#" in of_week:
        which, nth = of_week.split("#")
        return names(which, weekday, 1, WEEKDAYS) and (day.day + 6) // 7 == int(nth)
    if of_week.endswith("L"):
        return names(of_week[:-1] or "7", weekday, 1, WEEKDAYS) and (of_week == "L" or day.day + 7 > last)
    return names(of_week, weekday, 1, WEEKDAYS)


def obvious(fields: list[str], moment: datetime, days: int) -> datetime | None:
    minutes, hours, of_month, months, of_week, years = fields
    for ahead in range(days):
        day = moment.date() + timedelta(days=ahead)
        if (
            names(years, day.year, 1970, [])
            and names(months, day.month, 1, MONTHS)
            and names_day(of_month, of_week, day)
        ):
            for minute in range(24 * 60):
                found = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
                if names(hours, found.hour, 0, []) and names(minutes, found.minute, 0, []) and found > moment:
                    return found
    return None


def fields(low: int, high: int, words: list[str] = [], steps: bool = True) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    text = number.map(str) | (number.map(lambda value: words[value - 1]) if words else st.nothing())
    spans = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    every = st.integers(1, high)
    stepped = st.tuples(st.just("*") | st.just("") | text | spans, every).map(
        lambda pair: f"{pair[0]}/{pair[1]}"
    )
    items = text | spans | stepped if steps else text | spans
    return st.just("*") | st.lists(items, min_size=1, max_size=3).map(",".join)


weekday = fields(1, 7).filter(lambda text: text.isdigit()) | st.sampled_from(WEEKDAYS)
days = st.one_of(
    st.tuples(fields(1, 31), st.just("?")),
    st.tuples(st.integers(1, 31).map(lambda day: f"{day}W") | st.sampled_from(["L", "LW"]), st.just("?")),
    st.tuples(st.just("?"), fields(1, 7, WEEKDAYS, steps=False)),
    st.tuples(st.just("?"), st.tuples(weekday, st.integers(1, 5)).map(lambda pair: f"{pair[0]}#{pair[1]}")),
    st.tuples(st.just("?"), st.just("L") | weekday.map(lambda day: f"{day}L")),
)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
THREE_YEARS = 3 * 366


@given(
    minutes=fields(0, 59),
    hours=fields(0, 23),
    days=days,
    months=fields(1, 12, MONTHS),
    years=st.just("*") | st.just("*/2") | st.integers(1970, 2110).map(lambda year: f"{year}-2199"),
    moment=moments,
)
def test_cron_agrees_with_looking_at_each_minute(
    minutes: str, hours: str, days: tuple[str, str], months: str, years: str, moment: datetime
) -> None:
    of_month, of_week = days
    written = [minutes, hours, of_month, months, of_week, years]
    quick = next_after(f"cron({' '.join(written)})", moment)
    slow = obvious(written, moment, THREE_YEARS)
    if slow is None:
        assert quick is None or quick.date() >= moment.date() + timedelta(days=THREE_YEARS)
    else:
        assert quick == slow
