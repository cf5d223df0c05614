"""When something happens again: the two languages in which AWS's services write down a schedule.

    rate(4 hours)                every four hours, counted from a moment
    cron(15 10 ? * MON#1 *)      at 10:15 UTC on the first Monday of each month

A cron expression has six fields: minutes, hours, day of month, month, day of week, year. One of the two
fields for days must be "?". Everything is in UTC. Errors say what is wrong; each service words them itself.
Source: Amazon EventBridge User Guide, "Creating a rule that runs on a schedule"; Secrets Manager User Guide,
"Schedule expressions".
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from labkit.records import Record

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
SATURDAY = 7

DaysOf = Callable[[int, int], Iterator[int]]  # the days of a month that an item names, of year and month

_rate = re.compile(r"rate\(\s*([0-9]+)\s+(minute|hour|day)(s?)\s*\)")
_cron = re.compile(r"cron\((.*)\)")


class ScheduleError(ValueError):
    """An expression that is none. Its text says why, for a log or a test; services have their own words."""


class Rate(Record):
    """Every so often, counted from the moment that one starts from."""

    every: timedelta

    def next_after(self, moment: datetime) -> datetime | None:
        """One interval after `moment`; None if that is beyond the end of the calendar."""
        try:
            return moment + self.every
        except OverflowError:
            return None


class Cron(Record):
    """At these minutes of these hours, on the days that `days` finds in a month."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    days: Callable[[int, int], list[int]]

    def next_after(self, moment: datetime) -> datetime | None:
        """The first minute after `moment` that all six fields name; None if there is none by 2199."""
        moment = moment.astimezone(UTC)
        today = moment.date()
        for day in self._days_from(today):
            for hour in self.hours:
                for minute in self.minutes:
                    found = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                    if found > moment:
                        return found
        return None

    def _days_from(self, first: date) -> Iterator[date]:
        for year in self.years:
            for month in self.months:
                if (year, month) >= (first.year, first.month):
                    days = (date(year, month, day) for day in self.days(year, month))
                    yield from (day for day in days if day >= first)


def next_after(expression: str, moment: datetime) -> datetime | None:
    """When the schedule comes round next after `moment`, which has a time zone; the answer is in UTC.

    A rate counts from `moment`. None if the schedule never comes round again.

    Raises:
        ScheduleError: `expression` is no schedule.
    """
    return read_schedule(expression).next_after(moment)


@lru_cache(maxsize=1024)
def read_schedule(expression: str) -> Rate | Cron:
    """What an expression means; ScheduleError if it means nothing."""
    if rate := _rate.fullmatch(expression):
        return _read_rate(int(rate[1]), rate[2], plural=bool(rate[3]))
    if cron := _cron.fullmatch(expression):
        return _read_cron(cron[1].upper().split())
    raise ScheduleError(f"neither rate(value unit) nor cron(six fields): {expression!r}")


def _read_rate(value: int, unit: str, *, plural: bool) -> Rate:
    if value == 0:
        raise ScheduleError("a rate of zero")
    if plural != (value > 1):
        raise ScheduleError(f"one is singular, more are plural: {value} {unit}{'s' * plural}")
    try:
        return Rate(timedelta(**{f"{unit}s": value}))
    except OverflowError:
        raise ScheduleError(f"longer than any calendar: {value} {unit}s") from None


def _read_cron(fields: list[str]) -> Cron:
    if len(fields) != 6:
        raise ScheduleError(f"six fields are needed, not {len(fields)}")
    minutes, hours, of_month, months, of_week, years = fields
    if (of_month == "?") == (of_week == "?"):
        raise ScheduleError("exactly one of day-of-month and day-of-week must be ?")
    return Cron(
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        _numbers(months, 1, 12, MONTHS),
        _numbers(years, 1970, 2199),
        _any_of([_day_of_month(item) for item in of_month.split(",")])
        if of_week == "?"
        else _any_of(_days_of_week(of_week)),
    )


def _numbers(field: str, low: int, high: int, names: list[str] | None = None) -> tuple[int, ...]:
    """Every number that a field of plain items names: `5`, `1-5`, `*`, `0/15`, `/15`, `10-30/5`."""
    return tuple(sorted({number for item in field.split(",") for number in _item(item, low, high, names)}))


def _item(item: str, low: int, high: int, names: list[str] | None = None) -> range:
    span, slash, step = item.partition("/")
    if slash and not (step.isascii() and step.isdigit() and 0 < int(step) <= high):
        raise ScheduleError(f"not a step from 1 to {high}: {item}")
    first, dash, last = span.partition("-")
    if span == "*" or (slash and not span):
        start, end = low, high
    else:
        start = _number(first, low, high, names)
        end = _number(last, low, high, names) if dash else high if slash else start
    if end < start:
        raise ScheduleError(f"a range that ends before it begins: {item}")
    return range(start, end + 1, int(step or 1))


def _number(text: str, low: int, high: int, names: list[str] | None) -> int:
    if names and text in names:
        return names.index(text) + 1
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ScheduleError(f"not a number from {low} to {high}: {text!r}")
    return int(text)


def _any_of(items: list[DaysOf]) -> Callable[[int, int], list[int]]:
    return lambda year, month: sorted({day for days in items for day in days(year, month)})


def _day_of_month(item: str) -> DaysOf:
    """A plain item, `L` (the last day), `15W` (the working day nearest to the 15th), `LW` (the last one)."""
    if item == "L":
        return lambda year, month: iter((_length(year, month),))
    if item == "LW":
        return lambda year, month: _working_day(year, month, _length(year, month))
    if item.endswith("W"):
        wanted = _number(item[:-1], 1, 31, None)
        return lambda year, month: _working_day(year, month, wanted)
    days = _item(item, 1, 31)
    return lambda year, month: (day for day in days if day <= _length(year, month))


def _days_of_week(field: str) -> list[DaysOf]:
    """Plain items from SUN (1) to SAT (7), `L` (Saturday), `6L` (the month's last Friday), or one `3#2`
    (the month's second Tuesday), which stands alone."""
    weekday, hash_, nth = field.partition("#")
    if hash_:
        wanted, which = _number(weekday, 1, 7, WEEKDAYS), _number(nth, 1, 5, None)
        return [lambda year, month: iter(_weekdays(year, month, wanted)[which - 1 : which])]
    return [_day_of_week(item) for item in field.split(",")]


def _day_of_week(item: str) -> DaysOf:
    if "/" in item:
        raise ScheduleError(f"a day of the week has no steps: {item}")
    if item.endswith("L") and item != "L":
        last = _number(item[:-1], 1, 7, WEEKDAYS)
        return lambda year, month: iter(_weekdays(year, month, last)[-1:])
    weekdays = (SATURDAY,) if item == "L" else _item(item, 1, 7, WEEKDAYS)
    return lambda year, month: (day for one in weekdays for day in _weekdays(year, month, one))


def _length(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def _weekdays(year: int, month: int, weekday: int) -> range:
    """The days of a month that are this day of the week, 1 for Sunday."""
    first = date(year, month, 1).isoweekday() % 7 + 1
    return range(1 + (weekday - first) % 7, _length(year, month) + 1, 7)


def _working_day(year: int, month: int, day: int) -> Iterator[int]:
    """The day from Monday to Friday that is nearest to `day`, in the same month."""
    length = _length(year, month)
    if day > length:
        return
    weekday = date(year, month, day).isoweekday()
    if weekday == 6:
        yield day - 1 if day > 1 else day + 2
    elif weekday == 7:
        yield day + 1 if day < length else day - 2
    else:
        yield day
