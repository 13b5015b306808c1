"""Which days of a simulated life watch customers, learn, prove the books and seal what they wrote.

A house in use does all of it every day. Hundreds of days lived for their end leave it to some:
what is learned, proved and sealed afterwards covers the days between, and everything is at last;
payers are rated, alerts raised and reviews opened at the end of each week.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

LEARN, PROVE, SEAL = "learn", "prove", "publish_head"
# Who watches customers looks at what stands: a week later it sees the same, and what came since.
WATCH: Final = frozenset({"rate_payers", "raise_alerts", "start_reviews"})
# In its first half-year the house learns at the end of each month, afterwards of each quarter.
MONTHLY_FOR: Final = timedelta(days=190)
QUARTER_ENDS: Final = (3, 6, 9, 12)
# The last days are lived as any house lives them, but for the proof that follows anyway.
LAST: Final = timedelta(days=28)
LAST_MONTH: Final = timedelta(days=35)


def left_out(day: date, following: date, *, first: date, until: date) -> frozenset[str]:
    """Return the steps of a business day that a later one makes up for.

    `following` is the next business day, `first` and `until` the first and last of the world.
    """
    ends_month = following.month != day.month
    is_told = day - first < MONTHLY_FOR or day.month in QUARTER_ENDS or until - day <= LAST_MONTH
    left = set() if ends_month and is_told else {LEARN, PROVE}
    ends_week = following.isocalendar().week != day.isocalendar().week
    if not ends_week and until - day > LAST:
        left |= {SEAL, *WATCH}
    return frozenset(left)
