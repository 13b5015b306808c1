"""What is disputed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.listing import Listing, Page, like, sorts
from creditdesk.plumbing.listing import counts as counted


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute with the item it is about."""

    id: int
    reference: str
    customer_id: int
    customer_number: str
    customer_name: str
    item_id: int
    invoice_number: str
    due_on: date
    reason: str
    disputed_minor: int
    open_minor: int
    currency: str
    note: str
    status: str
    opened_on: date
    opened_by: str
    resolved_on: date | None
    resolution: str


_FIELDS = """
    SELECT d.id, d.reference, d.customer_id, c.number, c.name, d.item_id, v.number, i.due_on,
           d.reason, d.disputed_minor, i.open_minor, d.currency, d.note, d.status, d.opened_on,
           d.opened_by, d.resolved_on, d.resolution
"""
_FROM = """
      FROM disputes_dispute d
      JOIN customers_customer c ON c.id = d.customer_id
      JOIN invoices_item i ON i.id = d.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE d.company_id = %(company_id)s
"""
_DISPUTE = f"{_FIELDS}{_FROM}"
_FILTERS = """
       AND (%(status)s = '' OR d.status = %(status)s)
       AND (%(reason)s = '' OR d.reason = %(reason)s)
       AND (%(like)s = '%%' OR c.name ILIKE %(like)s OR c.number ILIKE %(like)s
            OR d.reference ILIKE %(like)s OR v.number ILIKE %(like)s)
"""
_SORTS: Mapping[str, str] = {
    "reference": "d.reference",
    "number": "c.number",
    "customer": "lower(c.name)",
    "invoice": "v.number",
    "reason": "d.reason",
    "opened_on": "d.opened_on",
    "age": "coalesce(d.resolved_on, %(as_of)s::date) - d.opened_on",
    "status": "d.status",
    "resolved_on": "d.resolved_on",
    "resolution": "nullif(d.resolution, '')",
    "currency": "d.currency",
    "disputed": "d.disputed_minor",
    "open": "i.open_minor",
}
SORTS = sorts(_SORTS, last="d.id")
DisputePage = Page[DisputeRow]
_LISTING = Listing(row=DisputeRow, select=_FIELDS, source=_FROM, filters=_FILTERS, sorts=SORTS)


def open_disputes(company_id: int, customer_id: int | None = None) -> list[DisputeRow]:
    """Return what is in dispute now, oldest first."""
    return sql.fetch(
        DisputeRow,
        f"""{_DISPUTE} AND d.status = 'open'
            AND (%(customer_id)s::bigint IS NULL OR d.customer_id = %(customer_id)s)
            ORDER BY d.opened_on, d.id""",
        {"company_id": company_id, "customer_id": customer_id},
    )


def disputes_of(company_id: int, customer_id: int) -> list[DisputeRow]:
    """Return every dispute of a customer, newest first."""
    return sql.fetch(
        DisputeRow,
        f"{_DISPUTE} AND d.customer_id = %(customer_id)s ORDER BY d.id DESC",
        {"company_id": company_id, "customer_id": customer_id},
    )


def listing(
    company_id: int,
    *,
    as_of: date,
    status: str = "open",
    reason: str = "",
    text: str = "",
    sort: str = "-age",
    page: int = 1,
    size: int = 50,
) -> DisputePage:
    """Return a page of disputes, open or resolved, or all with an empty status.

    A page past the end is the last. The age counts until `as_of` or until the dispute was
    resolved. An unknown sort is Invalid.
    """
    params = {
        "company_id": company_id,
        "as_of": as_of,
        "status": status,
        "reason": reason,
        "like": like(text),
    }
    return _LISTING.page(params, sort=sort, number=page, size=size)


def counts(company_id: int) -> dict[str, int]:
    """Return how many disputes there are by status."""
    return counted(
        "SELECT status, count(*) FROM disputes_dispute WHERE company_id = %s GROUP BY 1",
        [company_id],
    )


def dispute(company_id: int, reference: str) -> DisputeRow:
    """Return one dispute; NotFound otherwise."""
    row = sql.fetch_one(
        DisputeRow,
        f"{_DISPUTE} AND d.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("dispute_unknown", f"There is no dispute {reference!r}")
    return row


def open_item_ids(company_id: int, among: Iterable[int] | None = None) -> frozenset[int]:
    """Return the items in dispute, of all or among the given ones."""
    items = None if among is None else sorted(set(among))
    return frozenset(
        sql.scalars(
            "SELECT item_id FROM disputes_dispute WHERE company_id = %(company_id)s"
            " AND status = 'open' AND (%(items)s::bigint[] IS NULL OR item_id = ANY(%(items)s))",
            {"company_id": company_id, "items": items},
        )
    )
