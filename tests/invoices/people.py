"""Verbs for tests of invoices: customers opened and invoices recorded through the services."""

from __future__ import annotations

from datetime import date
from typing import Any

from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import queries, services
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor

ISSUED = date(2026, 3, 2)
DUE = date(2026, 4, 1)


def a_customer(actor: Actor, number: str = "C1", **given: Any) -> int:
    new = NewCustomer(**{"number": number, "name": f"Acorn {number}", "currency": "EUR", **given})
    return customers.create(actor, new=[new])[0]


def an_invoice(customer_id: int, number: str = "INV-1", **given: Any) -> NewInvoice:
    defaults = {
        "issued_on": ISSUED,
        "due_on": DUE,
        "currency": "EUR",
        "net_minor": 10_000,
        "tax_minor": 1_900,
    }
    return NewInvoice(customer_id=customer_id, number=number, **{**defaults, **given})


def recorded(actor: Actor, *invoices: NewInvoice) -> list[queries.OpenItemRow]:
    """Record the invoices and return their open items by number."""
    result = services.record(actor, invoices)
    assert (result.recorded, result.rejected) == (len(invoices), ())
    numbers = {invoice.number for invoice in invoices}
    rows = [row for row in queries.open_items(actor.company_id) if row.number in numbers]
    return sorted(rows, key=lambda row: (row.number, row.instalment))
