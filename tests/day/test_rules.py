"""Which dates a late day has to judge."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.day.rules import MISSED_MAX, missed_dates

MONDAY = date(2026, 3, 16)


@pytest.mark.parametrize(
    ("last", "missed"),
    [
        (None, []),
        (MONDAY, []),
        (date(2026, 3, 15), []),
        (date(2026, 3, 13), [date(2026, 3, 14), date(2026, 3, 15)]),
        (MONDAY + timedelta(days=1), []),
    ],
)
def test_missed_dates(last: date | None, missed: list[date]) -> None:
    assert missed_dates(last, MONDAY) == missed


@given(st.integers(1, 2000))
def test_never_today_never_more_than_a_year_and_without_gaps(days_late: int) -> None:
    found = missed_dates(MONDAY - timedelta(days=days_late), MONDAY)
    assert len(found) == min(days_late - 1, MISSED_MAX)
    assert all(b - a == timedelta(days=1) for a, b in pairwise(found))
    assert not found or found[-1] == MONDAY - timedelta(days=1)
