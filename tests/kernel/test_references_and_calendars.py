"""References and names as people write them, and dates as terms need them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel import references
from creditdesk.kernel.calendars import BusinessCalendar, add_months, month_end
from creditdesk.kernel.errors import Invalid, Place

HOLIDAYS = frozenset({date(2026, 4, 3), date(2026, 4, 6)})  # Good Friday, Easter Monday
CALENDAR = BusinessCalendar(holidays=HOLIDAYS)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("INV-2026-0012", "inv 2026/0012"),
        ("RE 17", "re17"),
        ("Nº 5", "NO5"),
        ("Größe 1", "GROESSE1"),
    ],
)
def test_references_agree(one: str, other: str) -> None:
    assert references.reference_key(one) == references.reference_key(other) != ""


@pytest.mark.parametrize(
    ("name", "key"),
    [("Müller & Söhne GmbH", "MUELLER SOEHNE"), ("Acorn S.A.R.L.", "ACORN"),
     ("The Birch Company, Inc.", "BIRCH"), ("AG", "AG"), ("Łódź Sp. z o.o.", "LODZ SP Z OO"),
     ("", "")],
)  # fmt: skip
def test_names(name: str, key: str) -> None:
    assert references.name_key(name) == key


@given(st.text(max_size=30))
def test_keys_are_stable(text: str) -> None:
    assert references.reference_key(references.reference_key(text)) == references.reference_key(
        text
    )


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [(date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)),
     (date(2024, 2, 29), 12, date(2025, 2, 28)), (date(2026, 11, 30), 3, date(2027, 2, 28)),
     (date(2026, 3, 31), -1, date(2026, 2, 28)), (date(2026, 12, 15), 1, date(2027, 1, 15))],
)  # fmt: skip
def test_months_later(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("day", "how", "expected"),
    [(date(2026, 4, 3), "following", date(2026, 4, 7)),
     (date(2026, 4, 3), "preceding", date(2026, 4, 2)),
     (date(2026, 4, 3), "none", date(2026, 4, 3)),
     (date(2026, 2, 28), "modified_following", date(2026, 2, 27)),
     (date(2026, 2, 28), "following", date(2026, 3, 2)),
     (date(2026, 4, 7), "following", date(2026, 4, 7))],
)  # fmt: skip
def test_rolls(day: date, how: str, expected: date) -> None:
    assert CALENDAR.roll(day, how) == expected  # type: ignore[arg-type]


@given(DAYS, st.integers(0, 40))
def test_business_days_are_counted_as_they_are_added(day: date, count: int) -> None:
    later = CALENDAR.add_business_days(day, count)
    assert CALENDAR.business_days_between(day, later) == count
    assert count == 0 or CALENDAR.is_business_day(later)


@given(DAYS)
def test_a_month_ends_before_the_next_begins(day: date) -> None:
    assert (month_end(day) + timedelta(days=1)).day == 1
    assert month_end(day).month == day.month


def test_an_error_names_its_place_and_mend() -> None:
    error = Invalid("x", "It is wrong", place=Place("a.csv", 3, "total"), mend="Mend it")
    assert str(error) == "a.csv, line 3, total: It is wrong. Mend it"
    assert str(Invalid("x", "It is wrong")) == "It is wrong"
