"""Statements taken in, payments matched, applied, put on account and undone, on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.contact import queries as contact_queries
from creditdesk.controls import commands
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.ledger.rules import BANK, RECEIVABLE, REVENUE, UNAPPLIED, UNIDENTIFIED
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.stage import PAID, Paid
from tests.support.fixtures import founded


def counts() -> tuple[int, ...]:
    """Return how many rows the tables of money have: what a refusal must not change."""
    tables = (
        "cash_bankline", "cash_payment", "cash_allocation", "cash_match", "cash_statement",
        "ledger_posting", "contact_hold", "plumbing_event",
    )  # fmt: skip
    return tuple(int(sql.scalar(f"SELECT count(*) FROM {table}")) for table in tables)


def events(name: str) -> list[dict[str, object]]:
    return [
        json.loads(row)
        for row in sql.scalars(
            "SELECT data::text FROM plumbing_event WHERE name = %s ORDER BY id", [name]
        )
    ]


def test_a_receipt_becomes_money_of_nobody_until_it_is_matched(desk: Actor) -> None:
    result = stage.take_in(
        desk,
        Paid(minor=10_000, text="hello", name="Somebody"),
        Paid(minor=-2_500, text="bank fee"),
    )
    assert (result.lines_new, result.payments, result.outgoing, result.returned) == (2, 1, 1, 0)
    assert stage.books(desk) == {BANK: 10_000, UNIDENTIFIED: -10_000}
    waiting = queries.exceptions(desk.company_id)
    assert [(p.reference, p.unapplied_minor, p.counterparty) for p in waiting] == [
        ("PAY-2026-000001", 10_000, "Somebody")
    ]
    out = queries.not_received(desk.company_id, "outgoing", since=PAID)
    assert [(line.minor, line.payment_reference) for line in out] == [(-2_500, "")]
    stage.prove(desk)


def test_the_same_file_again_adds_nothing(desk: Actor) -> None:
    lines = [Paid(minor=5_000, text="twin"), Paid(minor=5_000, text="twin"), Paid(minor=700)]
    first = stage.take_in(desk, *lines)
    before = (stage.books(desk), len(queries.statements(desk.company_id)))
    again = stage.take_in(desk, *lines, name="again.csv")
    assert (first.lines_new, again.lines_new, again.payments) == (3, 0, 0)
    assert again.statements[0].is_known
    assert (stage.books(desk), len(queries.statements(desk.company_id))) == before


def test_an_overlapping_file_adds_only_the_new_days(desk: Actor) -> None:
    days = [PAID + timedelta(days=n) for n in range(4)]
    lines = [Paid(minor=1_000, text="rent", on=day) for day in days for _ in range(2)]
    assert stage.take_in(desk, *lines[:6]).lines_new == 6
    assert stage.take_in(desk, *lines[2:]).lines_new == 2
    assert stage.take_in(desk, *reversed(lines)).lines_new == 0
    assert stage.books(desk)[BANK] == 8_000


def test_an_account_of_another_company_is_refused(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    stage.take_in(desk, Paid(minor=100))
    other = actor_of(founded("zenith").id)
    before = counts()
    with pytest.raises(Refused) as refused:
        stage.take_in(other, Paid(minor=100))
    assert refused.value.code == "account_of_another_company"
    assert counts() == before


def test_a_file_that_cannot_be_read_changes_nothing(desk: Actor) -> None:
    before = counts()
    with pytest.raises(Invalid):
        cash.take_in(desk, filename="x.sta", content=b"\x00\x01 nothing of a bank")
    assert counts() == before


def test_preview_leaves_nothing(desk: Actor) -> None:
    before = counts()
    with commands.preview():
        assert stage.take_in(desk, Paid(minor=100)).payments == 1
    assert counts() == before


def test_without_permission_nothing_is_taken_in(desk: Actor) -> None:
    reader = replace(desk, permissions=frozenset({"read"}))
    with pytest.raises(Refused) as refused:
        stage.take_in(reader, Paid(minor=100))
    assert refused.value.code == "not_permitted"


def test_a_named_document_is_applied_and_told(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    item = stage.invoice(desk, acorn, "INV-1001-A", 10_000)
    payment = stage.paid(desk, 10_000, "inv 1001 a")
    result = cash.match(desk)
    assert (result.applied, result.identified, result.left) == (1, 1, 0)
    assert result.applied_minor == {"EUR": 10_000}
    assert stage.open_minor(item) == 0
    assert stage.payment(payment) == stage.Row(acorn, 10_000, 0, on_account=False)
    assert stage.books(desk) == {BANK: 10_000, REVENUE: -10_000}
    assert stage.exposed(desk, acorn) == (0, 0)
    assert stage.holds(desk, acorn) == []
    page = queries.payment(desk.company_id, "PAY-2026-000001")
    assert page.payment.reasons[0].params == {"numbers": "INV-1001-A", "count": 1}
    assert [(a.invoice_number, a.minor, a.applied_on) for a in page.allocations] == [
        ("INV-1001-A", 10_000, PAID)
    ]
    applied = events("cash.payments_applied")
    assert applied == [{"payment_ids": [payment], "customer_ids": [acorn], "item_ids": [item]}]
    stage.prove(desk)


def test_a_part_payment_is_applied_in_part_and_told_as_short(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    item = stage.invoice(desk, acorn, "INV-1001-A", 10_000)
    payment = stage.paid(desk, 6_000, "INV-1001-A")
    cash.match(desk)
    assert stage.open_minor(item) == 4_000
    assert events("cash.short_paid") == [
        {
            "item_id": item,
            "payment_id": payment,
            "customer_id": acorn,
            "short_minor": 4_000,
            "open_minor": 10_000,
        }
    ]
    stage.prove(desk)


def test_what_is_paid_too_much_stays_with_the_payer_and_holds(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    stage.invoice(desk, acorn, "INV-1001-A", 10_000)
    payment = stage.paid(desk, 12_000, "INV-1001-A")
    cash.match(desk)
    assert stage.payment(payment) == stage.Row(acorn, 12_000, 2_000, on_account=False)
    assert stage.exposed(desk, acorn) == (0, 2_000)
    assert stage.holds(desk, acorn) == [("unapplied_money", f"payment:{payment}")]
    assert [p.id for p in queries.exceptions(desk.company_id)] == [payment]
    cash.put_on_account(desk, payment)
    assert stage.holds(desk, acorn) == []
    assert queries.exceptions(desk.company_id) == []
    unapplied = queries.unapplied_by_customer(desk.company_id)
    assert [(u.unapplied_minor, u.on_account_minor) for u in unapplied] == [(2_000, 2_000)]
    assert cash.match(desk).matched == 0
    stage.prove(desk)


def test_a_known_payer_without_a_fit_waits_with_proposals(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH", iban=stage.OTHER_ACCOUNT)
    item = stage.invoice(desk, acorn, "INV-1001-A", 10_000)
    payment = stage.paid(desk, 3_333, iban=stage.OTHER_ACCOUNT)
    assert cash.match(desk).left == 1
    assert stage.payment(payment).customer_id == acorn
    assert stage.exposed(desk, acorn) == (10_000, 3_333)
    assert stage.holds(desk, acorn) == [("unapplied_money", f"payment:{payment}")]
    [waiting] = queries.exceptions(desk.company_id)
    assert waiting.reasons[-1].code == "amount_fits_nothing"
    assert waiting.proposals[0].allocations == ((item, 3_333),)
    kept = sql.scalar("SELECT count(*) FROM cash_match")
    assert cash.match(desk).left == 1
    assert sql.scalar("SELECT count(*) FROM cash_match") == kept
    stage.prove(desk)


def test_what_was_left_is_applied_once_its_invoice_arrives(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    stage.paid(desk, 10_000, "INV-1001-A")
    assert cash.match(desk).applied == 0
    stage.invoice(desk, acorn, "INV-1001-A", 10_000)
    assert cash.match(desk).applied == 1
    stage.prove(desk)


def test_by_hand_the_payer_is_learned(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    first = stage.invoice(desk, acorn, "INV-1001-A", 10_000)
    second = stage.invoice(desk, acorn, "INV-1002-A", 8_100)
    payer = {"name": "Mrs Oak", "iban": stage.OTHER_ACCOUNT}
    payment = stage.paid(desk, 10_000, "hello", **payer)
    result = cash.apply(desk, payment, allocations={first: 6_000, second: 4_000})
    assert (result.applied_minor, result.unapplied_minor, len(result.allocation_ids)) == (
        10_000,
        0,
        2,
    )
    assert (stage.open_minor(first), stage.open_minor(second)) == (4_000, 4_100)
    later = stage.paid(desk, 4_100, "hello again", **payer)
    assert cash.match(desk).applied == 1
    assert stage.payment(later).customer_id == acorn
    assert stage.open_minor(second) == 0
    stage.prove(desk)


def test_apply_undo_apply_is_three_sets_of_postings(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    item = stage.invoice(desk, acorn, "INV-1001-A", 10_000)
    payment = stage.paid(desk, 10_000, "INV-1001-A")
    cash.match(desk)
    undone = cash.undo(desk, payment)
    assert (undone.unapplied_minor, stage.open_minor(item)) == (10_000, 10_000)
    assert stage.books(desk) == {
        BANK: 10_000, UNAPPLIED: -10_000, RECEIVABLE: 10_000, REVENUE: -10_000,
    }  # fmt: skip
    assert stage.holds(desk, acorn) == [("unapplied_money", f"payment:{payment}")]
    assert stage.exposed(desk, acorn) == (10_000, 10_000)
    stage.prove(desk)
    assert cash.match(desk).matched == 0
    cash.apply(desk, payment, allocations={item: 10_000})
    kinds = sql.scalars(
        "SELECT source_kind || ' ' || effective_on FROM ledger_posting"
        " WHERE source_kind LIKE %s ORDER BY id",
        ["%allocation"],
    )
    assert kinds == [
        f"allocation {PAID}",
        f"undo_allocation {desk.today}",
        f"allocation {desk.today}",
    ]
    assert stage.open_minor(item) == 0
    assert stage.holds(desk, acorn) == []
    stage.prove(desk)


def test_one_of_two_allocations_is_undone(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH")
    items = [stage.invoice(desk, acorn, f"INV-100{n}-A", 5_000) for n in (1, 2)]
    payment = stage.paid(desk, 10_000, "hello")
    made = cash.apply(desk, payment, allocations=dict.fromkeys(items, 5_000)).allocation_ids
    cash.undo(desk, payment, allocation_ids=[made[0]])
    assert sorted(map(stage.open_minor, items)) == [0, 5_000]
    assert stage.payment(payment).unapplied_minor == 5_000
    with pytest.raises(Conflict) as refused:
        cash.undo(desk, payment, allocation_ids=[made[0]])
    assert refused.value.code == "nothing_to_undo"
    stage.prove(desk)


def test_the_payer_is_corrected_while_nothing_is_applied(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods GmbH", iban=stage.OTHER_ACCOUNT)
    birch = stage.customer(desk, "Birch Tools AG")
    item = stage.invoice(desk, birch, "INV-1001-B", 2_000)
    payment = stage.paid(desk, 3_000, iban=stage.OTHER_ACCOUNT)
    cash.match(desk)
    assert stage.payment(payment).customer_id == acorn
    cash.assign_payer(desk, payment, birch)
    assert stage.exposed(desk, acorn) == (0, 0)
    assert stage.exposed(desk, birch) == (2_000, 3_000)
    assert stage.holds(desk, acorn) == []
    assert stage.holds(desk, birch) == [("unapplied_money", f"payment:{payment}")]
    stage.prove(desk)
    cash.apply(desk, payment, allocations={item: 1_000})
    before = counts()
    with pytest.raises(Refused) as refused:
        cash.assign_payer(desk, payment, acorn)
    assert refused.value.code == "payer_differs"
    assert counts() == before
    stage.prove(desk)


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"more": 6_001}, Conflict, "item_changed"),
        ({"first": 9_000, "more": 6_000}, Refused, "more_than_received"),
        ({"first": 0}, Invalid, "allocation_not_positive"),
        ({}, Invalid, "allocation_not_positive"),
        ({"first": 10, "others": 10}, Refused, "several_customers"),
        ({"dollars": 10}, Refused, "currency_differs"),
        ({"nothing": 10}, NotFound, "item_unknown"),
    ],
)
def test_what_cannot_be_applied_changes_nothing(
    desk: Actor, change: dict[str, int], error: type[DomainError], code: str
) -> None:
    acorn, birch = stage.customer(desk, "Acorn Foods"), stage.customer(desk, "Birch Tools")
    item = {
        "first": stage.invoice(desk, acorn, "INV-1", 10_000),
        "more": stage.invoice(desk, acorn, "INV-2", 6_000),
        "others": stage.invoice(desk, birch, "INV-3", 10_000),
        "dollars": stage.invoice(desk, acorn, "INV-4", 10_000, currency="USD"),
        "nothing": 10**12,
    }
    payment = stage.paid(desk, 9_000)
    before = counts()
    with pytest.raises(error) as refused:
        cash.apply(desk, payment, allocations={item[key]: minor for key, minor in change.items()})
    assert refused.value.code == code
    assert counts() == before
    assert stage.payment(payment).unapplied_minor == 9_000


def test_clicking_twice_applies_once(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    payment = stage.paid(desk, 6_000)
    cash.apply(desk, payment, allocations={item: 6_000})
    before = counts()
    with pytest.raises(Conflict) as refused:
        cash.apply(desk, payment, allocations={item: 4_000})
    assert refused.value.code == "payment_changed"
    assert counts() == before
    keyed = desk.keyed("click-1")
    second = stage.paid(desk, 4_000)
    once = cash.apply(keyed, second, allocations={item: 4_000})
    assert cash.apply(keyed, second, allocations={item: 4_000}) == once
    assert stage.open_minor(item) == 0


def test_a_payment_of_another_company_is_not_there(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    payment = stage.paid(desk, 6_000)
    other = actor_of(founded("zenith").id)
    for attempt in (
        lambda: cash.undo(other, payment),
        lambda: cash.put_on_account(other, payment, customer_id=1),
        lambda: cash.apply(other, payment, allocations={1: 1}),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotFound):
        queries.payment(other.company_id, "PAY-2026-000001")
    assert stage.payment(payment).unapplied_minor == 6_000


def test_putting_on_account_needs_a_payer(desk: Actor) -> None:
    payment = stage.paid(desk, 6_000)
    with pytest.raises(Refused) as refused:
        cash.put_on_account(desk, payment)
    assert refused.value.code == "payer_unknown"
    acorn = stage.customer(desk, "Acorn Foods")
    cash.put_on_account(desk, payment, customer_id=acorn)
    assert stage.payment(payment) == stage.Row(acorn, 6_000, 6_000, on_account=True)
    assert contact_queries.live_holds(desk.company_id) == []
    stage.prove(desk)


def test_nothing_crosses_currencies(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1001-A", 10_000, currency="USD")
    stage.paid(desk, 10_000, "INV-1001-A")
    assert cash.match(desk).applied == 0
    assert stage.open_minor(item) == 10_000


def test_freshness_and_receipts_by_day(desk: Actor) -> None:
    cash.open_account(desk, "GB33 BUKB 2020 1555 5555 55", "GBP", "London")
    acorn = stage.customer(desk, "Acorn Foods", iban=stage.OTHER_ACCOUNT)
    stage.paid(desk, 100, on=PAID)
    stage.paid(desk, 200, on=PAID + timedelta(days=1), iban=stage.OTHER_ACCOUNT)
    cash.match(desk)
    fresh = queries.bank_freshness(desk.company_id)
    assert [(a.identifier, a.latest_closing) for a in fresh] == [
        (stage.ACCOUNT, PAID + timedelta(days=1)),
        ("GB33BUKB20201555555555", None),
    ]
    got = queries.received_between(desk.company_id, PAID, PAID + timedelta(days=9))
    assert [(r.customer_id, r.minor, r.count) for r in got] == [(acorn, 200, 1), (None, 100, 1)]
    early = queries.received_between(desk.company_id, date(2026, 1, 1), PAID)
    assert [r.minor for r in early] == [100]
