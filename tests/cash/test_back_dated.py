"""Applying into the past: the date is that of the money, unless its month is closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import queries as ledger
from creditdesk.ledger import services as periods
from creditdesk.ledger.rules import DISCOUNT, RECEIVABLE, VAT_OUTPUT
from tests.cash import stage
from tests.cash.test_shortfalls import clerk, invoice

__all__ = ["clerk"]
FEBRUARY, MARCH_1 = date(2026, 2, 28), date(2026, 3, 1)
IN_TIME = date(2026, 2, 9)


def as_of(clerk: Actor, day: date) -> dict[str, int]:
    return {row.account: row.minor for row in ledger.balances(clerk.company_id, as_of=day)}


def applied_on(clerk: Actor, item: int) -> list[date]:
    return [
        one.applied_on
        for one in queries.allocations_of_items(clerk.company_id, [item])
        if one.undone_on is None
    ]


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_date_of_an_application_is_the_moneys_or_the_first_open_day(
    clerk: Actor, *, is_closed: bool
) -> None:
    """Applied in March: neither the day of the click nor a day of a closed month."""
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    item = stage.invoice(clerk, acorn, "INV-1001", 10_000)
    payment = stage.paid(clerk, 10_000, "on account", on=IN_TIME)
    if is_closed:
        periods.close_period(clerk, FEBRUARY)
    cash.apply(clerk, payment, allocations={item: 10_000})
    expected = MARCH_1 if is_closed else IN_TIME
    assert applied_on(clerk, item) == [expected]
    before = as_of(clerk, expected - timedelta(days=1)).get(RECEIVABLE, 0)
    assert (before, as_of(clerk, expected).get(RECEIVABLE, 0)) == (10_000, 0)
    assert insight.prove(clerk.company_id) == []


def test_money_older_than_the_invoice_pays_it_from_the_invoices_day(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    issued_on = date(2026, 2, 20)
    item = stage.invoice(clerk, acorn, "INV-1001", 10_000, issued_on=issued_on)
    payment = stage.paid(clerk, 10_000, "deposit", on=IN_TIME)
    cash.apply(clerk, payment, allocations={item: 10_000})
    assert applied_on(clerk, item) == [issued_on]


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_discount_of_a_month_now_closed_is_earned_and_its_tax_goes_to_an_open_one(
    clerk: Actor, *, is_closed: bool
) -> None:
    """1,190.00 with 190.00 tax, paid in time less 2 %: 20.00 net and 3.80 tax are given."""
    item = invoice(clerk)
    payment = stage.paid(clerk, 116_620, "INV-1001", on=IN_TIME)
    if is_closed:
        periods.close_period(clerk, FEBRUARY)
    then = as_of(clerk, FEBRUARY)
    cash.match(clerk)
    [given] = queries.adjustments_of_payment(clerk.company_id, payment)
    on = MARCH_1 if is_closed else IN_TIME
    assert (given.kind, given.minor, given.tax_minor) == ("discount_earned", 2_380, 380)
    assert (given.adjusted_on, stage.open_minor(item)) == (on, 0)
    if is_closed:
        assert as_of(clerk, FEBRUARY) == then  # what was declared stays declared
    before, after = as_of(clerk, on - timedelta(days=1)), as_of(clerk, on)
    assert (before.get(DISCOUNT, 0), before[VAT_OUTPUT]) == (0, -19_000)
    assert (after[DISCOUNT], after[VAT_OUTPUT]) == (2_000, 380 - 19_000)
    assert insight.prove(clerk.company_id) == []
