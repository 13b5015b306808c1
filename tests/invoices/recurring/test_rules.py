"""When recurring invoices fall due: tables of dates, and what holds of every rhythm."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.invoices.recurring import rules
from creditdesk.invoices.recurring.rules import Rhythm
from creditdesk.kernel.errors import Invalid

START = date(2026, 1, 31)


def rhythm(**given: Any) -> Rhythm:
    return Rhythm(**{"unit": "month", "every": 1, "starts_on": START, **given})


DAYS = {
    "the_31st": (rhythm(), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
    "the_last_day": (
        rhythm(starts_on=date(2028, 2, 1), day_of_month=31),
        ["2028-02-29", "2028-03-31", "2028-04-30"],
    ),
    "the_30th_in_february": (
        rhythm(starts_on=date(2026, 2, 1), day_of_month=30), ["2026-02-28", "2026-03-30"],
    ),
    "quarters": (
        rhythm(every=3, day_of_month=1), ["2026-02-01", "2026-05-01", "2026-08-01", "2026-11-01"],
    ),
    "years": (rhythm(every=12, starts_on=date(2024, 2, 29)), ["2024-02-29", "2025-02-28",
                                                             "2026-02-28", "2027-02-28",
                                                             "2028-02-29"]),
    "day_past": (
        rhythm(starts_on=date(2026, 1, 16), day_of_month=15), ["2026-02-15", "2026-03-15"],
    ),
    "day_today": (
        rhythm(starts_on=date(2026, 1, 15), day_of_month=15), ["2026-01-15", "2026-02-15"],
    ),
    "fortnights": (rhythm(unit="week", every=2), ["2026-01-31", "2026-02-14", "2026-02-28"]),
    "tens": (rhythm(unit="day", every=10), ["2026-01-31", "2026-02-10", "2026-02-20"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DAYS)
def test_the_days_of_the_turns(name: str) -> None:
    of, wanted = DAYS[name]
    found = rules.turns(of, 1, len(wanted))
    assert [one.on.isoformat() for one in found] == wanted
    assert [one.number for one in found] == list(range(1, len(wanted) + 1))


@pytest.mark.parametrize(
    ("of", "periods"),
    [
        (rhythm(day_of_month=1), ["2026-02-01 2026-02-28", "2026-03-01 2026-03-31"]),
        (rhythm(), ["2026-01-31 2026-02-27", "2026-02-28 2026-03-30"]),
        (rhythm(day_of_month=1, in_arrears=True), ["2026-01-01 2026-01-31",
                                                   "2026-02-01 2026-02-28"]),
        (rhythm(unit="week", every=1, in_arrears=True), ["2026-01-24 2026-01-30",
                                                         "2026-01-31 2026-02-06"]),
    ],
)  # fmt: skip
def test_what_a_turn_is_for(of: Rhythm, periods: list[str]) -> None:
    assert [f"{one.from_on} {one.through_on}" for one in rules.turns(of, 1, 2)] == periods


def test_a_plan_ends_by_count_or_day() -> None:
    assert [one.number for one in rules.turns(rhythm(count=2), 1, 5)] == [1, 2]
    until = rhythm(ends_on=date(2026, 3, 31))
    assert [one.on.month for one in rules.turns(until, 1, 5)] == [1, 2, 3]
    assert rules.turn(rhythm(ends_on=date(2026, 3, 30)), 3) is None
    assert rules.turn(rhythm(), 0) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"unit": "year"}, "recurring_unit_unknown"),
        ({"every": 0}, "recurring_every_invalid"),
        ({"every": 367}, "recurring_every_invalid"),
        ({"day_of_month": 32}, "recurring_day_invalid"),
        ({"day_of_month": 0}, "recurring_day_invalid"),
        ({"unit": "week", "day_of_month": 3}, "recurring_day_invalid"),
        ({"count": 0}, "recurring_count_invalid"),
        ({"ends_on": START - timedelta(days=1)}, "recurring_ends_before"),
        ({"ends_on": date(2026, 2, 14), "day_of_month": 15}, "recurring_never"),
    ],
)
def test_what_cannot_recur_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.refuse_faults(rhythm(**changed))
    assert (refused.value.code, bool(refused.value.mend)) == (code, True)


RHYTHMS = st.builds(
    Rhythm,
    unit=st.just("month"),
    every=st.integers(1, 24),
    starts_on=st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    day_of_month=st.none() | st.integers(1, 31),
    in_arrears=st.booleans(),
) | st.builds(
    Rhythm,
    unit=st.sampled_from(["week", "day"]),
    every=st.integers(1, 366),
    starts_on=st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    in_arrears=st.booleans(),
)


@given(RHYTHMS, st.integers(1, 200))
def test_periods_follow_each_other_without_gap_or_overlap(of: Rhythm, since: int) -> None:
    first, second, third = rules.turns(of, since, 3)
    assert of.starts_on <= first.on < second.on < third.on
    for one, other in ((first, second), (second, third)):
        assert one.through_on + timedelta(days=1) == other.from_on
        assert one.from_on <= one.through_on
    at = first.through_on + timedelta(days=1) if of.in_arrears else first.from_on
    assert at == first.on


@given(RHYTHMS, st.integers(0, 900))
def test_what_is_skipped_to_is_the_first_from_then_on(of: Rhythm, later: int) -> None:
    day = of.starts_on + timedelta(days=later)
    number = rules.first_from(of, 1, day)
    assert rules.day_of_turn(of, number) >= day
    assert number == 1 or rules.day_of_turn(of, number - 1) < day


def test_placeholders_are_filled_in_and_what_is_unknown_is_named() -> None:
    values = {"period": "Mar 2026", "turn": "3"}
    assert rules.filled("Rent {period}, {turn} of {of}", values) == "Rent Mar 2026, 3 of {of}"
    assert rules.unknown_placeholders("{period} {Period} {} {to}") == ["Period", ""]
    march = rules.turns(rhythm(starts_on=date(2026, 3, 1)), 1, 1)[0]
    assert rules.is_whole_month(march)
    assert not rules.is_whole_month(rules.turns(rhythm(), 1, 1)[0])
