"""The ways of a short payment as pure rules: to the cent, within bounds, whatever the invoice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash.rules.shortfall import (
    Part,
    Standing,
    TaxShare,
    automatic,
    shares_within,
    steps,
)
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.policy.rules import (
    Discount,
    ShortPaymentRules,
    TaxLine,
    Terms,
    Tolerance,
    offers,
)

ISSUED = date(2026, 2, 2)
RULES = ShortPaymentRules(
    tolerances=(Tolerance(currency="EUR", minor=500, percent=Decimal(1), bank_fee_minor=1_500),)
)
TERMS = Terms(code="skonto", net_days=30, discounts=(Discount(percent=Decimal(2), within_days=10),))
taxes = st.lists(
    st.builds(
        lambda rate, net: TaxShare("S", Decimal(rate), net, net * rate // 100),
        st.sampled_from([0, 7, 19, 25]), st.integers(1, 10**7),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def standing(lines: list[TaxShare], short: int, before: dict[str, int] | None = None) -> Standing:
    total = sum(line.net_minor + line.tax_minor for line in lines)
    found = offers(
        TERMS, ISSUED, [TaxLine(line.net_minor, line.tax_minor) for line in lines],
        BusinessCalendar(),
    )  # fmt: skip
    return Standing(
        invoice_id=1, number="INV-1", currency="EUR", total_minor=total,
        parts=(Part(7, total, short, before or {}),), paid_minor=total - short,
        paid_before_minor=0, taxes=tuple(lines), is_tax_known=True, offers=tuple(found),
    )  # fmt: skip


@given(taxes, st.integers(1, 10**6))
def test_shares_sum_to_the_amount_and_hold_no_more_tax_than_that(
    lines: list[TaxShare], minor: int
) -> None:
    shares = shares_within(minor, lines)
    assert sum(share.net_minor + share.tax_minor for share in shares) == minor
    assert all(share.tax_minor >= 0 and share.net_minor >= 0 for share in shares)
    whole = sum(line.net_minor + line.tax_minor for line in lines)
    exact = Decimal(minor * sum(line.tax_minor for line in lines)) / whole
    assert abs(sum(share.tax_minor for share in shares) - exact) <= len(lines)


@given(taxes, st.data(), st.integers(0, 40))
def test_every_way_closes_what_it_is_about_and_never_more(
    lines: list[TaxShare], data: st.DataObject, days: int
) -> None:
    total = sum(line.net_minor + line.tax_minor for line in lines)
    short = data.draw(st.integers(1, total))
    before = data.draw(
        st.dictionaries(st.sampled_from(["tolerance", "bank_fee"]), st.integers(0, 2_000))
    )
    stands = standing(lines, short, before)
    on = ISSUED + timedelta(days=days)
    for step in steps(stands, 7, RULES, paid_on=on):
        given_minor = sum(one.minor for one in step.adjusted)
        assert given_minor in (0, short)
        assert 0 <= step.tax_minor <= given_minor
        if step.adjusted and step.way == "tolerance":
            assert short + before.get("tolerance", 0) <= min(500, total // 100)
        if step.adjusted and step.way == "bank_fee":
            assert short + before.get("bank_fee", 0) <= 1_500
        if step.adjusted and step.way == "discount":
            assert step.is_earned == (days <= 10)
    by_itself = automatic(stands, RULES, paid_on=on, items=[7])
    assert sum(one.minor for one in by_itself) in (0, short)
    if days > 10:
        assert {one.kind for one in by_itself} <= {"tolerance"}


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        (2_380, [(1_000, 190), (1_112, 78)]),
        (1, [(1, 0)]),
        (100, [(42, 8), (47, 3)]),
    ],
)
def test_two_rates_each_have_their_share(minor: int, expected: list[tuple[int, int]]) -> None:
    lines = [
        TaxShare("S", Decimal(19), 50_000, 9_500),
        TaxShare("S", Decimal(7), 55_607, 3_893),
    ]
    shares = shares_within(minor, lines)
    assert [(share.net_minor, share.tax_minor) for share in shares] == expected


def test_an_invoice_whose_tax_is_not_known_says_so() -> None:
    stands = standing([TaxShare("", None, 100_000, 19_000)], 200)
    unknown = Standing(
        invoice_id=1, number="INV-1", currency="EUR", total_minor=119_000, parts=stands.parts,
        paid_minor=118_800, paid_before_minor=0, taxes=(), is_tax_known=False,
    )  # fmt: skip
    found = {step.way: step for step in steps(unknown, 7, RULES, paid_on=ISSUED)}
    assert "discount" not in found
    assert (found["tolerance"].tax_minor, found["tolerance"].is_tax_known) == (0, False)
    assert found["bank_fee"].is_tax_known


def test_without_a_tolerance_nothing_is_written_off() -> None:
    stands = standing([TaxShare("S", Decimal(19), 100_000, 19_000)], 1)
    late = ISSUED + timedelta(days=20)
    assert automatic(stands, ShortPaymentRules(), paid_on=late, items=[7]) == ()
    assert automatic(stands, RULES, paid_on=late, items=[8]) == ()
    assert [one.minor for one in automatic(stands, RULES, paid_on=late, items=[7])] == [1]
