"""Invoices voided and replaced: taken back whole, both documents or none, the money goes along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction

from creditdesk.invoices import issued_queries, queries, rendering, services
from creditdesk.invoices.documents.drafts import CreditedLine
from creditdesk.invoices.models import Replacement
from creditdesk.invoices.services import papers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid, Refused
from creditdesk.plumbing import sql
from tests.invoices.people import BEARINGS, a_buyer, a_draft, an_invoice, recorded
from tests.invoices.test_issuing import selling, standing, texts
from tests.invoices.test_services import assert_books_hold, balances, exposed
from tests.support.at_once import at_once, codes
from tests.support.fixtures import founded

NUMBER = "INV-2026-000001"
FEWER = replace(BEARINGS, quantity=Decimal(30))


def replaced(actor: Actor, customer_id: int, **given: Any) -> services.Replaced:
    draft = a_draft(customer_id, **{"lines": (FEWER,), **given})
    return services.replace_invoice(actor, NUMBER, draft, reason="30 were delivered")


def issued(actor: Actor, customer_id: int, **given: Any) -> None:
    assert services.issue(actor, [a_draft(customer_id, **{"lines": (BEARINGS,), **given})])


def test_a_replacement_takes_the_place_of_the_whole_invoice(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    issued(actor, customer_id)
    done = replaced(actor, customer_id)
    assert done == services.Replaced("CN-2026-000001", "INV-2026-000002")
    # 30 at 12.45 with 19 %
    assert balances(actor) == {"receivable": 44_447, "revenue": -37_350, "vat_output": -7_097}
    assert exposed(actor, customer_id) == {"EUR": (44_447, 0)}
    document = issued_queries.issued(actor.company_id, done.number)
    assert document is not None
    assert document.kind_code == "384"
    for form in ("ubl", "cii"):
        content = issued_queries.document_file(actor.company_id, done.number, form).content
        assert [one for one in rendering.validate(content) if one.is_fatal] == []
    ubl = issued_queries.document_file(actor.company_id, done.number, "ubl").content
    assert texts(ubl, "InvoiceTypeCode") == ["384"]
    assert texts(ubl, "InvoiceDocumentReference", "ID") == [NUMBER]
    note = issued_queries.document_file(actor.company_id, done.reversal, "ubl").content
    assert texts(note, "InvoiceDocumentReference", "ID") == [NUMBER]
    row = Replacement.objects.get()
    assert (row.original_id, row.reason) == (
        queries.invoice(actor.company_id, NUMBER).id, "30 were delivered",
    )  # fmt: skip
    assert issued_queries.replacement(actor.company_id, NUMBER) == issued_queries.ReplacementRow(
        NUMBER, "CN-2026-000001", "INV-2026-000002", "30 were delivered"
    )
    assert issued_queries.replacement(actor.company_id, done.number) is not None
    assert_books_hold(actor)


def test_what_was_paid_of_the_first_settles_the_second(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    issued(actor, customer_id)
    [item] = queries.open_items(actor.company_id)
    services.settle(actor, {item.item_id: item.open_minor}, on=actor.today)
    more = replaced(actor, customer_id, lines=(replace(BEARINGS, quantity=Decimal(50)),))
    first = queries.invoice(actor.company_id, NUMBER)
    note = queries.invoice(actor.company_id, more.reversal)
    second = queries.invoice(actor.company_id, more.number)
    # Credit of 592.62 stood free, as the first was paid; the second comes to 740.78.
    assert (first.open_minor, note.unapplied_minor, second.total_minor, second.open_minor) == (
        0, 0, 74_078, 74_078 - 59_262,
    )  # fmt: skip


def test_what_is_too_much_stays_free_credit(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    issued(actor, customer_id)
    [item] = queries.open_items(actor.company_id)
    services.settle(actor, {item.item_id: item.open_minor}, on=actor.today)
    done = replaced(actor, customer_id)
    assert queries.invoice(actor.company_id, done.number).open_minor == 0
    assert queries.invoice(actor.company_id, done.reversal).unapplied_minor == 59_262 - 44_447


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({"lines": (replace(BEARINGS, price=Decimal(0)),)}, "amount_not_positive"),
    "no_lines": ({"lines": ()}, "lines_missing"),
    "currency": ({"currency": "USD"}, "replacement_of_another"),
    "older": ({"issued_on": date(2026, 3, 15)}, "replacement_before_invoice"),
    "glyph": ({"note": "\U00010000"}, "glyph_missing"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_the_first_as_it_was(actor: Actor, name: str) -> None:
    given, code = REFUSED[name]
    customer_id = a_buyer(selling(actor))
    issued(actor, customer_id)
    before = standing()
    with pytest.raises(Invalid) as refused:
        replaced(actor, customer_id, **given)
    assert (refused.value.code, bool(refused.value.mend)) == (code, True)
    assert standing() == before
    assert replaced(actor, customer_id) == services.Replaced("CN-2026-000001", "INV-2026-000002")


def test_only_an_untouched_invoice_of_ours_is_replaced_and_once(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    recorded(actor, an_invoice(customer_id, "ERP-1"))
    with pytest.raises(Refused) as refused:
        services.replace_invoice(actor, "ERP-1", a_draft(customer_id), reason="x")
    assert refused.value.code == "not_issued_here"
    issued(actor, customer_id)
    replaced(actor, customer_id)
    for act in (
        lambda: replaced(actor, customer_id),
        lambda: services.void(actor, NUMBER, issued_on=actor.today, reason="x"),
    ):
        with pytest.raises(Conflict) as late:
            act()
        assert late.value.code == "credited_already"
    other = a_draft(a_buyer(actor, "C2"))
    with pytest.raises(Invalid) as invalid:
        services.replace_invoice(actor, "INV-2026-000002", other, reason="x")
    assert invalid.value.code == "replacement_of_another"
    with pytest.raises(Invalid) as silent:
        services.replace_invoice(actor, "INV-2026-000002", a_draft(customer_id), reason=" ")
    assert silent.value.code == "reason_missing"


def test_a_void_takes_back_all_and_says_no_once_something_was(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    issued(actor, customer_id, discount_percent=Decimal("3.5"))
    issued(actor, customer_id)
    assert services.void(actor, NUMBER, issued_on=actor.today, reason="x") == "CN-2026-000001"
    assert queries.invoice(actor.company_id, NUMBER).open_minor == 0
    services.credit_issued(
        actor, "INV-2026-000002", issued_on=actor.today, reason="x",
        lines=[CreditedLine(1, Decimal(1))],
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        services.void(actor, "INV-2026-000002", issued_on=actor.today, reason="x")
    assert refused.value.code == "credited_already"
    assert_books_hold(actor)


def test_who_may_replace_and_what_waits_for_another(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer_id = a_buyer(selling(actor))
    issued(actor, customer_id, lines=(replace(BEARINGS, quantity=Decimal(400_000)),))
    for role in ("biller", "collector", "cash_applier", "manager"):
        with pytest.raises(Refused) as refused:
            replaced(actor_of(actor.company_id, role=role), customer_id)
        assert refused.value.code == "not_permitted"
    before = standing()
    resolver = replace(actor_of(actor.company_id, role="resolver"), user_id=7)
    with pytest.raises(ApprovalNeeded):
        replaced(resolver, customer_id)
    assert {**standing(), "plumbing_sequence": 0} == {**before, "plumbing_sequence": 0}


def test_a_replacement_is_never_rewritten(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    issued(actor, customer_id, discount_percent=Decimal(2))
    replaced(actor, customer_id)
    for table in (
        "invoices_replacement", "invoices_issuedallowance", "invoices_issuedoffer",
        "invoices_invoice",
    ):  # fmt: skip
        column = "company_id" if table != "invoices_invoice" else "number"
        for attempt in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError) as refused, transaction.atomic():
                sql.execute(attempt)
            assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_many_at_once_replace_or_void_an_invoice_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = selling(actor_of(founded().id))
    customer_id = a_buyer(actor)
    issued(actor, customer_id)
    papers.rendering.warm()
    found = at_once(
        *[lambda: replaced(actor, customer_id)] * 3,
        *[lambda: services.void(actor, NUMBER, issued_on=actor.today, reason="x")] * 2,
    )
    assert codes(found) == ["credited_already"] * 4
    notes = sql.scalars("SELECT number FROM invoices_invoice WHERE kind = 'credit_note'")
    assert notes == ["CN-2026-000001"]
    assert_books_hold(actor)
