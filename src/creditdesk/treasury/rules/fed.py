"""The days on which the Federal Reserve settles ACH: no week-ends, no holidays. Pure.

Source: Federal Reserve Banks, holiday schedule: a holiday on a Sunday is kept on the Monday; for
one on a Saturday the banks are open on the Friday before. Juneteenth since 2022.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from creditdesk.kernel.calendars import BusinessCalendar

FIRST_YEAR, LAST_YEAR = 2002, 2199
JUNETEENTH_SINCE: Final = 2022
SUNDAY: Final = 6
MONDAY, THURSDAY = 0, 3


def closing_days(year: int) -> frozenset[date]:
    """Return the weekdays on which the Federal Reserve Banks are closed in a year."""
    fixed = [(1, 1), (7, 4), (11, 11), (12, 25)]
    if year >= JUNETEENTH_SINCE:
        fixed.append((6, 19))
    moved = [
        _nth(year, 1, MONDAY, 3),
        _nth(year, 2, MONDAY, 3),
        _nth(year, 6, MONDAY, 1) - timedelta(days=7),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 10, MONDAY, 2),
        _nth(year, 11, THURSDAY, 4),
    ]
    return frozenset([*moved, *(_kept(date(year, month, day)) for month, day in fixed)])


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth such weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _kept(day: date) -> date:
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day


CALENDAR: Final = BusinessCalendar(
    frozenset(day for year in range(FIRST_YEAR, LAST_YEAR + 1) for day in closing_days(year))
)
