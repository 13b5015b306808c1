"""The desk's own minutes: nights, weekends, holidays and the changing of clocks do not count."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.orders.rules import Hours, due_at, minutes_between, percentile

BERLIN = ZoneInfo("Europe/Berlin")
DESK = Hours(
    opens=time(8), closes=time(17), zone="Europe/Berlin",
    calendar=BusinessCalendar(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)})),
)  # fmt: skip


def at(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (at(16, 9), at(16, 9), 0),
        (at(16, 9), at(16, 10, 30), 90),
        (at(16, 7), at(16, 8, 1), 1),
        (at(16, 16), at(17, 9), 120),
        (at(20, 16), at(23, 9), 120),  # Friday to Monday
        (at(21, 9), at(22, 18), 0),  # a weekend
        (at(2, 16, month=4), at(7, 9, month=4), 120),  # over Easter
        (at(27, 16), at(30, 9), 120),  # the night the clocks change
        (at(16, 18), at(16, 9), 0),  # backwards
        (at(16, 8), at(20, 17), 5 * 540),
    ],
)
def test_only_the_desks_hours_count(start: datetime, end: datetime, minutes: int) -> None:
    assert minutes_between(start, end, DESK) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        (at(16, 9), 240, at(16, 13)),
        (at(16, 15), 240, at(17, 10)),
        (at(16, 3), 60, at(16, 9)),
        (at(16, 17), 60, at(17, 9)),
        (at(20, 16), 120, at(23, 9)),
        (at(2, 16, month=4), 120, at(7, 9, month=4)),
        (at(16, 8), 540, at(16, 17)),
    ],
)
def test_a_goal_falls_due_after_so_many_of_the_desks_minutes(
    start: datetime, minutes: int, due: datetime
) -> None:
    assert due_at(start, minutes, DESK) == due


@given(st.integers(0, 60 * 24 * 40), st.integers(1, 5000))
def test_from_the_start_to_the_due_moment_are_exactly_the_goals_minutes(
    offset: int, minutes: int
) -> None:
    start = at(1, 0) + timedelta(minutes=offset)
    assert minutes_between(start, due_at(start, minutes, DESK), DESK) == minutes


@given(st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 20))
def test_minutes_add_up(a: int, b: int, c: int) -> None:
    first, middle, last = (at(1, 0) + timedelta(minutes=one) for one in sorted((a, b, c)))
    assert minutes_between(first, middle, DESK) + minutes_between(
        middle, last, DESK
    ) == minutes_between(first, last, DESK)


def test_a_desk_that_never_opens_says_so() -> None:
    never = Hours(
        opens=time(8), closes=time(17), zone="UTC",
        calendar=BusinessCalendar(weekend=frozenset(range(7))),
    )  # fmt: skip
    with pytest.raises(ValueError, match="never open"):
        due_at(at(16, 9), 1, never)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile([30, 10, 20, 40], p) for p in (0, 25, 50, 51, 90, 100)] == [
        10, 10, 20, 30, 40, 40,
    ]  # fmt: skip
