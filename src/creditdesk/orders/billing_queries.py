"""What may still be billed of an order, and the invoices that did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class BilledRow:
    """An invoice of an order."""

    number: str
    issued_on: date
    currency: str
    total_minor: int


def left_to_bill(company_id: int, reference: str) -> int:
    """Return what is still set aside for an order: what may yet be invoiced, with tax."""
    return int(
        sql.scalar(
            "SELECT coalesce(sum(open_minor), 0) FROM credit_reservation"
            " WHERE company_id = %s AND order_reference = %s AND status = 'held'",
            [company_id, reference],
        )
    )


def billed(company_id: int, customer_id: int, reference: str) -> list[BilledRow]:
    """Return the invoices that name an order of a customer, the first first."""
    return sql.fetch(
        BilledRow,
        "SELECT number, issued_on, currency, total_minor FROM invoices_invoice"
        " WHERE company_id = %s AND customer_id = %s AND order_reference = %s"
        "   AND kind = 'invoice' ORDER BY issued_on, id LIMIT 100",
        [company_id, customer_id, reference],
    )
