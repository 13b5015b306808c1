"""Foreign items: what paying them realises, in the company's currency, never shown to customers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.rules.exchange import Share, Whole, is_near
from creditdesk.cash.services import Solution
from creditdesk.controls.queries import CompanyRow
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.ledger.rules import FX_GAIN, FX_LOSS, FX_POSITION, RECEIVABLE, UNAPPLIED
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from tests.cash import stage
from tests.cash.stage import Paid
from tests.cash.test_services import counts
from tests.cash.test_shortfalls import publish
from tests.support.at_once import at_once, codes
from tests.support.fixtures import founded

ISSUED, PAID = stage.ISSUED, date(2026, 3, 10)
rates = st.decimals("0.0001", "9000", places=6).filter(lambda rate: rate > 0)
parts = st.lists(st.integers(1, 10**9), min_size=1, max_size=8)


@given(parts, rates)
def test_parts_are_worth_what_the_whole_is(minors: list[int], rate: Decimal) -> None:
    whole = Whole("USD", sum(minors), rate)
    worth = 0
    for minor in minors:
        worth += whole.worth(minor, "EUR")
        whole = whole.after(minor, "EUR")
    exact = sum(minors) * rate
    assert worth == int(exact.to_integral_value(ROUND_HALF_UP))
    assert whole.done_base_minor == worth


@given(parts, rates, rates)
def test_differences_sum_to_what_came_in_less_what_was_issued(
    minors: list[int], issued_rate: Decimal, paid_rate: Decimal
) -> None:
    item = Whole("USD", sum(minors), issued_rate)
    payment = Whole("USD", sum(minors), paid_rate)
    differences = 0
    for minor in minors:
        differences += payment.worth(minor, "EUR") - item.worth(minor, "EUR")
        item, payment = item.after(minor, "EUR"), payment.after(minor, "EUR")
    whole = sum(minors)
    assert differences == (
        Whole("USD", whole, paid_rate).worth(whole, "EUR")
        - Whole("USD", whole, issued_rate).worth(whole, "EUR")
    )


@pytest.mark.parametrize(
    ("payment", "item", "near"),
    [(9_000, 10_000, True), (9_000, 10_500, True), (9_000, 10_502, False), (9_000, 9_498, False)],
)
def test_a_rate_may_differ_from_the_days_by_so_much(payment: int, item: int, near: bool) -> None:  # noqa: FBT001 - a table
    assert near == is_near(
        payment, item, payment_currency="EUR", item_currency="USD",
        rate=Decimal(10) / 9, tolerance_percent=Decimal(5),
    )  # fmt: skip


# -- on PostgreSQL -----------------------------------------------------------------------------


@pytest.fixture
def clerk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    """Somebody of a company in euro; a dollar was 0.90 when invoiced and is 0.95 when paid."""
    actor = actor_of(company.id)
    policy.ensure_default(actor, valid_from=date(2020, 1, 1))
    publish(actor)
    policy.load_rates(
        [("USD", "EUR", ISSUED, Decimal("0.90")), ("USD", "EUR", PAID, Decimal("0.95"))],
        source="test",
    )
    return actor


def dollars(clerk: Actor, minor: int = 100_001) -> tuple[int, int]:
    acorn = stage.customer(clerk, "Acorn Inc")
    return acorn, stage.invoice(clerk, acorn, "INV-1001", minor, currency="USD")


def balances(clerk: Actor) -> dict[tuple[str, str], int]:
    wanted = (FX_GAIN, FX_LOSS, FX_POSITION, RECEIVABLE, UNAPPLIED)
    return {
        (one.account, one.currency): one.minor
        for one in ledger.balances(clerk.company_id)
        if one.account in wanted and one.minor
    }


def customers_side(clerk: Actor, customer: int) -> int:
    """Return how many postings of the customer there are in another currency than dollars."""
    return int(
        sql.scalar(
            "SELECT count(*) FROM ledger_posting WHERE company_id = %s AND customer_id = %s"
            " AND currency <> 'USD'",
            [clerk.company_id, customer],
        )
    )


def test_a_gain_is_posted_once_in_the_companys_currency(clerk: Actor) -> None:
    acorn, item = dollars(clerk)
    for minor in (33_333, 66_668):
        payment = stage.paid(clerk, minor, currency="USD", on=PAID)
        cash.apply(clerk, payment, allocations={item: minor})
    # 1,000.01 dollars were 900.01 euro; 333.33 and 666.68 came in as 316.66 and 633.35.
    gain = 31_666 + 63_335 - 90_001
    assert balances(clerk) == {(FX_GAIN, "EUR"): -gain, (FX_POSITION, "EUR"): gain}
    assert customers_side(clerk, acorn) == 0
    assert insight.prove(clerk.company_id) == []


def test_a_loss_and_its_undoing(clerk: Actor) -> None:
    policy.load_rates([("USD", "EUR", PAID, Decimal("0.85"))], source="test")
    acorn, item = dollars(clerk, 100_000)
    payment = stage.paid(clerk, 100_000, currency="USD", on=PAID)
    cash.apply(clerk, payment, allocations={item: 100_000})
    assert balances(clerk) == {(FX_LOSS, "EUR"): 5_000, (FX_POSITION, "EUR"): -5_000}
    cash.undo(clerk, payment)
    assert balances(clerk) == {(RECEIVABLE, "USD"): 100_000, (UNAPPLIED, "USD"): -100_000}
    cash.apply(clerk, payment, allocations={item: 100_000})
    assert balances(clerk) == {(FX_LOSS, "EUR"): 5_000, (FX_POSITION, "EUR"): -5_000}
    assert customers_side(clerk, acorn) == 0
    assert insight.prove(clerk.company_id) == []


def test_what_is_given_realises_nothing(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn Inc")
    item = stage.taxed(clerk, acorn, "INV-1", 100_000, 0, terms_code="skonto", currency="USD")
    payment = stage.paid(clerk, 98_000, currency="USD", on=date(2026, 2, 12))
    cash.apply(clerk, payment, allocations={item: 98_000}, short={item: Solution("discount")})
    assert balances(clerk) == {}
    policy.load_rates([("USD", "EUR", date(2026, 2, 12), Decimal("1.00"))], source="test")
    cash.undo(clerk, payment)
    cash.apply(clerk, payment, allocations={item: 98_000}, short={item: Solution("discount")})
    assert balances(clerk) == {(FX_GAIN, "EUR"): -9_800, (FX_POSITION, "EUR"): 9_800}


def test_without_a_rate_it_waits_for_one(
    company: CompanyRow, actor_of: Callable[..., Actor]
) -> None:
    clerk = actor_of(company.id)
    policy.ensure_default(clerk, valid_from=date(2020, 1, 1))
    _, item = dollars(clerk, 100_000)
    payment = stage.paid(clerk, 100_000, currency="USD", on=PAID)
    cash.apply(clerk, payment, allocations={item: 100_000})
    assert (balances(clerk), cash.realise_missing(clerk)) == ({}, 0)
    policy.load_rates(
        [("USD", "EUR", ISSUED, Decimal("0.9")), ("USD", "EUR", PAID, Decimal("1.0"))],
        source="late",
    )
    assert (cash.realise_missing(clerk), cash.realise_missing(clerk)) == (1, 0)
    assert balances(clerk) == {(FX_GAIN, "EUR"): -10_000, (FX_POSITION, "EUR"): 10_000}


def test_euro_pay_a_dollar_invoice(clerk: Actor) -> None:
    acorn, item = dollars(clerk, 100_000)
    payment = stage.paid(clerk, 96_000, on=PAID)
    cash.assign_payer(clerk, payment, acorn)
    made = cash.apply_exchanged(clerk, payment, shares={item: Share(95_500, 100_000)})
    assert (made.unapplied_minor, stage.open_minor(item)) == (500, 0)
    # 1,000.00 dollars were 900.00 euro when invoiced; 955.00 came in.
    assert balances(clerk) == {
        (UNAPPLIED, "EUR"): -500,
        (FX_POSITION, "USD"): 100_000,
        (FX_POSITION, "EUR"): -95_500 + 5_500,
        (FX_GAIN, "EUR"): -5_500,
    }
    assert insight.prove(clerk.company_id) == []
    cash.undo(clerk, payment)
    assert balances(clerk) == {(UNAPPLIED, "EUR"): -96_000, (RECEIVABLE, "USD"): 100_000}
    assert stage.payment(payment).unapplied_minor == 96_000
    assert insight.prove(clerk.company_id) == []


def test_what_cannot_be_exchanged_changes_nothing(clerk: Actor) -> None:
    acorn, item = dollars(clerk, 100_000)
    euro = stage.invoice(clerk, acorn, "INV-2", 5_000)
    others = stage.invoice(clerk, stage.customer(clerk, "Birch"), "INV-3", 100_000, currency="USD")
    pounds = stage.invoice(clerk, acorn, "INV-4", 5_000, currency="GBP")
    payment = stage.paid(clerk, 96_000, on=PAID)
    unknown = stage.paid(clerk, 1_000, on=PAID)
    cash.assign_payer(clerk, payment, acorn)
    before = counts()
    cases: list[tuple[int, int, int, int, type[DomainError], str]] = [
        (payment, item, 90_000, 100_000, Refused, "rate_too_far"),
        (payment, item, 96_001, 100_000, Conflict, "payment_changed"),
        (payment, item, 95_500, 100_001, Conflict, "item_changed"),
        (payment, euro, 5_000, 5_000, Refused, "same_currency"),
        (payment, others, 95_500, 100_000, Refused, "item_of_another"),
        (payment, pounds, 5_000, 5_000, Refused, "rate_missing"),
        (unknown, item, 1_000, 1_052, Refused, "payer_unknown"),
    ]
    for payment_id, item_id, taken, settled, kind, code in cases:
        with pytest.raises(kind) as refused:
            cash.apply_exchanged(clerk, payment_id, shares={item_id: Share(taken, settled)})
        assert (refused.value.code, counts()) == (code, before)


def test_the_statement_in_dollars_is_the_sum_of_open_documents(clerk: Actor) -> None:
    acorn, item = dollars(clerk, 100_000)
    stage.take_in(clerk, Paid(minor=40_000, text="INV-1001", currency="USD", on=PAID))
    cash.match(clerk)
    assert stage.open_minor(item) == 60_000
    found = ledger.customer_balances(clerk.company_id, RECEIVABLE)
    assert [(one.customer_id, one.currency, one.minor) for one in found] == [(acorn, "USD", 60_000)]
    rows = queries.allocations_of_customer(clerk.company_id, acorn)
    assert [(one.currency, one.minor) for one in rows] == [("USD", 40_000)]


def test_eight_hands_exchange_no_more_than_there_is(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    clerk = actor_of(founded().id)
    policy.ensure_default(clerk, valid_from=date(2020, 1, 1))
    publish(clerk)
    policy.load_rates([("USD", "EUR", ISSUED, Decimal("0.90"))], source="test")
    _, item = dollars(clerk, 10_000)
    acorn = sql.scalar("SELECT customer_id FROM invoices_item")
    payments = []
    for _ in range(4):
        payment = stage.paid(clerk, 3_600, on=PAID)
        cash.assign_payer(clerk, payment, acorn)
        payments.append(payment)
    share = {item: Share(3_600, 4_000)}
    results = at_once(
        *(
            lambda one=one: cash.apply_exchanged(clerk, one, shares=share)  # type: ignore[misc]
            for one in (*payments, *payments)
        )
    )
    assert sum(isinstance(one, cash.Exchanged) for one in results) == 2
    assert set(codes(results)) <= {"item_changed", "payment_changed"}
    assert stage.open_minor(item) == 2_000
    left = sorted(stage.payment(one).unapplied_minor for one in payments)
    assert left == [0, 0, 3_600, 3_600]
    assert sql.scalar("SELECT count(*) FROM cash_realised") == 2
    assert insight.prove(clerk.company_id) == []


def test_exchanging_and_undoing_at_once_keep_the_books(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    clerk = actor_of(founded().id)
    policy.ensure_default(clerk, valid_from=date(2020, 1, 1))
    publish(clerk)
    policy.load_rates([("USD", "EUR", ISSUED, Decimal("0.90"))], source="test")
    acorn, item = dollars(clerk, 10_000)
    payment = stage.paid(clerk, 9_000, on=PAID)
    cash.assign_payer(clerk, payment, acorn)

    def hand() -> None:
        for _ in range(6):
            for act in (
                lambda: cash.apply_exchanged(clerk, payment, shares={item: Share(4_500, 5_000)}),
                lambda: cash.undo(clerk, payment),
            ):
                with contextlib.suppress(Conflict):
                    act()

    results = at_once(*(hand for _ in range(4)))
    assert codes(results) == []
    taken = 9_000 - stage.payment(payment).unapplied_minor
    assert stage.open_minor(item) == 10_000 - taken * 10 // 9
    assert insight.prove(clerk.company_id) == []
