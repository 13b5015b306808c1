"""What credit notes were set off against: the parts that may be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class SetOffRow:
    """A part of a credit note that lowered another invoice than the one it was written for."""

    id: int
    credit_note_number: str
    invoice_number: str
    item_id: int
    currency: str
    minor: int
    applied_on: date


def set_offs(
    company_id: int, *, customer_id: int | None = None, credit_note: str = ""
) -> list[SetOffRow]:
    """Return what stands set off, of a customer or one note, the latest first."""
    return sql.fetch(
        SetOffRow,
        """
        SELECT a.id, n.number, v.number, a.item_id, n.currency, a.minor, a.applied_on
          FROM invoices_creditapplication a
          JOIN invoices_invoice n ON n.id = a.credit_note_id
          JOIN invoices_item i ON i.id = a.item_id
          JOIN invoices_invoice v ON v.id = i.invoice_id
         WHERE a.company_id = %(company_id)s AND a.undone_at IS NULL
           AND v.id IS DISTINCT FROM n.corrects_id
           AND (%(customer_id)s::bigint IS NULL OR n.customer_id = %(customer_id)s)
           AND (%(note)s = '' OR n.number = %(note)s)
         ORDER BY a.id DESC
        """,
        {"company_id": company_id, "customer_id": customer_id, "note": credit_note},
    )
