"""Matching takes earned discounts and small differences by itself, and never guesses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.customers import services as customers
from creditdesk.disputes import queries as disputes
from creditdesk.insight import queries as insight
from creditdesk.invoices import terms_queries
from creditdesk.kernel.actor import Actor
from creditdesk.ledger.rules import DISCOUNT, TOLERANCE, VAT_OUTPUT
from tests.cash import stage
from tests.cash.test_shortfalls import IN_TIME, LATE, SHORT, clerk, invoice, publish

__all__ = ["clerk"]
IBAN = "DE89370400440532013000"


def codes(clerk: Actor, payment: int) -> list[str]:
    [row] = [one for one in queries.payments(clerk.company_id) if one.id == payment]
    return [one.code for one in row.reasons]


def kinds(clerk: Actor, payment: int) -> list[tuple[str, int, int]]:
    found = queries.adjustments_of_payment(clerk.company_id, payment)
    return [(one.kind, one.minor, one.tax_minor) for one in found if one.undone_on is None]


# Paid when, and how much of 1,190.00 with 190.00 tax; what is given by itself, what stays open.
CASES: list[tuple[str, date, int, list[tuple[str, int, int]], int]] = [
    ("to the cent", IN_TIME, 116_620, [("discount_earned", 2_380, 380)], 0),
    ("less than the discount", IN_TIME, 117_000, [("discount_earned", 2_000, 319)], 0),
    (
        "and cents", IN_TIME, 116_600,
        [("discount_earned", 2_380, 380), ("tolerance", 20, 3)], 0,
    ),
    ("a day late", LATE, 116_620, [], 2_380),
    ("more than offered", IN_TIME, 116_000, [], 3_000),
    ("within tolerance", LATE, 118_600, [("tolerance", 400, 64)], 0),
    ("above tolerance", LATE, 118_499, [], 501),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_what_a_named_payment_lacks(
    clerk: Actor, case: tuple[str, date, int, list[tuple[str, int, int]], int]
) -> None:
    _, on, minor, given, left = case
    item = invoice(clerk)
    payment = stage.paid(clerk, minor, "INV-1001", on=on)
    assert cash.match(clerk).applied == 1
    assert (kinds(clerk, payment), stage.open_minor(item)) == (given, left)
    assert [one.disputed_minor for one in disputes.open_disputes(clerk.company_id)] == (
        [left] if left else []
    )
    found = queries.adjustments_of_payment(clerk.company_id, payment)
    assert all(one.is_automatic and one.adjusted_on == on for one in found)
    assert insight.prove(clerk.company_id) == []


@pytest.mark.parametrize(("days", "given"), [(3, [("discount_earned", 2_380, 380)]), (4, [])])
def test_days_of_grace(clerk: Actor, days: int, given: list[tuple[str, int, int]]) -> None:
    publish(clerk, since=date(2020, 1, 3), short_payments={**SHORT, "discount_grace_days": 3})
    invoice(clerk)
    payment = stage.paid(clerk, 116_620, "INV-1001", on=IN_TIME + timedelta(days=days))
    cash.match(clerk)
    assert kinds(clerk, payment) == given


STEPS = {
    "code": "skonto", "net_days": 30,
    "discounts": [{"percent": "3", "within_days": 10}, {"percent": "2", "within_days": 20}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("days", "minor", "given"),
    [
        (10, 115_430, [("discount_earned", 3_570, 570)]),
        (11, 115_430, []),
        (11, 116_620, [("discount_earned", 2_380, 380)]),
        (20, 116_620, [("discount_earned", 2_380, 380)]),
        (21, 116_620, []),
    ],
)
def test_of_several_steps_that_of_the_value_date_counts(
    clerk: Actor, days: int, minor: int, given: list[tuple[str, int, int]]
) -> None:
    publish(clerk, terms=STEPS, since=date(2020, 1, 3))
    invoice(clerk)
    payment = stage.paid(clerk, minor, "INV-1001", on=stage.ISSUED + timedelta(days=days))
    cash.match(clerk)
    assert kinds(clerk, payment) == given


@pytest.mark.parametrize(
    ("mode", "given"),
    [("adjust_at_payment", 380), ("discounted_from_start", 0), ("no_adjustment", 0)],
)
def test_the_three_ways_of_the_tax(clerk: Actor, mode: str, given: int) -> None:
    terms: dict[str, Any] = {
        "code": "skonto", "net_days": 30, "discounts": [{"percent": "2", "within_days": 10}],
        "discount_tax": mode,
    }  # fmt: skip
    publish(clerk, terms=terms, since=date(2020, 1, 3))
    invoice(clerk)
    minor = 117_000 if mode == "discounted_from_start" else 116_620
    payment = stage.paid(clerk, minor, "INV-1001", on=IN_TIME)
    cash.match(clerk)
    assert kinds(clerk, payment) == [("discount_earned", 119_000 - minor, given)]
    books = stage.books(clerk)
    assert books[DISCOUNT] == 119_000 - minor - given
    assert books[VAT_OUTPUT] == given - 19_000


@pytest.mark.parametrize(
    ("mode", "parts", "given", "left"),
    [
        ("only_when_full", [49_000], [], 70_000),
        ("on_the_paid_part", [49_000], [1_000], 69_000),
        ("on_the_paid_part", [49_000, 67_620], [1_000, 1_380], 0),
        ("only_when_full", [49_000, 67_620], [], 2_380),
    ],
)
def test_a_part_paid_in_time(
    clerk: Actor, mode: str, parts: list[int], given: list[int], left: int
) -> None:
    publish(clerk, since=date(2020, 1, 3), short_payments={**SHORT, "discount_on_part": mode})
    item = invoice(clerk)
    payments = []
    for minor in parts:
        payments.append(stage.paid(clerk, minor, "INV-1001", on=IN_TIME))
        cash.match(clerk)
    found = [minor for one in payments for _, minor, _ in kinds(clerk, one)]
    assert (found, stage.open_minor(item)) == (given, left)
    assert insight.prove(clerk.company_id) == []


def two(clerk: Actor) -> tuple[int, int, int]:
    """Record invoices of 1,190.00 and 595.00 of one customer with a known account."""
    acorn = stage.customer(clerk, "Acorn Foods GmbH", iban=IBAN)
    first = stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000, terms_code="skonto")
    second = stage.taxed(clerk, acorn, "INV-1002", 50_000, 9_500, terms_code="skonto")
    return acorn, first, second


@pytest.mark.parametrize("text", ["INV-1001 INV-1002", "thank you"])
def test_a_sum_of_several_each_at_its_discount(clerk: Actor, text: str) -> None:
    _, first, second = two(clerk)
    payment = stage.paid(clerk, 116_620 + 58_310, text, iban=IBAN, on=IN_TIME)
    assert cash.match(clerk).applied == 1
    assert kinds(clerk, payment) == [
        ("discount_earned", 2_380, 380),
        ("discount_earned", 1_190, 190),
    ]
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 0)
    assert codes(clerk, payment)[-1] == "discount_earned"
    assert insight.prove(clerk.company_id) == []


def test_one_of_several_at_its_discount_by_amount_alone(clerk: Actor) -> None:
    _, first, second = two(clerk)
    payment = stage.paid(clerk, 58_310, "thank you", iban=IBAN, on=IN_TIME)
    assert cash.match(clerk).applied == 1
    assert kinds(clerk, payment) == [("discount_earned", 1_190, 190)]
    assert (stage.open_minor(first), stage.open_minor(second)) == (119_000, 0)


def test_a_discount_taken_late_is_proposed(clerk: Actor) -> None:
    _, first, second = two(clerk)
    payment = stage.paid(clerk, 116_620 + 58_310, "thank you", iban=IBAN, on=LATE)
    assert cash.match(clerk).applied == 0
    [row] = [one for one in queries.exceptions(clerk.company_id) if one.id == payment]
    assert [one.code for one in row.proposals[0].reasons][-1] == "discount_taken_late"
    assert dict(row.proposals[0].allocations) == {first: 116_620, second: 58_310}
    assert kinds(clerk, payment) == []


def test_between_a_full_amount_and_a_discounted_one_nobody_guesses(clerk: Actor) -> None:
    acorn, first, second = two(clerk)
    other = stage.invoice(clerk, acorn, "INV-2001", 58_310)
    payment = stage.paid(clerk, 58_310, "thank you", iban=IBAN, on=IN_TIME)
    assert cash.match(clerk).applied == 0
    [row] = [one for one in queries.exceptions(clerk.company_id) if one.id == payment]
    assert codes(clerk, payment)[-1] == "discount_or_full"
    assert [dict(one.allocations) for one in row.proposals] == [{second: 58_310}, {other: 58_310}]
    assert stage.open_minor(first) == 119_000


def test_the_named_full_amount_comes_before_a_discount_elsewhere(clerk: Actor) -> None:
    acorn, _, _ = two(clerk)
    named = stage.invoice(clerk, acorn, "INV-2001", 58_310)
    payment = stage.paid(clerk, 58_310, "INV-2001", iban=IBAN, on=IN_TIME)
    assert cash.match(clerk).applied == 1
    assert (stage.open_minor(named), kinds(clerk, payment)) == (0, [])


def test_two_payments_of_one_batch_complete_an_invoice_once(clerk: Actor) -> None:
    item = invoice(clerk, terms="net30")
    stage.take_in(
        clerk,
        stage.Paid(minor=60_000, text="INV-1001 a", on=LATE),
        stage.Paid(minor=58_800, text="INV-1001 b", on=LATE),
    )
    assert cash.match(clerk).applied == 2
    assert stage.open_minor(item) == 0
    assert stage.books(clerk)[TOLERANCE] == 200 - 32
    found = queries.adjustments_of_items(clerk.company_id, [item])
    assert [(one.minor, one.tax_minor) for one in found] == [(200, 32)]
    assert insight.prove(clerk.company_id) == []


def test_the_customers_terms_give_the_discount_if_they_lead_to_the_due_date(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    customers.set_terms(clerk, acorn, terms_code="skonto", valid_from=date(2020, 1, 1))
    stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000)
    payment = stage.paid(clerk, 116_620, "INV-1001", on=IN_TIME)
    cash.match(clerk)
    assert kinds(clerk, payment) == [("discount_earned", 2_380, 380)]


@pytest.mark.parametrize("by", ["document", "customer"])
def test_the_same_documents_are_asked_about_for_one_payment_and_for_thousands(
    clerk: Actor, by: str
) -> None:
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    if by == "customer":
        customers.set_terms(clerk, acorn, terms_code="skonto", valid_from=date(2020, 1, 1))
    stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000)
    invoice(clerk, number="INV-1002")
    invoice(clerk, terms="net30", number="INV-1003")
    found = [
        sorted(
            terms_queries.open_with_discount(
                clerk.company_id, currencies=["EUR"], since=date(2020, 1, 1), for_many=for_many
            )
        )
        for for_many in (False, True)
    ]
    assert len(found[0]) == (2 if by == "customer" else 1)
    assert found[0] == found[1]


def test_matching_again_gives_nothing_twice(clerk: Actor) -> None:
    invoice(clerk)
    payment = stage.paid(clerk, 116_620, "INV-1001", on=IN_TIME)
    cash.match(clerk)
    again = cash.match(clerk)
    assert (again.matched, kinds(clerk, payment)) == (0, [("discount_earned", 2_380, 380)])
