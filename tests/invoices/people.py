"""Verbs for tests of invoices: customers opened and invoices recorded through the services."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import queries, services
from creditdesk.invoices.documents.drafts import Draft, DraftLine, Particulars
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


SELLER = Particulars(
    valid_from=date(2026, 1, 1),
    name="Acme Supply GmbH",
    street="Hafenstraße 12",
    postal_code="24103",
    city="Kiel",
    country="DE",
    vat_number="DE123456788",
    registration="HRB 4711",
    account="DE75 5121 0800 1245 1261 99",
    electronic_address="rechnung@acme.example",
    contact_name="Jonas Brandt",
    contact_email="rechnung@acme.example",
)
BEARINGS = DraftLine(
    name="Ball bearing 6204-2RS",
    quantity=Decimal(40),
    price=Decimal("12.45"),
    rate_percent=Decimal(19),
)
HOURS = DraftLine(
    name="Fitting on site",
    quantity=Decimal("6.5"),
    unit="HUR",
    price=Decimal(94),
    discount_percent=Decimal(5),
    rate_percent=Decimal(19),
)
BOOK = replace(
    BEARINGS, name="Manual", quantity=Decimal(2), price=Decimal(18), rate_percent=Decimal(7)
)


def a_buyer(actor: Actor, number: str = "C1", **given: Any) -> int:
    at = {"country": "DE", "city": "Leipzig", "street": "Marktplatz 3", "postal_code": "04109"}
    return a_customer(actor, number, **{**at, **given})


def a_draft(customer_id: int, **given: Any) -> Draft:
    return Draft(
        **{"customer_id": customer_id, "currency": "EUR", "lines": (BEARINGS, HOURS, BOOK), **given}
    )
