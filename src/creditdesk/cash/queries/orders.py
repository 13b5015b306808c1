"""What the order of allocation decided by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class OrderedRow:
    """What a payment that names nothing pays of an item, by the order of the policy alone."""

    payment_reference: str
    customer_number: str
    customer_name: str
    received_on: date
    invoice_number: str
    due_on: date
    currency: str
    minor: int
    applied_on: date


def ordered(company_id: int, *, limit: int) -> list[OrderedRow]:
    """Return what stands paid by order, the latest payments first."""
    return sql.fetch(
        OrderedRow,
        """
        SELECT p.reference, c.number, c.name, p.received_on, v.number, i.due_on, i.currency,
               a.minor, a.applied_on
          FROM cash_allocation a
          JOIN cash_payment p ON p.id = a.payment_id
          JOIN invoices_item i ON i.id = a.item_id
          JOIN invoices_invoice v ON v.id = i.invoice_id
          JOIN customers_customer c ON c.id = i.customer_id
         WHERE a.company_id = %s AND a.is_by_order AND a.undone_at IS NULL
         ORDER BY p.received_on DESC, p.id DESC, a.id LIMIT %s
        """,
        [company_id, limit],
    )
