"""When a secret may rotate: windows of some hours, which open by the rules of its schedule.

    AutomaticallyAfterDays=30            the thirtieth day after the last rotation, the whole of it
    rate(10 days), Duration 3h           the tenth day after it, from midnight to three
    rate(12 hours)                       midnight and noon, an hour each
    cron(0 16 1,15 * ? *), Duration 2h   the 1st and the 15th, from four to six in the afternoon

All of this is in UTC. A window opens on the hour, and ends with its day at the latest. AWS rotates at some
time within it; the lab does as it opens.
Source: Secrets Manager User Guide, "Rotation schedules"; API Reference, "RotationRulesType".
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count, islice, pairwise
from typing import Any, NamedTuple

from labkit.cloud.core.schedules import Cron, Rate, ScheduleError, read_schedule
from labkit.cloud.services.secretsmanager.model import RotationRules
from labkit.cloud.services.secretsmanager.service import faults

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHORTEST, LONGEST = 4 * HOUR, 999 * DAY
A_DAY_S_WINDOWS = 25  # one more than a day can have


class Window(NamedTuple):
    """From when to when a rotation may begin; `Closes` is the first moment in which it may not."""

    Opens: datetime
    Closes: datetime


def read_rules(asked: Mapping[str, Any], now: datetime) -> RotationRules:
    """The rules that a request asks for.

    Raises:
        InvalidParameterException: none, or two; no schedule, or one that is too frequent or too rare; a
            window that is longer than its day, or reaches into the next one.
    """
    rules = RotationRules(**asked)
    if rules.AutomaticallyAfterDays and rules.ScheduleExpression:
        raise faults.InvalidParameterException(
            "You cannot specify both rotation frequency and schedule expression together."
        )
    if not rules.AutomaticallyAfterDays and not rules.ScheduleExpression:
        raise faults.InvalidParameterException(
            "You must specify either AutomaticallyAfterDays or ScheduleExpression in RotationRules."
        )
    if rules.ScheduleExpression:
        _check_expression(rules.ScheduleExpression)
    _check_windows(list(islice(_windows(rules, now, now), A_DAY_S_WINDOWS)))
    return rules


def next_window(rules: RotationRules, counted_from: datetime, now: datetime) -> Window | None:
    """The first window that opens after `now`; days and hours are counted from `counted_from`.

    None if there are no rules, or their schedule does not come round again.
    """
    if rules == RotationRules():
        return None
    return next(_windows(rules, counted_from, now), None)


def in_hours(rules: RotationRules) -> bool:
    """Whether a schedule comes round several times a day."""
    if not rules.ScheduleExpression:
        return False
    schedule = read_schedule(rules.ScheduleExpression)
    return len(schedule.hours) > 1 if isinstance(schedule, Cron) else "hour" in rules.ScheduleExpression


def _windows(rules: RotationRules, counted_from: datetime, now: datetime) -> Iterator[Window]:
    """Every window that opens after `now`."""
    for opens in _openings(rules, counted_from, now):
        if rules.Duration:
            yield Window(opens, opens + int(rules.Duration[:-1]) * HOUR)
        else:
            yield Window(opens, opens + HOUR if in_hours(rules) else _midnight(opens) + DAY)


def _openings(rules: RotationRules, counted_from: datetime, now: datetime) -> Iterator[datetime]:
    every = (rules.AutomaticallyAfterDays or 0) * DAY
    if rules.ScheduleExpression:
        schedule = read_schedule(rules.ScheduleExpression)
        if isinstance(schedule, Cron):
            opens = schedule.next_after(now)
            while opens is not None:
                yield opens
                opens = schedule.next_after(opens)
            return
        every = schedule.every
    first = _midnight(counted_from)
    for number in count(max(1, (now - first) // every + 1)):
        yield first + number * every


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _check_expression(expression: str) -> None:
    try:
        schedule = read_schedule(expression)
    except ScheduleError:
        raise faults.InvalidParameterException(f"Invalid schedule expression: {expression}.") from None
    if isinstance(schedule, Rate):
        if "minute" in expression or not SHORTEST <= schedule.every <= LONGEST:
            raise faults.InvalidParameterException(
                "The rotation interval must be between 4 hours and 999 days."
            )
        return
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if fields[0] != "0":
        raise faults.InvalidParameterException(
            "The minutes field of a cron expression must be 0, because rotation windows open on the hour."
        )
    if fields[5] != "*":
        raise faults.InvalidParameterException("The year field of a cron expression must be *.")


def _check_windows(windows: list[Window]) -> None:
    for window in windows:
        if window.Closes > _midnight(window.Opens) + DAY or window.Closes <= window.Opens:
            raise faults.InvalidParameterException(
                "The rotation window must not extend into the next UTC day."
            )
    for one, following in pairwise(windows):
        if following.Opens - one.Opens < SHORTEST:
            raise faults.InvalidParameterException(
                "The rotation interval must be between 4 hours and 999 days."
            )
        if one.Closes > following.Opens:
            raise faults.InvalidParameterException(
                "The rotation window must not extend into the next rotation window."
            )
