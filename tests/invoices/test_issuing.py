"""Invoices issued: valid before numbered, numbered without a gap, never edited, credited by paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from creditdesk.invoices import issued_queries, queries, services
from creditdesk.invoices.documents.drafts import Draft, DraftLine, Particulars
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy
from tests.invoices.people import a_customer

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
BOOK = replace(BEARINGS, name="Manual", quantity=Decimal(2), price=Decimal(18), rate_percent=Decimal(7))


def a_buyer(actor: Actor, number: str = "C1", **given: Any) -> int:
    at = {"country": "DE", "city": "Leipzig", "street": "Marktplatz 3", "postal_code": "04109"}
    return a_customer(actor, number, **{**at, **given})


def a_draft(customer_id: int, **given: Any) -> Draft:
    return Draft(**{"customer_id": customer_id, "currency": "EUR", "lines": (BEARINGS, HOURS, BOOK), **given})


def test_first(actor: Actor) -> None:
    services.set_seller(actor, SELLER)
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    import time
    for _ in range(3):
        t = time.monotonic()
        number = services.issue(actor, [a_draft(a_buyer(actor, f"C{t}"))])
        print(number, time.monotonic() - t)
    n = services.credit_issued(actor, number[0], issued_on=actor.today, reason="Wrong", gross_minor=10000)
    print(n)
    print(issued_queries.issued(actor.company_id, n))
    assert 0
