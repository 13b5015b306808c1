"""The days on which banks settle euros: TARGET closes at week-ends and six holidays. Pure.

Source: European Central Bank, TARGET long-term calendar of closing days (since 2002).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from creditdesk.kernel.calendars import BusinessCalendar

FIRST_YEAR, LAST_YEAR = 2002, 2199


def easter(year: int) -> date:
    """Return Easter Sunday (Gregorian; algorithm of Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def closing_days(year: int) -> frozenset[date]:
    """Return the weekdays and others on which TARGET is closed in a year."""
    sunday = easter(year)
    return frozenset(
        {
            date(year, 1, 1),
            sunday - timedelta(days=2),
            sunday + timedelta(days=1),
            date(year, 5, 1),
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


CALENDAR: Final = BusinessCalendar(
    frozenset(day for year in range(FIRST_YEAR, LAST_YEAR + 1) for day in closing_days(year))
)
