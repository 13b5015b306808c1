"""Days to pay of a reminder and days of terms, by country and date; proposals bind nobody."""

from __future__ import annotations

from datetime import date

import pytest

from creditdesk.policy.rules import notice_law, term_law
from creditdesk.policy.rules.interest import REFERENCES, half_years, law_of, missing_rates
from creditdesk.policy.rules.terms import Terms

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("country", "on", "days"),
    [("NO", TODAY, 14), ("NO", date(1989, 7, 1), 14), ("NO", date(1989, 6, 30), 0),
     ("DE", TODAY, 0), ("", TODAY, 0)],
)  # fmt: skip
def test_a_norwegian_reminder_gives_fourteen_days(country: str, on: date, days: int) -> None:
    assert notice_law.least_days(country, on) == days
    assert notice_law.countries(TODAY) == ("NO",)


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        (Terms(code="net30", net_days=30), 30),
        (Terms(code="net60", net_days=60), 60),
        (Terms(code="eom30", net_days=30, from_month_end=True), 60),
        (Terms(code="eom45", net_days=45, from_month_end=True), 75),
        (Terms(code="thirds", net_days=30, instalment_percents=(34, 33, 33)), 30),
    ],
)
def test_the_longest_of_a_year_counts_and_instalments_are_a_schedule(
    terms: Terms, days: int
) -> None:
    assert term_law.longest_days(terms, TODAY) == days


@pytest.mark.parametrize(
    ("country", "days", "codes"),
    [
        ("DE", 60, []),
        ("DE", 61, ["EU-3"]),
        ("FR", 61, ["FR-1"]),
        ("ES", 61, ["ES-1"]),
        ("GB", 61, ["UK-4"]),
        ("GB", 60, []),
        ("US", 120, []),
        ("", 120, []),
    ],
)
def test_longer_terms_are_told_by_the_law_of_the_buyers_country(
    country: str, days: int, codes: list[str]
) -> None:
    found = term_law.too_long([Terms(code="long", net_days=days)], frozenset({country}), TODAY)
    assert [(one.terms, one.days, one.law.code) for one in found] == [
        ("long", days, code) for code in codes
    ]


def test_proposals_are_known_and_off() -> None:
    assert {law.code for law in term_law.proposals(TODAY)} == {"EU-6", "UK-6"}
    assert not {law.code for law in term_law.in_force(TODAY)} & {"EU-6", "UK-6"}
    assert {law.code for law in term_law.in_force(date(2013, 3, 15))} == {"FR-1"}


def test_norwegian_interest_goes_by_a_rate_that_is_entered() -> None:
    law = law_of("norway", TODAY)
    assert (law.code, law.reference in REFERENCES, law.compensation) == ("NO", True, ())
    assert law.consumer_margin_percent == law.margin_percent == 8


def test_half_years_and_what_lacks_of_them() -> None:
    first, last = date(2025, 6, 30), date(2026, 7, 1)
    every = [date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1)]
    assert half_years(first, last) == every
    assert half_years(last, last) == every[-1:]
    known = {("a", one) for one in every[:-1]}
    assert missing_rates(known, [("a", first, last), ("a", last, last)]) == [("a", every[-1])]
    assert missing_rates(known, [("a", first, date(2026, 6, 30)), ("b", first, first)]) == [
        ("b", every[0])
    ]
