"""Credit notes set against invoices: both closed by it, and open again when taken back."""

from __future__ import annotations

import pytest

from creditdesk.cash import services as cash
from creditdesk.insight import queries as insight
from creditdesk.invoices import queries as invoice_queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewCreditNote
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.test_services import counts


def credited(
    desk: Actor, customer: int, minor: int, number: str = "CN-1", *, corrects: str = ""
) -> str:
    note = NewCreditNote(
        customer_id=customer, number=number, issued_on=stage.ISSUED, currency="EUR",
        net_minor=minor, reason="returned goods", corrects=corrects,
    )  # fmt: skip
    assert invoices.record_credit_notes(desk, [note]).recorded == 1
    return number


def left(number: str) -> int:
    return int(
        sql.scalar("SELECT unapplied_minor FROM invoices_invoice WHERE number = %s", [number])
    )


def test_a_credit_note_closes_an_invoice_and_both_open_again(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn")
    item = stage.invoice(desk, acorn, "INV-1001", 6_000)
    other = stage.invoice(desk, acorn, "INV-1002", 9_000)
    note = credited(desk, acorn, 10_000)
    assert cash.set_off(desk, note, against={item: 6_000, other: 4_000}) == 0
    assert (stage.open_minor(item), stage.open_minor(other), left(note)) == (0, 5_000, 0)
    assert stage.exposed(desk, acorn) == (5_000, 0)
    assert invoice_queries.unapplied_credit_notes(desk.company_id, acorn) == []
    assert insight.prove(desk.company_id) == []
    assert cash.undo_set_off(desk, note) == 10_000
    assert (stage.open_minor(item), stage.open_minor(other), left(note)) == (6_000, 9_000, 10_000)
    assert stage.exposed(desk, acorn) == (15_000, 10_000)
    assert insight.prove(desk.company_id) == []
    assert cash.set_off(desk, note, against={other: 9_000}) == 1_000
    assert insight.prove(desk.company_id) == []


def test_what_cannot_be_set_off_changes_nothing(desk: Actor) -> None:
    acorn, birch = stage.customer(desk, "Acorn"), stage.customer(desk, "Birch")
    item = stage.invoice(desk, acorn, "INV-1001", 6_000)
    theirs = stage.invoice(desk, birch, "INV-1002", 6_000)
    dollars = stage.invoice(desk, acorn, "INV-1003", 6_000, currency="USD")
    note = credited(desk, acorn, 5_000)
    before = (counts(), left(note))
    cases: list[tuple[str, dict[int, int], type[DomainError], str]] = [
        (note, {}, Invalid, "set_off_not_positive"),
        (note, {item: 0}, Invalid, "set_off_not_positive"),
        (note, {item: 5_001}, Conflict, "credit_changed"),
        (note, {theirs: 1_000}, Refused, "item_of_another"),
        (note, {dollars: 1_000}, Refused, "currency_differs"),
        (note, {987_654_321: 1_000}, NotFound, "item_unknown"),
        ("CN-2", {item: 1_000}, NotFound, "credit_note_unknown"),
        ("INV-1001", {item: 1_000}, NotFound, "credit_note_unknown"),
    ]
    for number, against, kind, code in cases:
        with pytest.raises(kind) as refused:
            cash.set_off(desk, number, against=against)
        assert (refused.value.code, (counts(), left(note))) == (code, before)
    with pytest.raises(Conflict) as again:
        cash.undo_set_off(desk, note)
    assert (again.value.code, (counts(), left(note))) == ("nothing_to_undo", before)
