"""What paying late costs: what may be charged, what was charged, waived and taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class LateItem:
    """An instalment that is or was late, or that something was charged on."""

    item_id: int
    number: str
    customer_id: int
    country: str
    currency: str
    issued_on: date
    due_on: date
    total_minor: int
    is_opening: bool
    is_consumer: bool


@dataclass(frozen=True, slots=True)
class LateCountry:
    """A country whose customers are or were late: since which due dates, and until when."""

    country: str
    first_due_on: date
    last_due_on: date
    last_late_on: date


@dataclass(frozen=True, slots=True)
class Movement:
    """A fact that moved what is owed on an item, as it stands after all that was undone."""

    item_id: int
    source_kind: str
    source_id: int
    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge and what of it was taken back or waived."""

    id: int
    item_id: int
    kind: str
    currency: str
    minor: int
    reversed_minor: int
    waived_minor: int
    through_on: date
    document_number: str

    @property
    def left_minor(self) -> int:
        """What of it still stands."""
        return self.minor - self.reversed_minor - self.waived_minor


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge in a list, with the item it is for and what of it stands."""

    id: int
    kind: str
    customer_number: str
    customer_name: str
    invoice_number: str
    instalment: int
    due_on: date
    currency: str
    minor: int
    reversed_minor: int
    waived_minor: int
    from_on: date
    through_on: date
    law: str
    document_number: str
    reason: str
    recorded_at: datetime

    @property
    def left_minor(self) -> int:
        """What of it still stands."""
        return self.minor - self.reversed_minor - self.waived_minor


@dataclass(frozen=True, slots=True)
class ChargePage:
    """A page of charges, and how many there are."""

    rows: tuple[ChargeRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class MemoRow:
    """What stands charged to a customer without having been posted."""

    customer_id: int
    currency: str
    kind: str
    minor: int
    through_on: date


_LATE = """
    SELECT i.id, v.number, i.customer_id, c.country, i.currency, i.issued_on, i.due_on,
           i.total_minor, v.opening_minor IS NOT NULL, c.buys_as = 'consumer'
      FROM invoices_item i
      JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer c ON c.id = i.customer_id
     WHERE i.company_id = %(company_id)s AND v.kind = 'invoice'
       AND i.due_on >= %(since)s AND i.due_on < %(through)s
       AND (%(items)s::bigint[] IS NULL OR i.id = ANY(%(items)s::bigint[]))
       AND (i.open_minor > 0 OR i.settled_on > i.due_on
            OR EXISTS (SELECT 1 FROM invoices_charge g WHERE g.item_id = i.id))
     ORDER BY i.customer_id, i.id
"""
_COUNTRIES = """
    SELECT c.country, min(i.due_on), max(i.due_on),
           max(CASE WHEN i.open_minor > 0 THEN %(through)s ELSE i.settled_on END)
      FROM invoices_item i
      JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer c ON c.id = i.customer_id
     WHERE i.company_id = %(company_id)s AND v.kind = 'invoice'
       AND i.due_on >= %(since)s AND i.due_on < %(through)s
       AND (i.open_minor > 0 OR i.settled_on > i.due_on)
     GROUP BY 1 ORDER BY 1
"""
# What was undone never counted: a fact and its reversal have the same source and add up to nothing.
# What is owed again of a write-off is taken from that write-off.
_MOVEMENTS = """
    SELECT p.item_id, regexp_replace(p.source_kind, '^undo_|_(recovery|correction)$', ''),
           coalesce(w.of_id, p.source_id), min(p.effective_on),
           sum(CASE WHEN p.debit_id = a.id THEN p.minor ELSE -p.minor END)::bigint AS minor
      FROM ledger_posting p
      JOIN ledger_account a ON a.company_id = p.company_id AND a.code = 'receivable'
                           AND a.id IN (p.debit_id, p.credit_id)
      LEFT JOIN invoices_writeoff w
        ON p.source_kind LIKE 'write_off_%%' AND w.id = p.source_id
     WHERE p.company_id = %(company_id)s AND p.item_id = ANY(%(item_ids)s)
     GROUP BY 1, 2, 3
    HAVING sum(CASE WHEN p.debit_id = a.id THEN p.minor ELSE -p.minor END) <> 0
     ORDER BY 1, 4, 3
"""
_BACK = """
      LEFT JOIN LATERAL (
           SELECT coalesce(sum(minor) FILTER (WHERE act = 'reversal'), 0)::bigint AS reversed,
                  coalesce(sum(minor) FILTER (WHERE act = 'waiver'), 0)::bigint AS waived,
                  string_agg(reason, ' · ' ORDER BY id) FILTER (WHERE reason <> '') AS reason
             FROM invoices_charge b WHERE b.of_id = g.id) back ON TRUE
"""
_CHARGED = f"""
    SELECT g.id, g.item_id, g.kind, g.currency, g.minor, back.reversed, back.waived, g.through_on,
           coalesce(d.number, '')
      FROM invoices_charge g {_BACK}
      LEFT JOIN invoices_invoice d ON d.id = g.document_id
     WHERE g.company_id = %(company_id)s AND g.act = 'charge'
"""
_LISTED = f"""
    SELECT g.id, g.kind, c.number, c.name, v.number, i.instalment, i.due_on, g.currency, g.minor,
           back.reversed, back.waived, g.from_on, g.through_on, g.law, coalesce(d.number, ''),
           coalesce(back.reason, ''), g.recorded_at
      FROM invoices_charge g {_BACK}
      JOIN invoices_item i ON i.id = g.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer c ON c.id = g.customer_id
      LEFT JOIN invoices_invoice d ON d.id = g.document_id
"""
_WANTED = """
     WHERE g.company_id = %(company_id)s AND g.act = 'charge'
       AND (%(customer_id)s::bigint IS NULL OR g.customer_id = %(customer_id)s)
"""


@dataclass(frozen=True, slots=True)
class FeeRow:
    """What the invoice of an item was charged for reminders so far."""

    item_id: int
    invoice_id: int
    charged_minor: int


_FEES_SO_FAR = """
    SELECT i.id, i.invoice_id,
           coalesce((SELECT sum(g.minor) FROM invoices_item o
                       JOIN invoices_charge g ON g.item_id = o.id
                      WHERE o.invoice_id = i.invoice_id AND g.kind = 'dunning_fee'
                        AND g.act = 'charge'), 0)::bigint
      FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id AND v.kind = 'invoice'
     WHERE i.company_id = %(company_id)s AND i.id = ANY(%(items)s::bigint[])
"""


def late_items(
    company_id: int, *, since: date, through: date, item_ids: Collection[int] | None = None
) -> list[LateItem]:
    """Return the instalments due since a date that were late by another, by customer.

    Of all items, or of the named.
    """
    items = None if item_ids is None else sql.array(sorted(item_ids))
    params = {"company_id": company_id, "since": since, "through": through, "items": items}
    return sql.fetch(LateItem, _LATE, params)


def late_countries(company_id: int, *, since: date, through: date) -> list[LateCountry]:
    """Return the countries whose customers were late by a day, with the days that it concerns."""
    params = {"company_id": company_id, "since": since, "through": through}
    return sql.fetch(LateCountry, _COUNTRIES, params)


def movements(company_id: int, item_ids: Collection[int]) -> list[Movement]:
    """Return what moved the items in the books, by item and date, without what was undone."""
    return sql.fetch(Movement, _MOVEMENTS, {"company_id": company_id, "item_ids": sorted(item_ids)})


def charged(
    company_id: int, *, item_ids: Collection[int] | None = None, ids: Iterable[int] | None = None
) -> list[Charged]:
    """Return the charges on items, or of the ids, oldest first."""
    return sql.fetch(
        Charged,
        f"""{_CHARGED} AND (%(items)s::bigint[] IS NULL OR g.item_id = ANY(%(items)s))
            AND (%(ids)s::bigint[] IS NULL OR g.id = ANY(%(ids)s)) ORDER BY g.id""",
        {
            "company_id": company_id,
            "items": None if item_ids is None else sorted(item_ids),
            "ids": None if ids is None else sorted(ids),
        },
    )


def fees_so_far(company_id: int, item_ids: Collection[int]) -> list[FeeRow]:
    """Return the invoice of each item, and the fees for reminders charged on all its items.

    Items of documents that are charges themselves are left out: no fee is charged on a fee.
    """
    return sql.fetch(
        FeeRow, _FEES_SO_FAR, {"company_id": company_id, "items": sql.array(sorted(item_ids))}
    )


def charged_through(company_id: int) -> date | None:
    """Return the last day charges were made through; nothing before the first run."""
    found: date | None = sql.scalar(
        "SELECT max(through_on) FROM invoices_charge WHERE company_id = %s AND act = 'charge'"
        " AND kind IN ('interest', 'compensation')",
        [company_id],
    )
    return found


def charge_listing(
    company_id: int, *, customer_id: int | None = None, page: int = 1, size: int = 50
) -> ChargePage:
    """Return a page of charges, the last first."""
    page = max(page, 1)
    params = {"company_id": company_id, "customer_id": customer_id, "size": size,
              "offset": (page - 1) * size}  # fmt: skip
    total = sql.scalar(f"SELECT count(*) FROM invoices_charge g {_WANTED}", params)
    rows = sql.fetch(
        ChargeRow,
        f"{_LISTED} {_WANTED} ORDER BY g.through_on DESC, g.id DESC"
        " LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return ChargePage(rows=tuple(rows), total=total, page=page, size=size)


def on_document(company_id: int, customer_id: int, document_id: int) -> list[ChargeRow]:
    """Return the charges that a document is made of, the largest first."""
    return sql.fetch(
        ChargeRow,
        f"{_LISTED} {_WANTED} AND g.document_id = %(document_id)s ORDER BY g.minor DESC, g.id"
        " LIMIT 500",
        {"company_id": company_id, "customer_id": customer_id, "document_id": document_id},
    )


def memos(company_id: int, customer_ids: Iterable[int] | None = None) -> list[MemoRow]:
    """Return what stands charged as a memo, not posted, by customer, currency and kind."""
    return sql.fetch(
        MemoRow,
        f"""
        SELECT g.customer_id, g.currency, g.kind,
               sum(g.minor - back.reversed - back.waived)::bigint, max(g.through_on)
          FROM invoices_charge g {_BACK}
         WHERE g.company_id = %(company_id)s AND g.act = 'charge' AND g.document_id IS NULL
           AND (%(customer_ids)s::bigint[] IS NULL OR g.customer_id = ANY(%(customer_ids)s))
         GROUP BY 1, 2, 3 HAVING sum(g.minor - back.reversed - back.waived) > 0 ORDER BY 1, 2, 3
        """,
        {
            "company_id": company_id,
            "customer_ids": None if customer_ids is None else sorted(set(customer_ids)),
        },
    )
