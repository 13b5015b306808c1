"""What falls due when, where credit goes, what a repeat may differ in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.invoices import rules
from creditdesk.invoices.rules import NewInvoice, OpenPart, Recorded
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.policy.rules import Instalment, Terms, instalments

PLAIN = BusinessCalendar()
TODAY = date(2026, 3, 16)
GOOD = NewInvoice(
    customer_id=1,
    number="INV-1",
    issued_on=date(2026, 3, 2),
    currency="EUR",
    net_minor=10_000,
    tax_minor=1_900,
)


@pytest.mark.parametrize(
    ("terms", "issued_on", "expected"),
    [
        (Terms(code="n30", net_days=30), "2026-01-31", ["2026-03-02"]),
        (Terms(code="n0", net_days=0), "2024-02-29", ["2024-02-29"]),
        (Terms(code="e15", net_days=15, from_month_end=True), "2024-02-01", ["2024-03-15"]),
        (Terms(code="e15", net_days=15, from_month_end=True), "2026-02-01", ["2026-03-15"]),
        (Terms(code="e0", net_days=0, from_month_end=True), "2026-02-28", ["2026-02-28"]),
        (Terms(code="d31", net_days=0, day_of_month=31), "2026-02-10", ["2026-02-28"]),
        (Terms(code="d5", net_days=0, day_of_month=5), "2026-12-06", ["2027-01-05"]),
        (
            Terms(code="h", net_days=0, instalment_percents=(50, 30, 20)),
            "2026-01-31",
            ["2026-01-31", "2026-02-28", "2026-03-31"],
        ),
        (
            Terms(code="h", net_days=0, instalment_percents=(50, 50)),
            "2024-01-31",
            ["2024-01-31", "2024-02-29"],
        ),
        (Terms(code="f", net_days=0, roll="following"), "2026-03-14", ["2026-03-16"]),
        (
            Terms(code="m", net_days=0, roll="modified_following"),
            "2026-02-28",
            ["2026-02-27"],
        ),
    ],
)
def test_due_dates_of_terms(terms: Terms, issued_on: str, expected: list[str]) -> None:
    parts = instalments(terms, date.fromisoformat(issued_on), 10_001, PLAIN)
    assert [part.due_on.isoformat() for part in parts] == expected
    assert sum(part.minor for part in parts) == 10_001


def test_an_explicit_due_date_is_one_instalment_whatever_the_terms() -> None:
    halves = Terms(code="halves", net_days=30, instalment_percents=(50, 50))
    dated = replace(GOOD, due_on=date(2026, 5, 1))
    assert rules.parts_of(dated, halves, PLAIN) == [Instalment(1, date(2026, 5, 1), 11_900)]
    assert len(rules.parts_of(GOOD, halves, PLAIN)) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"number": " "}, "number_missing"),
        ({"number": "x" * 65}, "number_too_long"),
        ({"number": "a\x07"}, "text_malformed"),
        ({"order_reference": "x" * 201}, "text_malformed"),
        ({"currency": "eur"}, "currency_malformed"),
        ({"net_minor": 0, "tax_minor": 0}, "amount_zero"),
        ({"net_minor": -1, "tax_minor": 0}, "amount_negative"),
        ({"net_minor": -1, "tax_minor": 2}, "amount_signs_mixed"),
        ({"net_minor": 2**62}, "amount_too_large"),
        ({"issued_on": date(1989, 12, 31)}, "issued_out_of_range"),
        ({"issued_on": date(2027, 3, 18)}, "issued_out_of_range"),
        ({"issued_on": date(2027, 3, 17)}, ""),
        ({"due_on": date(2025, 11, 29)}, "due_before_issued"),
        ({"due_on": date(2025, 11, 30)}, ""),
        ({"due_on": date(2046, 3, 2)}, "due_out_of_range"),
    ],
)
def test_faults(change: dict[str, object], code: str) -> None:
    assert rules.fault_of(replace(GOOD, **change), today=TODAY) == code  # type: ignore[arg-type]


KNOWN = Recorded("INV-1", "invoice", 1, date(2026, 3, 2), "EUR", 10_000, 1_900, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, ()),
        ({"due_on": date(2026, 4, 1)}, ()),
        ({"due_on": date(2026, 4, 2)}, ("due_on",)),
        ({"customer_id": 2}, ("customer_number",)),
        ({"issued_on": date(2026, 3, 3)}, ("issued_on",)),
        ({"net_minor": 10_001}, ("total",)),
        ({"net_minor": 10_900, "tax_minor": 1_000}, ("tax",)),
        ({"currency": "USD", "net_minor": 1}, ("currency", "total")),
    ],
)
def test_differences_of_a_repeat(change: dict[str, object], fields: tuple[str, ...]) -> None:
    assert rules.differences(replace(GOOD, **change), KNOWN) == fields  # type: ignore[arg-type]


@given(
    tax_minor=st.integers(0, 10_000),
    net_minor=st.integers(1, 10_000),
    percents=st.lists(st.integers(1, 100), min_size=1, max_size=6),
)
def test_tax_is_shared_out_without_loss(
    tax_minor: int, net_minor: int, percents: list[int]
) -> None:
    terms = Terms(code="t", net_days=0, instalment_percents=tuple(percents))
    total = net_minor + tax_minor
    parts = instalments(terms, date(2026, 1, 31), total, PLAIN)
    shares = rules.share_of_tax(tax_minor, total, parts)
    assert sum(shares) == tax_minor
    assert all(0 <= share <= part.minor for share, part in zip(shares, parts, strict=True))


@given(
    minor=st.integers(1, 5_000),
    opens=st.lists(st.integers(0, 2_000), max_size=6),
)
def test_credit_lowers_the_oldest_first_and_never_more_than_is_open(
    minor: int, opens: list[int]
) -> None:
    parts = [
        OpenPart(n, date(2026, 3, 2), date(2026, 4, 1 + n), still) for n, still in enumerate(opens)
    ]
    applied = rules.apply_credit(minor, reversed(parts), on=date(2026, 3, 1))
    assert sum(one.minor for one in applied) == min(minor, sum(opens))
    assert all(0 < one.minor <= opens[one.item_id] for one in applied)
    assert [one.item_id for one in applied] == sorted(one.item_id for one in applied)
    assert all(one.settles for one in applied[:-1])
    assert all(one.on == date(2026, 3, 2) for one in applied)
