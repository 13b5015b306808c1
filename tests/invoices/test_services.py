"""Invoices in the books: recorded once, credited, settled, opened again, and always agreeing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection, transaction

from creditdesk.credit import queries as credit
from creditdesk.customers import services as customers
from creditdesk.invoices import queries, rules, services
from creditdesk.invoices.rules import NewCreditNote, NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing.models import Event
from creditdesk.policy import services as policy
from tests.invoices.people import DUE, ISSUED, a_customer, an_invoice, recorded
from tests.support.fixtures import founded


def balances(actor: Actor, as_of: date | None = None) -> dict[str, int]:
    found = ledger.balances(actor.company_id, as_of=as_of)
    return {row.account: row.minor for row in found if row.minor}


def exposed(actor: Actor, customer_id: int) -> dict[str, tuple[int, int]]:
    rows = credit.exposure(actor.company_id, customer_id)
    return {row.currency: (row.open_minor, row.unapplied_minor) for row in rows}


def assert_books_hold(actor: Actor) -> None:
    """Open items, receivable control account and exposure say the same per customer."""
    receivable = {
        (row.customer_id, row.currency): row.minor
        for row in ledger.customer_balances(actor.company_id, "receivable")
    }
    still_open: dict[tuple[int, str], int] = {}
    for item in queries.open_items(actor.company_id):
        key = (item.customer_id, item.currency)
        still_open[key] = still_open.get(key, 0) + item.open_minor
    assert receivable == still_open
    for (customer_id, currency), minor in still_open.items():
        assert exposed(actor, customer_id)[currency][0] == minor


def test_an_invoice_stands_in_items_ledger_exposure_and_journal(actor: Actor) -> None:
    customer_id = a_customer(actor)
    (item,) = recorded(actor, an_invoice(customer_id))
    assert (item.total_minor, item.open_minor, item.due_on) == (11_900, 11_900, DUE)
    assert balances(actor) == {"receivable": 11_900, "revenue": -10_000, "vat_output": -1_900}
    assert balances(actor, as_of=date(2026, 3, 1)) == {}
    assert exposed(actor, customer_id) == {"EUR": (11_900, 0)}
    event = Event.objects.get(company_id=actor.company_id, name="invoices.recorded")
    assert event.data == {"customer_ids": [customer_id], "item_ids": [item.item_id], "count": 1}


def test_the_same_invoice_again_changes_nothing(actor: Actor) -> None:
    invoice = an_invoice(a_customer(actor))
    recorded(actor, invoice)
    before = balances(actor)
    result = services.record(actor, [invoice, invoice])
    assert (result.recorded, result.known, result.rejected) == (0, 2, ())
    assert balances(actor) == before
    assert_books_hold(actor)


def test_a_changed_invoice_is_rejected_and_the_rest_goes_in(actor: Actor) -> None:
    customer_id = a_customer(actor)
    recorded(actor, an_invoice(customer_id))
    result = services.record(
        actor,
        [
            an_invoice(customer_id, net_minor=1),
            an_invoice(customer_id, "INV-2"),
            an_invoice(999_999, "INV-3"),
            an_invoice(customer_id, "INV-4", net_minor=0, tax_minor=0),
            an_invoice(customer_id, "INV-2", net_minor=7),
        ],
    )
    assert result.recorded == 1
    assert [(one.position, one.code, one.detail) for one in result.rejected] == [
        (0, "invoice_differs", "total"),
        (2, "customer_unknown", ""),
        (3, "amount_zero", ""),
        (4, "number_twice", ""),
    ]
    assert {row.number for row in queries.open_items(actor.company_id)} == {"INV-1", "INV-2"}
    assert_books_hold(actor)


def test_a_customer_of_another_company_is_unknown(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    other = actor_of(founded("other").id)
    result = services.record(other, [an_invoice(a_customer(actor))])
    assert [one.code for one in result.rejected] == ["customer_unknown"]
    assert balances(other) == {}


def test_terms_decide_where_no_due_date_does(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    plain, dated = a_customer(actor, "C1"), a_customer(actor, "C2", terms_code="net14")
    customers.set_terms(actor, dated, terms_code="net60", valid_from=date(2026, 3, 20))
    early = replace(an_invoice(dated, "B"), due_on=None)
    late = replace(an_invoice(dated, "B2"), issued_on=date(2026, 3, 20), due_on=None)
    rows = recorded(
        actor,
        replace(an_invoice(plain, "A"), due_on=None),
        early,
        late,
        replace(an_invoice(plain, "C"), due_on=None, terms_code="halves", net_minor=10_001),
    )
    assert [(row.number, row.instalment, row.due_on, row.total_minor) for row in rows] == [
        ("A", 1, date(2026, 4, 1), 11_900),
        ("B", 1, date(2026, 3, 16), 11_900),
        ("B2", 1, date(2026, 5, 19), 11_900),
        ("C", 1, date(2026, 4, 1), 5_951),
        ("C", 2, date(2026, 5, 1), 5_950),
    ]
    result = services.record(
        actor, [replace(an_invoice(plain, "D"), due_on=None, terms_code="nowhere")]
    )
    assert [(one.code, one.detail) for one in result.rejected] == [("terms_unknown", "nowhere")]
    assert_books_hold(actor)


def test_settling_and_reopening(actor: Actor) -> None:
    customer_id = a_customer(actor)
    one, two = recorded(actor, an_invoice(customer_id), an_invoice(customer_id, "INV-2"))
    amounts = {one.item_id: 11_900, two.item_id: 900}
    assert services.settle(actor, amounts, on=date(2026, 3, 10)) == (one.item_id,)
    assert exposed(actor, customer_id) == {"EUR": (11_000, 0)}
    services.reopen(actor, {one.item_id: 100}, on={one.item_id: date(2026, 3, 10)})
    items = queries.items_by_id(actor.company_id, [one.item_id, two.item_id])
    assert [items[n].open_minor for n in sorted(items)] == [100, 11_000]
    assert exposed(actor, customer_id) == {"EUR": (11_100, 0)}


@pytest.mark.parametrize("minor", [11_901, 20_000])
def test_more_than_is_open_is_a_conflict_and_nothing_changes(actor: Actor, minor: int) -> None:
    customer_id = a_customer(actor)
    one, two = recorded(actor, an_invoice(customer_id), an_invoice(customer_id, "INV-2"))
    with pytest.raises(Conflict) as conflict, transaction.atomic():
        services.settle(actor, {one.item_id: 5, two.item_id: minor}, on=ISSUED)
    assert conflict.value.code == "item_changed"
    assert conflict.value.context == {"item_ids": (two.item_id,)}
    with pytest.raises(Conflict), transaction.atomic():
        services.reopen(actor, {one.item_id: 1}, on={one.item_id: date(2026, 3, 10)})
    assert [row.open_minor for row in queries.open_items(actor.company_id)] == [11_900, 11_900]
    assert exposed(actor, customer_id) == {"EUR": (23_800, 0)}


def test_items_of_another_company_are_unknown(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    (item,) = recorded(actor, an_invoice(a_customer(actor)))
    with pytest.raises(NotFound) as unknown:
        services.settle(actor_of(founded("other").id), {item.item_id: 1}, on=ISSUED)
    assert unknown.value.code == "item_unknown"
    assert queries.open_items(actor.company_id) == [item]


def test_a_credit_note_lowers_its_invoice_and_the_rest_stays(actor: Actor) -> None:
    customer_id = a_customer(actor)
    (item,) = recorded(actor, an_invoice(customer_id))
    services.settle(actor, {item.item_id: 10_000}, on=date(2026, 3, 3))
    note_id = services.credit(
        actor, "INV-1", issued_on=date(2026, 3, 5), net_minor=5_000, tax_minor=950, reason="broken"
    )
    note = queries.invoice(actor.company_id, "CN-2026-000001")
    assert (note.id, note.kind, note.corrects_number, note.reason) == (
        note_id, "credit_note", "INV-1", "broken",
    )  # fmt: skip
    assert (note.total_minor, note.unapplied_minor) == (5_950, 4_050)
    assert queries.open_items(actor.company_id) == []
    assert exposed(actor, customer_id) == {"EUR": (0, 4_050)}
    found = balances(actor)
    assert (found["unapplied"], found["revenue"], found["vat_output"]) == (-4_050, -5_000, -950)
    (applied,) = queries.credits_applied(actor.company_id, note_id)
    assert (applied.invoice_number, applied.minor, applied.applied_on) == (
        "INV-1", 1_900, date(2026, 3, 5),
    )  # fmt: skip
    assert queries.invoice(actor.company_id, "INV-1").credited_minor == 5_950


def test_an_invoice_is_never_credited_above_its_total(actor: Actor) -> None:
    recorded(actor, an_invoice(a_customer(actor)))
    services.credit(actor, "INV-1", issued_on=ISSUED, net_minor=10_000, reason="one")
    before = balances(actor)
    with pytest.raises(Invalid) as refused:
        services.credit(actor, "INV-1", issued_on=ISSUED, net_minor=1_901, reason="two")
    assert refused.value.code == "credit_above_invoice"
    assert balances(actor) == before


def test_credit_notes_in_one_batch_share_what_is_open(actor: Actor) -> None:
    customer_id = a_customer(actor)
    recorded(actor, an_invoice(customer_id))
    note = NewCreditNote(
        customer_id=customer_id, number="N1", issued_on=date(2026, 3, 1), currency="EUR",
        net_minor=7_000, corrects="INV-1",
    )  # fmt: skip
    notes = [note, replace(note, number="N2"), replace(note, number="N3", corrects="")]
    misdirected = [
        replace(note, number="N4", corrects="nowhere"),
        replace(note, number="N5", currency="USD"),
        replace(note, number="N6", customer_id=a_customer(actor, "C2")),
    ]
    result = services.record_credit_notes(actor, [*notes, *misdirected])
    assert result.recorded == 3
    assert [one.code for one in result.rejected] == [
        "invoice_unknown", "currency_differs", "invoice_of_another",
    ]  # fmt: skip
    left = {n.number: n.unapplied_minor for n in queries.unapplied_credit_notes(actor.company_id)}
    assert left == {"N2": 2_100, "N3": 7_000}
    assert exposed(actor, customer_id) == {"EUR": (0, 9_100)}
    assert services.record_credit_notes(actor, notes).known == 3
    assert_books_hold(actor)


def test_only_who_may_does(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    invoice = an_invoice(a_customer(actor))
    with pytest.raises(Refused) as refused:
        services.record(actor_of(actor.company_id, role="collector"), [invoice])
    assert refused.value.code == "not_permitted"
    assert queries.open_items(actor.company_id) == []


def test_lists_filter_sort_and_page(actor: Actor) -> None:
    acorn, birch = a_customer(actor, "C1"), a_customer(actor, "C2", name="100% Birch_wood")
    rows = recorded(
        actor,
        an_invoice(acorn, "A1", due_on=date(2026, 3, 5)),
        an_invoice(acorn, "A2", net_minor=5, tax_minor=0),
        an_invoice(birch, "B1", currency="USD"),
    )
    services.settle(actor, {rows[1].item_id: 5}, on=ISSUED)

    def numbers(**given: object) -> list[str]:
        page = queries.listing(
            actor.company_id,
            as_of=date(2026, 3, 16),
            **{"sort": "number", **given},  # type: ignore[arg-type]
        )
        assert page.total >= len(page.rows)
        return [row.number for row in page.rows]

    assert numbers() == ["A1", "A2", "B1"]
    assert numbers(state="open") == ["A1", "B1"]
    assert numbers(state="overdue") == ["A1"]
    assert numbers(state="paid") == ["A2"]
    assert numbers(currency="USD") == ["B1"]
    assert numbers(text="0% birch_") == ["B1"]
    assert numbers(text="%") == ["B1"]
    assert numbers(sort="-total", size=1, page=2) == ["B1"]
    with pytest.raises(Invalid):
        numbers(sort="; DROP TABLE")
    overdue = queries.overdue_by_customer(actor.company_id, date(2026, 3, 16))
    assert overdue == {acorn: [queries.OverdueRow("EUR", 11_900, date(2026, 3, 5))]}


def in_threads(*works: Callable[[], object]) -> list[object]:
    """Run each in a thread with its own connection; return results and errors in order."""
    found: list[object] = [None] * len(works)

    def run(n: int) -> None:
        try:
            with transaction.atomic():
                found[n] = works[n]()
        except Exception as error:  # noqa: BLE001 - returned to the test
            found[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_connections_settle_one_item_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    customer_id = a_customer(actor)
    (item,) = recorded(actor, an_invoice(customer_id))
    settle = lambda: services.settle(actor, {item.item_id: 8_000}, on=ISSUED)  # noqa: E731
    found = in_threads(settle, settle, settle)
    assert [one for one in found if not isinstance(one, Conflict)] == [()]
    assert queries.items_by_id(actor.company_id, [item.item_id])[item.item_id].open_minor == 3_900
    assert exposed(actor, customer_id) == {"EUR": (3_900, 0)}


def test_the_same_batch_from_many_connections_goes_in_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    ids = [a_customer(actor, f"C{n}") for n in range(5)]
    batch = [an_invoice(ids[n % 5], f"INV-{n}") for n in range(40)]
    batches: list[list[NewInvoice]] = [batch, batch[::-1], batch[20:] + batch[:20], batch]
    found = in_threads(*(lambda b=b: services.record(actor, b) for b in batches))  # type: ignore[misc]
    assert all(isinstance(one, rules.RecordResult) for one in found), found
    results = [one for one in found if isinstance(one, rules.RecordResult)]
    assert sum(one.recorded for one in results) == 40
    assert sum(one.known for one in results) == 120
    assert_books_hold(actor)
