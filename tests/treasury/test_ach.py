"""Nacha's rules at their edges: banking days, windows of returns, retries, rates, reversals."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.treasury.rules import ach, fed
from creditdesk.treasury.rules.ach import CODES, Entry

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("year", "closed"),
    [
        # As the Federal Reserve Banks publish them; in 2026 the Fourth is a Saturday and not moved.
        (2026, ["01-01", "01-19", "02-16", "05-25", "06-19", "07-04", "09-07", "10-12", "11-11",
                "11-26", "12-25"]),
        (2027, ["01-01", "01-18", "02-15", "05-31", "06-19", "07-05", "09-06", "10-11", "11-11",
                "11-25", "12-25"]),
        (2023, ["01-02", "01-16", "02-20", "05-29", "06-19", "07-04", "09-04", "10-09", "11-11",
                "11-23", "12-25"]),
    ],
)  # fmt: skip
def test_the_days_the_federal_reserve_is_closed(year: int, closed: list[str]) -> None:
    assert sorted(fed.closing_days(year)) == [date.fromisoformat(f"{year}-{day}") for day in closed]


def test_before_2022_juneteenth_is_a_banking_day() -> None:
    assert date(2021, 6, 18) not in fed.closing_days(2021)
    assert fed.CALENDAR.is_business_day(date(2026, 7, 3))
    assert not fed.CALENDAR.is_business_day(date(2026, 6, 19))


@pytest.mark.parametrize(
    ("code", "settled_on", "until"),
    [
        ("R01", date(2026, 11, 24), date(2026, 11, 27)),  # over Thanksgiving
        ("R02", date(2026, 6, 18), date(2026, 6, 23)),  # over Juneteenth and a week-end
        ("R29", date(2026, 7, 2), date(2026, 7, 6)),  # the Friday before a Saturday's Fourth counts
        ("R10", date(2026, 11, 24), date(2027, 1, 23)),  # calendar days, whatever falls between
        ("R05", date(2026, 1, 31), date(2026, 4, 1)),
        ("R51", date(2026, 3, 1), date(2026, 4, 30)),
        ("R31", date(2026, 3, 1), None),
        ("X", date(2026, 3, 1), None),
    ],
)
def test_returns_arrive_in_banking_days_or_sixty_calendar_days(
    code: str, settled_on: date, until: date | None
) -> None:
    assert ach.comes_back_by(code, settled_on, fed.CALENDAR) == until


@given(st.sampled_from(sorted(CODES)), DAYS)
def test_every_code_has_one_window_or_none(code: str, day: date) -> None:
    known, until = CODES[code], ach.comes_back_by(code, day, fed.CALENDAR)
    assert None in (known.banking_days, known.calendar_days)
    if known.calendar_days is not None:
        assert until == day + timedelta(days=60)
    elif known.banking_days is None:
        assert until is None
    else:
        assert until is not None
        assert fed.CALENDAR.is_business_day(until)
        assert day < until <= day + timedelta(days=6)


def test_only_a_want_of_money_is_tried_again() -> None:
    assert sorted(code for code, one in CODES.items() if one.may_retry) == ["R01", "R09"]


@given(
    code=st.sampled_from([*sorted(CODES), "R98"]),
    retries=st.integers(0, 5),
    days=st.integers(0, 400),
    same_amount=st.booleans(),
    same_company=st.booleans(),
)
def test_a_retry_is_the_same_entry_twice_at_most_within_180_days(
    *, code: str, retries: int, days: int, same_amount: bool, same_company: bool
) -> None:
    entry = Entry(
        entered_on=date(2026, 1, 5), minor=1_000, code=code, retries=retries, company="1234567890"
    )
    why = ach.why_no_retry(
        entry,
        on=entry.entered_on + timedelta(days=days),
        minor=1_000 if same_amount else 1_001,
        company=entry.company if same_company else "9999999999",
    )
    may = code in ("R01", "R09") and retries < 2 and days <= 180 and same_amount and same_company
    assert (why == "") is may


def test_who_tries_again_is_who_tried_first() -> None:
    entry = Entry(entered_on=date(2026, 1, 5), minor=1_000, code="R01", company="A")
    on = date(2026, 2, 1)
    assert ach.why_no_retry(entry, on=on, minor=1_000, company="A") == ""
    assert ach.why_no_retry(entry, on=on, minor=1_000, company="B") == "retry_by_another_company"


def test_descriptions_are_the_words_of_the_rules_and_fit_their_field() -> None:
    told = (ach.RETRY_DESCRIPTION, ach.RETURN_FEE_DESCRIPTION, ach.REVERSAL_DESCRIPTION)
    assert told == ("RETRY PYMT", "RETURN FEE", "REVERSAL")
    assert all(len(one) <= 10 for one in told)


@pytest.mark.parametrize(
    ("code", "may"),
    [("R01", True), ("R09", True), ("R02", False), ("R10", False), ("R29", False), ("", False)],
)
def test_a_return_fee_is_for_want_of_money_alone(code: str, *, may: bool) -> None:
    entry = Entry(entered_on=date(2026, 1, 5), minor=1_000, code=code)
    assert ach.may_charge_fee(entry, was_told=True, fees=0) is may
    assert not ach.may_charge_fee(entry, was_told=True, fees=1)
    assert not ach.may_charge_fee(entry, was_told=False, fees=0)


@pytest.mark.parametrize(
    ("settled_on", "last"),
    [
        (date(2026, 3, 16), date(2026, 3, 23)),
        (date(2026, 11, 23), date(2026, 12, 1)),  # over Thanksgiving
        (date(2026, 6, 15), date(2026, 6, 23)),  # over Juneteenth
    ],
)
def test_a_mistake_is_reversed_within_five_banking_days(settled_on: date, last: date) -> None:
    assert ach.may_reverse(settled_on, last, fed.CALENDAR)
    assert not ach.may_reverse(settled_on, last + timedelta(days=1), fed.CALENDAR)


@pytest.mark.parametrize(
    ("is_consumer", "until"), [(False, date(2026, 11, 27)), (True, date(2027, 1, 23))]
)
def test_money_is_provisional_until_it_cannot_go_back(until: date, *, is_consumer: bool) -> None:
    settled_on = date(2026, 11, 24)
    found = ach.provisional_until(settled_on, fed.CALENDAR, is_consumer=is_consumer)
    assert found == until
    for day, expected in ((until, True), (until + timedelta(days=1), False)):
        told = ach.is_provisional(settled_on, day, fed.CALENDAR, is_consumer=is_consumer)
        assert told is expected


@given(day=DAYS, is_consumer=st.booleans())
def test_no_ordinary_return_comes_after_money_is_ours(*, day: date, is_consumer: bool) -> None:
    until = ach.provisional_until(day, fed.CALENDAR, is_consumer=is_consumer)
    for code, known in CODES.items():
        arrives = ach.comes_back_by(code, day, fed.CALENDAR)
        if arrives is not None and (is_consumer or known.banking_days is not None):
            assert arrives <= until


@pytest.mark.parametrize(
    ("kind", "codes", "level"),
    [("unauthorised", ["R05", "R07", "R10", "R11", "R29"], 5),
     ("administrative", ["R02", "R03", "R04"], 30),
     ("overall", ["R01", "R08", "R09"], 150)],
)  # fmt: skip
def test_each_level_is_reached_and_watched_from_four_fifths(
    kind: str, codes: list[str], level: int
) -> None:
    """Of 1,000 debits: at the level it is watched, past it over, below four fifths good."""

    def state(count: int) -> str:
        returned = [codes[n % len(codes)] for n in range(count)]
        return next(one.state for one in ach.return_rates(1_000, returned) if one.kind == kind)

    four_fifths = level * 4 // 5
    assert [state(n) for n in (four_fifths - 1, four_fifths, level, level + 1)] == [
        "good", "watch", "watch", "over",
    ]  # fmt: skip


def test_rates_are_over_sixty_days() -> None:
    assert ach.since(date(2026, 3, 16)) == date(2026, 1, 16)
    assert (date(2026, 3, 16) - ach.since(date(2026, 3, 16))).days + 1 == ach.RATE_DAYS
