"""One ordinary invoice, from which tests change what they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from creditdesk.invoices.documents.values import (
    Account,
    Address,
    Adjustment,
    Contact,
    Document,
    EarlyDiscount,
    Identifier,
    Kind,
    Line,
    Means,
    Note,
    Party,
    Payment,
    References,
    Tax,
)

SELLER = Party(
    name="Nordlicht Maschinenbau GmbH",
    trading_name="Nordlicht",
    address=Address(street="Hafenstraße 12", post_code="24103", city="Kiel", country="DE"),
    registration=Identifier("HRB 4711"),
    vat="DE123456788",
    electronic=Identifier("DE123456788", "9930"),
    contact=Contact("Jonas Brandt", "+49 431 5550100", "rechnung@nordlicht.example"),
)
BUYER = Party(
    name="Bäckerei Sonnenschein OHG",
    address=Address(street="Marktplatz 3", post_code="04109", city="Leipzig", country="DE"),
    vat="DE136695976",
    electronic=Identifier("rechnung@sonnenschein.example", "EM"),
)
ACCOUNT = Account("DE75512108001245126199", "Nordlicht Maschinenbau GmbH", "SOGEDEFF")
LINE = Line(
    identifier="1",
    name="Ball bearing 6204-2RS",
    quantity=Decimal(40),
    unit="C62",
    price=Decimal("12.45"),
    tax=Tax.standard(19),
)
HOURS = Line(
    identifier="2",
    name="Fitting on site",
    quantity=Decimal("6.5"),
    unit="HUR",
    price=Decimal(94),
    tax=Tax.standard(19),
    adjustments=(
        Adjustment(minor=30_55, reason="Frame contract", percent=Decimal(5), base_minor=611_00),
    ),
)
BOOK = replace(LINE, identifier="3", name="Manual", quantity=Decimal(2), price=Decimal(18),
               tax=Tax.standard(7))  # fmt: skip


def invoice(**changes: Any) -> Document:
    """Return 498.00 + 580.45 at 19 % and 36.00 at 7 %: 1,321.88 EUR by 13 November 2026."""
    ordinary = Document(
        kind=Kind.INVOICE,
        number="RE-2026-00412",
        issued_on=date(2026, 10, 14),
        currency="EUR",
        seller=SELLER,
        buyer=BUYER,
        lines=(LINE, HOURS, BOOK),
        due_on=date(2026, 11, 13),
        references=References(buyer="Frau Sommer", purchase_order="4500012345"),
        notes=(Note("Thank you for your order."),),
        payment=Payment(
            means=Means.SEPA_TRANSFER, reference="RF18539007547034", accounts=(ACCOUNT,)
        ),
        early_discounts=(EarlyDiscount(10, Decimal(2)),),
    )
    return replace(ordinary, **changes)


def with_line(**changes: Any) -> Document:
    """Return the invoice with one line, changed."""
    return invoice(lines=(replace(LINE, **changes),))
