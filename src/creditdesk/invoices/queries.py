"""What is known about invoices: documents, open items, what is overdue, unapplied credit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from creditdesk.invoices.delivery_queries import LIST_FILTERS
from creditdesk.invoices.write_off_queries import IS_LOST, LOST_AND_CREDITED
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.plumbing import sql


class OpenItemRow(NamedTuple):
    """One instalment with what of it is open."""

    item_id: int
    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    issued_on: date
    due_on: date
    total_minor: int
    open_minor: int
    instalment: int


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice or credit note; `credited_minor` is what credit notes took back of an invoice."""

    id: int
    kind: str
    number: str
    customer_id: int
    issued_on: date
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    open_minor: int
    unapplied_minor: int
    credited_minor: int
    order_reference: str
    customer_reference: str
    terms_code: str
    corrects_number: str
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """An invoice in a list; `due_on` is the first open due date, else the last one."""

    id: int
    kind: str
    number: str
    customer_id: int
    customer_number: str
    customer_name: str
    issued_on: date
    due_on: date | None
    currency: str
    total_minor: int
    open_minor: int
    unapplied_minor: int
    is_lost: bool
    credited_minor: int


@dataclass(frozen=True, slots=True)
class SettledItem:
    """An item that was settled in full, and when."""

    number: str
    due_on: date
    settled_on: date
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One page of a list, and how many there are in all."""

    rows: tuple[ListedInvoice, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """What a customer is late with in one currency, and since when."""

    currency: str
    overdue_minor: int
    oldest_due_on: date


@dataclass(frozen=True, slots=True)
class UnappliedCreditNote:
    """A credit note of which something has not yet lowered an item."""

    credit_note_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    issued_on: date
    unapplied_minor: int


@dataclass(frozen=True, slots=True)
class AppliedCredit:
    """A part of a credit note that lowered an item."""

    credit_note_number: str
    invoice_number: str
    item_id: int
    minor: int
    applied_on: date


@dataclass(frozen=True, slots=True)
class _OverdueOf:
    customer_id: int
    currency: str
    overdue_minor: int
    oldest_due_on: date


_ITEM = """
    SELECT i.id, i.invoice_id, v.number, v.number_key, i.customer_id, i.currency, i.issued_on,
           i.due_on, i.total_minor, i.open_minor, i.instalment
      FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE i.company_id = %(company_id)s
"""
_INVOICE = """
    SELECT v.id, v.kind, v.number, v.customer_id, v.issued_on, v.currency, v.net_minor,
           v.tax_minor, v.total_minor,
           coalesce((SELECT sum(i.open_minor) FROM invoices_item i
                      WHERE i.invoice_id = v.id), 0)::bigint,
           v.unapplied_minor,
           coalesce((SELECT sum(n.total_minor) FROM invoices_invoice n
                      WHERE n.corrects_id = v.id), 0)::bigint,
           v.order_reference, v.customer_reference, v.terms_code, coalesce(c.number, ''),
           v.reason, v.recorded_at
      FROM invoices_invoice v LEFT JOIN invoices_invoice c ON c.id = v.corrects_id
     WHERE v.company_id = %(company_id)s
"""


def open_items(
    company_id: int, *, customer_ids: Iterable[int] | None = None, currency: str | None = None
) -> list[OpenItemRow]:
    """Return the items with something open, by customer and due date."""
    return sql.fetch(
        OpenItemRow,
        f"""{_ITEM} AND i.open_minor > 0
            AND (%(ids)s::bigint[] IS NULL OR i.customer_id = ANY(%(ids)s::bigint[]))
            AND (%(currency)s::text IS NULL OR i.currency = %(currency)s)
          ORDER BY i.customer_id, i.due_on, i.id""",
        {
            "company_id": company_id,
            "ids": None if customer_ids is None else sql.array(sorted(set(customer_ids))),
            "currency": currency,
        },
    )


def owing(company_id: int) -> frozenset[int]:
    """Return every customer with an open item."""
    owe = "SELECT DISTINCT customer_id FROM invoices_item WHERE company_id = %s AND open_minor > 0"
    return frozenset(sql.scalars(owe, [company_id]))


def items_by_id(company_id: int, ids: Iterable[int]) -> dict[int, OpenItemRow]:
    """Return the items among the ids, settled ones too; those of other companies are left out."""
    rows = sql.fetch(
        OpenItemRow,
        f"{_ITEM} AND i.id = ANY(%(ids)s::bigint[])",
        {"company_id": company_id, "ids": sql.array(sorted(set(ids)))},
    )
    return {row.item_id: row for row in rows}


def items_of(company_id: int, invoice_id: int) -> list[OpenItemRow]:
    """Return the instalments of one invoice in order."""
    return sql.fetch(
        OpenItemRow,
        f"{_ITEM} AND i.invoice_id = %(invoice_id)s ORDER BY i.instalment",
        {"company_id": company_id, "invoice_id": invoice_id},
    )


def settled_items(company_id: int, customer_id: int, *, limit: int = 60) -> list[SettledItem]:
    """Return the items a customer settled in full, the last settled first."""
    return sql.fetch(
        SettledItem,
        """
        SELECT v.number, i.due_on, i.settled_on, i.currency, i.total_minor
          FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
         WHERE i.company_id = %(company_id)s AND i.customer_id = %(customer_id)s
           AND i.settled_on IS NOT NULL
         ORDER BY i.settled_on DESC, i.id DESC LIMIT %(limit)s
        """,
        {"company_id": company_id, "customer_id": customer_id, "limit": limit},
    )


def invoice(company_id: int, number: str) -> InvoiceRow:
    """Return the invoice or credit note of that number; NotFound otherwise."""
    row = sql.fetch_one(
        InvoiceRow,
        f"{_INVOICE} AND v.number = %(number)s",
        {"company_id": company_id, "number": number},
    )
    if row is None:
        raise NotFound("invoice_unknown", f"There is no invoice {number!r}", number=number)
    return row


def invoices_of(company_id: int, customer_id: int, *, limit: int = 200) -> list[InvoiceRow]:
    """Return the documents of a customer, latest first."""
    return sql.fetch(
        InvoiceRow,
        f"{_INVOICE} AND v.customer_id = %(customer_id)s"
        " ORDER BY v.issued_on DESC, v.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "customer_id": customer_id, "limit": limit},
    )


def overdue_by_customer(
    company_id: int, as_of: date, *, customer_ids: Iterable[int] | None = None
) -> dict[int, list[OverdueRow]]:
    """Return customer id → what is late on a date per currency, from today's open items."""
    rows = sql.fetch(
        _OverdueOf,
        """
        SELECT customer_id, currency, sum(open_minor)::bigint, min(due_on) FROM invoices_item
         WHERE company_id = %(company_id)s AND open_minor > 0 AND due_on < %(as_of)s
           AND (%(customer_ids)s::bigint[] IS NULL OR customer_id = ANY(%(customer_ids)s))
         GROUP BY 1, 2 ORDER BY 1, 2
        """,
        {
            "company_id": company_id,
            "as_of": as_of,
            "customer_ids": None if customer_ids is None else sql.array(sorted(set(customer_ids))),
        },
    )
    found: dict[int, list[OverdueRow]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            OverdueRow(row.currency, row.overdue_minor, row.oldest_due_on)
        )
    return dict(found)


def unapplied_credit_notes(
    company_id: int, customer_id: int | None = None
) -> list[UnappliedCreditNote]:
    """Return credit notes with something unapplied, of all customers or one, oldest first."""
    return sql.fetch(
        UnappliedCreditNote,
        """
        SELECT id, number, number_key, customer_id, currency, issued_on, unapplied_minor
          FROM invoices_invoice
         WHERE company_id = %(company_id)s AND unapplied_minor > 0
           AND (%(customer_id)s::bigint IS NULL OR customer_id = %(customer_id)s)
         ORDER BY customer_id, issued_on, id
        """,
        {"company_id": company_id, "customer_id": customer_id},
    )


def credits_applied(company_id: int, invoice_id: int) -> list[AppliedCredit]:
    """Return which credit lowered an invoice, or what a credit note lowered."""
    return sql.fetch(
        AppliedCredit,
        """
        SELECT n.number, v.number, a.item_id, a.minor, a.applied_on
          FROM invoices_creditapplication a
          JOIN invoices_invoice n ON n.id = a.credit_note_id
          JOIN invoices_item i ON i.id = a.item_id
          JOIN invoices_invoice v ON v.id = i.invoice_id
         WHERE a.company_id = %(company_id)s AND a.undone_at IS NULL
           AND %(invoice_id)s IN (n.id, v.id) ORDER BY a.id
        """,
        {"company_id": company_id, "invoice_id": invoice_id},
    )


SORTS: Mapping[str, str] = {
    "issued_on": "v.issued_on, v.id",
    "-issued_on": "v.issued_on DESC, v.id DESC",
    "due_on": "due_on NULLS LAST, v.id",
    "-due_on": "due_on DESC NULLS LAST, v.id DESC",
    "number": "v.number, v.id",
    "-number": "v.number DESC, v.id",
    "customer": "c.name, v.id",
    "-customer": "c.name DESC, v.id",
    "total": "v.total_minor, v.id",
    "-total": "v.total_minor DESC, v.id",
    "open": "open_minor, v.id",
    "-open": "open_minor DESC, v.id",
}
_STATES: Mapping[str, str] = {
    "": "TRUE",
    "open": "EXISTS (SELECT 1 FROM invoices_item o WHERE o.invoice_id = v.id AND o.open_minor > 0)",
    "overdue": "EXISTS (SELECT 1 FROM invoices_item o WHERE o.invoice_id = v.id"
    " AND o.open_minor > 0 AND o.due_on < %(as_of)s)",
    "paid": f"v.kind <> 'credit_note' AND NOT {IS_LOST} AND NOT EXISTS"
    " (SELECT 1 FROM invoices_item o WHERE o.invoice_id = v.id AND o.open_minor > 0)",
    "credit": "v.kind = 'credit_note'",
    "written_off": IS_LOST,
    "unapplied": "v.unapplied_minor > 0",
    **LIST_FILTERS,
}
_LISTED = f"""
    SELECT v.id, v.kind, v.number, v.customer_id, c.number, c.name, v.issued_on, i.due_on,
           v.currency, v.total_minor, coalesce(i.open_minor, 0)::bigint AS open_minor,
           v.unapplied_minor, {LOST_AND_CREDITED}
      FROM invoices_invoice v
      JOIN customers_customer c ON c.id = v.customer_id
      LEFT JOIN LATERAL (
           SELECT coalesce(min(due_on) FILTER (WHERE open_minor > 0), max(due_on)) AS due_on,
                  sum(open_minor) AS open_minor
             FROM invoices_item WHERE invoice_id = v.id) i ON TRUE
"""
_FILTERS = """
     WHERE v.company_id = %(company_id)s
       AND (%(text)s = '' OR v.number ILIKE %(like)s OR c.name ILIKE %(like)s
            OR c.number ILIKE %(like)s OR v.order_reference ILIKE %(like)s
            OR v.customer_reference ILIKE %(like)s)
       AND (%(customer_id)s::bigint IS NULL OR v.customer_id = %(customer_id)s)
       AND (%(currency)s = '' OR v.currency = %(currency)s)
       AND (%(issued_from)s::date IS NULL OR v.issued_on >= %(issued_from)s)
       AND (%(issued_to)s::date IS NULL OR v.issued_on <= %(issued_to)s)
"""
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def listing(
    company_id: int,
    *,
    as_of: date,
    text: str = "",
    state: str = "",
    customer_id: int | None = None,
    currency: str = "",
    issued_from: date | None = None,
    issued_to: date | None = None,
    sort: str = "-issued_on",
    page: int = 1,
    size: int = 50,
) -> InvoicePage:
    """Return a page of documents, filtered and sorted.

    States: open, overdue (on `as_of`), paid, credit, unapplied, undelivered, bounced, written_off;
    an unknown one is Invalid.
    """
    for field, value, known in (("sort", sort, SORTS), ("state", state, _STATES)):
        if value not in known:
            raise Invalid(
                f"{field}_unknown",
                f"The list has no {field} {value!r}",
                place=Place(field=field),
                mend=f"Use one of {', '.join(filter(None, known))}",
            )
    params = {
        "company_id": company_id,
        "as_of": as_of,
        "text": text.strip(),
        "like": f"%{text.strip().translate(_LIKE_ESCAPES)}%",
        "customer_id": customer_id,
        "currency": currency,
        "issued_from": issued_from,
        "issued_to": issued_to,
        "size": size,
        "offset": (max(page, 1) - 1) * size,
    }
    where = f"{_FILTERS} AND {_STATES[state]}"
    total = sql.scalar(
        "SELECT count(*) FROM invoices_invoice v"
        f" JOIN customers_customer c ON c.id = v.customer_id {where}",
        params,
    )
    rows = sql.fetch(
        ListedInvoice,
        f"{_LISTED} {where} ORDER BY {SORTS[sort]} LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return InvoicePage(rows=tuple(rows), total=total, page=max(page, 1), size=size)
