"""Invoices as they stand for a payment: what was paid, credited and given, taxes, discounts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditdesk.cash.rules.shortfall import Part, Standing, TaxShare
from creditdesk.invoices import terms_queries
from creditdesk.invoices.terms_queries import Charged, ChargedTax, Early
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """What of an item nobody has to pay, and why; `undone_on` if that was taken back."""

    id: int
    payment_id: int
    payment_reference: str
    item_id: int
    invoice_number: str
    customer_id: int
    currency: str
    kind: str
    minor: int
    tax_minor: int
    taxes_text: str
    is_tax_known: bool
    percent: Decimal | None
    until: date | None
    is_automatic: bool
    adjusted_on: date
    recorded_by: str
    undone_on: date | None
    undone_by: str

    @property
    def taxes(self) -> tuple[TaxShare, ...]:
        """The tax within, by category and rate."""
        return tuple(
            TaxShare(
                one["category"], Decimal(one["rate"]) if one["rate"] else None,
                one["net_minor"], one["tax_minor"],
            )
            for one in json.loads(self.taxes_text)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Item:
    invoice_id: int
    item_id: int
    total_minor: int
    open_minor: int
    paid_here_minor: int
    given_text: str

    def part(self) -> Part:
        given: dict[str, int] = json.loads(self.given_text)
        return Part(self.item_id, self.total_minor, self.open_minor, given)


_ITEMS = """
    SELECT i.invoice_id, i.id, i.total_minor, i.open_minor, coalesce(p.here, 0)::bigint,
           coalesce(g.given, '{}')::text
      FROM invoices_item i
      LEFT JOIN LATERAL (
           SELECT sum(minor) AS here FROM cash_allocation a
            WHERE a.item_id = i.id AND a.undone_at IS NULL
              AND a.payment_id = %(payment_id)s) p ON TRUE
      LEFT JOIN LATERAL (
           SELECT jsonb_object_agg(kind, minor) AS given
             FROM (SELECT kind, sum(minor) AS minor FROM cash_adjustment a
                    WHERE a.item_id = i.id AND a.undone_at IS NULL GROUP BY 1) k) g ON TRUE
     WHERE i.company_id = %(company_id)s AND i.invoice_id = ANY(%(ids)s::bigint[])
     ORDER BY i.invoice_id, i.due_on, i.id
"""
_ADJUSTMENTS = """
    SELECT a.id, p.id, p.reference, a.item_id, v.number, i.customer_id, i.currency, a.kind,
           a.minor, a.tax_minor, a.taxes::text, a.is_tax_known, a.percent, a.until, a.is_automatic,
           a.adjusted_on, a.recorded_by, a.undone_on, a.undone_by
      FROM cash_adjustment a
      JOIN cash_payment p ON p.id = a.payment_id
      JOIN invoices_item i ON i.id = a.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE a.company_id = %(company_id)s
"""


def invoices_of(company_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """Return item → its invoice."""
    rows = sql.fetch(
        _Owner,
        "SELECT id, invoice_id FROM invoices_item WHERE company_id = %s AND id = ANY(%s::bigint[])",
        [company_id, sql.array(sorted(item_ids))],
    )
    return {row.item_id: row.invoice_id for row in rows}


@dataclass(frozen=True, slots=True)
class _Owner:
    item_id: int
    invoice_id: int


def standings(
    company_id: int, invoice_ids: Collection[int], *, payment_id: int | None = None
) -> dict[int, Standing]:
    """Return the invoices as they stand, by id; what one payment paid of them stands apart."""
    if not invoice_ids:
        return {}
    charged = terms_queries.charged(company_id, invoice_ids)
    early = terms_queries.early(company_id, charged.values())
    items: dict[int, list[_Item]] = defaultdict(list)
    params = {"company_id": company_id, "ids": sql.array(charged), "payment_id": payment_id}
    for row in sql.fetch(_Item, _ITEMS, params):
        items[row.invoice_id].append(row)
    return {
        invoice_id: _standing(one, items[invoice_id], early.get(invoice_id, Early()))
        for invoice_id, one in charged.items()
    }


def _standing(one: Charged, items: Sequence[_Item], early: Early) -> Standing:
    parts = tuple(item.part() for item in items)
    here = sum(item.paid_here_minor for item in items)
    settled = one.total_minor - sum(item.open_minor for item in items) - one.credited_minor
    written_off = sum(sum(part.given.values()) for part in parts)
    return Standing(
        invoice_id=one.invoice_id,
        number=one.number,
        currency=one.currency,
        total_minor=one.total_minor - one.credited_minor,
        parts=parts,
        paid_minor=here,
        paid_before_minor=settled - written_off - here,
        taxes=() if one.is_opening else tuple(_share(line) for line in one.taxes_left),
        is_tax_known=not one.is_opening,
        offers=early.offers,
        discount_adjusts_tax=early.adjusts_tax,
        after_part_payment=early.after_part_payment,
    )


def _share(line: ChargedTax) -> TaxShare:
    return TaxShare(line.category, line.rate_percent, line.net_minor, line.tax_minor)


def adjustments_of_payment(company_id: int, payment_id: int) -> list[AdjustmentRow]:
    """Return what was given on items a payment left open, undone ones too, in their order."""
    return sql.fetch(
        AdjustmentRow,
        f"{_ADJUSTMENTS} AND a.payment_id = %(payment_id)s ORDER BY a.id",
        {"company_id": company_id, "payment_id": payment_id},
    )


def adjustments_of_items(company_id: int, item_ids: Collection[int]) -> list[AdjustmentRow]:
    """Return what was given on the items, undone ones too, in their order."""
    return sql.fetch(
        AdjustmentRow,
        f"{_ADJUSTMENTS} AND a.item_id = ANY(%(ids)s::bigint[]) ORDER BY a.id",
        {"company_id": company_id, "ids": sql.array(sorted(item_ids))},
    )
