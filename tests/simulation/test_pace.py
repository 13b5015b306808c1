"""Which steps the simulated days leave to later ones, and that a later one makes up for them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from creditdesk.day.services import LEFT_OUT
from creditdesk.simulation.rules.pace import LEARN, PROVE, SEAL, WATCH, left_out

FIRST, UNTIL = date(2024, 11, 16), date(2026, 11, 16)


def following(day: date) -> date:
    """Return the next weekday."""
    after = day + timedelta(days=1)
    return after if after.weekday() < 5 else following(after)


def of(day: date) -> frozenset[str]:
    return left_out(day, following(day), first=FIRST, until=UNTIL)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 12, 30), {LEARN, PROVE, SEAL, *WATCH}),  # a Monday like most
        (date(2024, 12, 31), {SEAL, *WATCH}),  # the end of a month, in the first half-year
        (date(2025, 1, 31), set()),  # the same on a Friday
        (date(2025, 3, 28), {LEARN, PROVE}),  # a Friday
        (date(2025, 7, 31), {LEARN, PROVE, SEAL, *WATCH}),  # the end of a month, but of no quarter
        (date(2025, 9, 30), {SEAL, *WATCH}),  # the end of a quarter
        (date(2026, 10, 30), set()),  # the last month that ended
        (date(2026, 11, 10), {LEARN, PROVE}),  # the last days are sealed one by one
    ],
)
def test_what_a_day_leaves_out(day: date, expected: set[str]) -> None:
    assert of(day) == expected


def test_only_what_may_wait_is_left_out() -> None:
    days = [FIRST + timedelta(days=n) for n in range((UNTIL - FIRST).days)]
    weekdays = [day for day in days if day.weekday() < 5]
    assert (
        {step for day in weekdays for step in of(day)}
        == {LEARN, PROVE, SEAL, *WATCH}
        == set(LEFT_OUT)
    )


def test_a_world_of_half_a_year_learns_every_month() -> None:
    first = UNTIL - timedelta(days=182)
    days = [first + timedelta(days=n) for n in range(182)]
    learned = [
        day for day in days if day.weekday() < 5
        and LEARN not in left_out(day, following(day), first=first, until=UNTIL)
    ]  # fmt: skip
    assert [day.month for day in learned] == [5, 6, 7, 8, 9, 10]
