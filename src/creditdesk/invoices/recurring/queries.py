"""Recurring plans read: the list, one with its documents, those that are due or stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from creditdesk.invoices.documents.drafts import Draft, DraftLine
from creditdesk.invoices.documents.values import TaxCategory
from creditdesk.invoices.recurring.rules import Rhythm, Turn, Unit, turns
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

SHOWN_AHEAD = 3


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan and how far it has come."""

    id: int
    reference: str
    title: str
    customer_id: int
    customer_number: str
    customer_name: str
    currency: str
    unit: Unit
    every: int
    day_of_month: int | None
    starts_on: date
    ends_on: date | None
    count: int | None
    in_arrears: bool
    terms_code: str
    order_reference: str
    buyer_reference: str
    exemption_reason: str
    discount_percent: Decimal
    note: str
    lines_text: str
    status: str
    next_turn: int
    next_on: date | None
    stopped_code: str
    stopped_why: str
    recorded_at: datetime
    recorded_by: str

    @property
    def rhythm(self) -> Rhythm:
        """How often and from when to when."""
        return Rhythm(
            unit=self.unit,
            every=self.every,
            starts_on=self.starts_on,
            day_of_month=self.day_of_month,
            ends_on=self.ends_on,
            count=self.count,
            in_arrears=self.in_arrears,
        )

    @property
    def draft(self) -> Draft:
        """What each document says, placeholders and all."""
        return Draft(
            customer_id=self.customer_id,
            currency=self.currency,
            lines=tuple(_line(one) for one in json.loads(self.lines_text)),
            terms_code=self.terms_code,
            order_reference=self.order_reference,
            buyer_reference=self.buyer_reference,
            exemption_reason=self.exemption_reason,
            discount_percent=self.discount_percent.normalize(),
            note=self.note,
        )

    def to_come(self, most: int = SHOWN_AHEAD) -> list[Turn]:
        """Return the next turns, none of a plan that has ended."""
        return [] if self.next_on is None else turns(self.rhythm, self.next_turn, most)


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """An invoice of a plan."""

    turn: int
    due_on: date
    from_on: date
    through_on: date
    number: str
    issued_on: date
    currency: str
    total_minor: int
    open_minor: int


def _line(told: Mapping[str, Any]) -> DraftLine:
    rate = told["rate_percent"]
    return DraftLine(
        name=told["name"],
        description=told["description"],
        quantity=Decimal(told["quantity"]),
        unit=told["unit"],
        price=Decimal(told["price"]),
        discount_percent=Decimal(told["discount_percent"]),
        category=TaxCategory(told["category"]),
        rate_percent=None if rate is None else Decimal(rate),
    )


def lines_text(lines: Sequence[DraftLine]) -> list[dict[str, str | None]]:
    """Return lines as they are kept: exact figures as texts."""
    return [
        {
            "name": one.name,
            "description": one.description,
            "quantity": str(one.quantity),
            "unit": one.unit,
            "price": str(one.price),
            "discount_percent": str(one.discount_percent),
            "category": one.category.value,
            "rate_percent": None if one.rate_percent is None else str(one.rate_percent),
        }
        for one in lines
    ]


_PLAN = """
    SELECT p.id, p.reference, p.title, p.customer_id, c.number, c.name, p.currency, p.unit,
           p.every, p.day_of_month, p.starts_on, p.ends_on, p.count, p.in_arrears, p.terms_code,
           p.order_reference, p.buyer_reference, p.exemption_reason, p.discount_percent, p.note,
           p.lines::text, p.status, p.next_turn, p.next_on, p.stopped_code, p.stopped_why,
           p.recorded_at, p.recorded_by
      FROM invoices_recurringplan p JOIN customers_customer c ON c.id = p.customer_id
     WHERE p.company_id = %(company_id)s
"""
_DOCUMENTS = """
    SELECT d.turn, d.due_on, d.from_on, d.through_on, v.number, v.issued_on, v.currency,
           v.total_minor,
           coalesce((SELECT sum(i.open_minor) FROM invoices_item i WHERE i.invoice_id = v.id), 0)
      FROM invoices_recurringdocument d JOIN invoices_invoice v ON v.id = d.invoice_id
     WHERE d.company_id = %s AND d.plan_id = %s ORDER BY d.turn DESC LIMIT %s
"""
_LAST_FIRST = """
     ORDER BY array_position(ARRAY['stopped', 'active', 'paused', 'ended'], p.status),
              p.next_on, p.id DESC
"""


def plan(company_id: int, reference: str) -> PlanRow:
    """Return a plan by its reference; NotFound where the company has none such."""
    row = sql.fetch_one(
        PlanRow,
        f"{_PLAN} AND p.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound(
            "recurring_unknown", f"There is no recurring invoice {reference!r}", plan=reference
        )
    return row


def plans(company_id: int, *, customer_id: int | None = None, limit: int = 1_000) -> list[PlanRow]:
    """Return the plans of a company or a customer, those that stopped first, then the next due."""
    return sql.fetch(
        PlanRow,
        f"{_PLAN} AND (%(customer_id)s::bigint IS NULL OR p.customer_id = %(customer_id)s)"
        f"{_LAST_FIRST} LIMIT %(limit)s",
        {"company_id": company_id, "customer_id": customer_id, "limit": limit},
    )


def due(company_id: int, on: date) -> list[str]:
    """Return the references of the plans with a document due on a day, the longest due first."""
    return [
        str(reference)
        for reference in sql.scalars(
            "SELECT reference FROM invoices_recurringplan"
            " WHERE company_id = %s AND status = 'active' AND next_on <= %s"
            " ORDER BY next_on, id",
            [company_id, on],
        )
    ]


def documents(company_id: int, plan_id: int, *, limit: int = 200) -> list[PlanDocument]:
    """Return the invoices of a plan, the last first."""
    return sql.fetch(PlanDocument, _DOCUMENTS, [company_id, plan_id, limit])


def plan_of(company_id: int, invoice_id: int) -> str:
    """Return the reference of the plan an invoice came from; empty where from none."""
    return str(
        next(
            iter(
                sql.scalars(
                    "SELECT p.reference FROM invoices_recurringdocument d"
                    " JOIN invoices_recurringplan p ON p.id = d.plan_id"
                    " WHERE d.company_id = %s AND d.invoice_id = %s",
                    [company_id, invoice_id],
                )
            ),
            "",
        )
    )
