"""Business days, month ends and payment terms as pure date arithmetic."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

Roll = Literal["none", "following", "modified_following", "preceding"]
SATURDAY, SUNDAY = 5, 6
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


def plausible(day: date) -> date:
    """Return the day; ValueError when no one trades on it, so that later days can be reckoned."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{day} is not between {FIRST_DAY} and {LAST_DAY}")
    return day


def day_of(text: str) -> date:
    """Return the day written as 2026-01-31; ValueError when it is none, or none of our age."""
    if len(text) != len("2026-01-31"):
        raise ValueError(f"{text[:40]!r} is no date")
    return plausible(date.fromisoformat(text))


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which days are worked: neither weekend (0 is Monday) nor holiday."""

    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = field(default=frozenset({SATURDAY, SUNDAY}))

    def is_business_day(self, day: date) -> bool:
        """Whether the day is worked."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_business_day(self, day: date) -> date:
        """Return the first business day after `day`."""
        return self.roll(day + timedelta(days=1), "following")

    def previous_business_day(self, day: date) -> date:
        """Return the last business day before `day`."""
        return self.roll(day - timedelta(days=1), "preceding")

    def roll(self, day: date, how: Roll) -> date:
        """Move a date that is no business day; `modified_following` stays within the month."""
        if how == "none":
            return day
        step = timedelta(days=-1 if how == "preceding" else 1)
        moved = day
        while not self.is_business_day(moved):
            moved += step
        if how == "modified_following" and moved.month != day.month:
            return self.roll(day, "preceding")
        return moved

    def add_business_days(self, day: date, days: int) -> date:
        """Return the date `days` business days after (or, if negative, before) `day`."""
        step = self.next_business_day if days > 0 else self.previous_business_day
        for _ in range(abs(days)):
            day = step(day)
        return day

    def business_days_between(self, start: date, end: date) -> int:
        """Count the business days after `start` up to and including `end`."""
        days = (end - start).days
        return sum(self.is_business_day(start + timedelta(days=n)) for n in range(1, days + 1))


def month_end(day: date) -> date:
    """Return the last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Return the same day of the month later, or that month's last day (31 Jan + 1 = 28 Feb)."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return first.replace(day=min(day.day, month_end(first).day))
