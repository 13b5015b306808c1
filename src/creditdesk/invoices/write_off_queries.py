"""What was written off: what may be, what was, what of it came in after all, and its tax."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.invoices.write_off_rules import Standing
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class PartRow:
    """An instalment that may be written off, and what of it is open."""

    number: str
    customer_id: int
    currency: str
    item_id: int
    instalment: int
    open_since: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class BasisRow:
    """What an invoice comes to and the tax in it, less what was credited; or that it is unknown.

    Of a document taken over at going live only what was left is known, so its tax is not.
    """

    invoice_id: int
    total_minor: int
    tax_minor: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A write-off as it stands, with what it is of."""

    id: int
    item_id: int
    because: str
    minor: int
    back_minor: int
    relieved_minor: int
    due_on: date
    reference: str
    customer_id: int
    currency: str
    invoice_id: int
    number: str
    effective_on: date

    @property
    def standing(self) -> Standing:
        """Return it as the rules take it."""
        return Standing(
            self.id, self.item_id, self.because, self.minor, self.back_minor,
            self.relieved_minor, self.due_on,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WriteOffRow:
    """A write-off in a list, with what of it stands and the tax taken back for it."""

    id: int
    reference: str
    customer_number: str
    customer_name: str
    invoice_number: str
    instalment: int
    due_on: date
    because: str
    currency: str
    minor: int
    recovered_minor: int
    corrected_minor: int
    relieved_minor: int
    effective_on: date
    approval: str
    approved_by: str
    reason: str
    recorded_at: datetime
    recorded_by: str

    @property
    def left_minor(self) -> int:
        """What of it stands written off."""
        return self.minor - self.recovered_minor - self.corrected_minor


@dataclass(frozen=True, slots=True)
class WriteOffPage:
    """A page of write-offs, and how many there are."""

    rows: tuple[WriteOffRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class TotalRow:
    """What stands written off for one reason in one currency, and what came in after all."""

    because: str
    currency: str
    left_minor: int
    recovered_minor: int
    relieved_minor: int
    count: int


# Documents of which something stands written off.
WRITTEN_OFF = """
    SELECT i3.invoice_id FROM invoices_writeoff w JOIN invoices_item i3 ON i3.id = w.item_id
     WHERE w.company_id = %(company_id)s AND w.act IN ('write_off', 'recovery', 'correction')
     GROUP BY 1
    HAVING sum(CASE w.act WHEN 'write_off' THEN w.minor ELSE -w.minor END) > 0
"""
# Whether something of a document in a list (`v`) stands written off.
IS_LOST = f"v.id IN ({WRITTEN_OFF})"
LOST_AND_CREDITED = f"""{IS_LOST}, (
           SELECT coalesce(sum(n.total_minor), 0)::bigint FROM invoices_invoice n
            WHERE n.corrects_id = v.id)"""
_PARTS = """
    SELECT v.number, i.customer_id, i.currency, i.id, i.instalment,
           greatest(i.issued_on, i.reopened_on), i.open_minor
      FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE i.company_id = %(company_id)s AND v.number = ANY(%(numbers)s)
     ORDER BY v.number, i.instalment
"""
_BACK = """
      LEFT JOIN LATERAL (
           SELECT coalesce(sum(minor) FILTER (WHERE act = 'recovery'), 0)::bigint AS recovered,
                  coalesce(sum(minor) FILTER (WHERE act = 'correction'), 0)::bigint AS corrected,
                  (coalesce(sum(minor) FILTER (WHERE act = 'relief'), 0)
                   - coalesce(sum(minor) FILTER (WHERE act = 'relief_back'), 0))::bigint AS relieved
             FROM invoices_writeoff b WHERE b.of_id = w.id) back ON TRUE
"""
_STANDING = f"""
    SELECT w.id, w.item_id, w.because, w.minor, back.recovered + back.corrected, back.relieved,
           i.due_on, w.reference, w.customer_id, w.currency, v.id, v.number, w.effective_on
      FROM invoices_writeoff w {_BACK}
      JOIN invoices_item i ON i.id = w.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE w.company_id = %(company_id)s AND w.act = 'write_off'
       AND (%(items)s::bigint[] IS NULL OR w.item_id = ANY(%(items)s))
       AND (%(invoices)s::bigint[] IS NULL OR v.id = ANY(%(invoices)s))
       AND (%(ids)s::bigint[] IS NULL OR w.id = ANY(%(ids)s))
     ORDER BY w.id
"""
_BASES = """
    SELECT v.id, (v.total_minor - coalesce(n.total, 0))::bigint,
           (v.tax_minor - coalesce(n.tax, 0))::bigint, v.opening_minor IS NULL
      FROM invoices_invoice v
      LEFT JOIN LATERAL (SELECT sum(total_minor) AS total, sum(tax_minor) AS tax
                           FROM invoices_invoice c WHERE c.corrects_id = v.id) n ON TRUE
     WHERE v.company_id = %(company_id)s AND v.id = ANY(%(ids)s)
"""
_LISTED = f"""
    SELECT w.id, w.reference, c.number, c.name, v.number, i.instalment, i.due_on, w.because,
           w.currency, w.minor, back.recovered, back.corrected, back.relieved, w.effective_on,
           w.approval, w.approved_by, w.reason, w.recorded_at, w.recorded_by
      FROM invoices_writeoff w {_BACK}
      JOIN invoices_item i ON i.id = w.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer c ON c.id = w.customer_id
"""
_WANTED = """
     WHERE w.company_id = %(company_id)s AND w.act = 'write_off'
       AND (%(customer_id)s::bigint IS NULL OR w.customer_id = %(customer_id)s)
       AND (%(invoice)s = '' OR w.item_id IN (
            SELECT i2.id FROM invoices_item i2 JOIN invoices_invoice v2 ON v2.id = i2.invoice_id
             WHERE v2.company_id = %(company_id)s AND v2.number = %(invoice)s))
       AND (%(because)s = '' OR w.because = %(because)s)
"""
_TOTALS = f"""
    SELECT w.because, w.currency, sum(w.minor - back.recovered - back.corrected)::bigint,
           sum(back.recovered)::bigint, sum(back.relieved)::bigint, count(*)
      FROM invoices_writeoff w {_BACK}
     WHERE w.company_id = %(company_id)s AND w.act = 'write_off'
     GROUP BY 1, 2 ORDER BY 2, 1
"""
_LOST = f"""
    SELECT DISTINCT w.item_id FROM invoices_writeoff w {_BACK}
      JOIN invoices_item i ON i.id = w.item_id AND i.open_minor = 0
     WHERE w.company_id = %s AND w.act = 'write_off'
       AND w.minor > back.recovered + back.corrected
"""


def parts(company_id: int, numbers: Collection[str]) -> list[PartRow]:
    """Return the instalments of documents, by number."""
    return sql.fetch(PartRow, _PARTS, {"company_id": company_id, "numbers": sorted(numbers)})


def standings(
    company_id: int,
    *,
    item_ids: Collection[int] | None = None,
    invoice_ids: Collection[int] | None = None,
    ids: Collection[int] | None = None,
) -> list[StandingRow]:
    """Return write-offs as they stand, all or those of items, of invoices, or the named."""
    return sql.fetch(
        StandingRow,
        _STANDING,
        {
            "company_id": company_id,
            "items": None if item_ids is None else sorted(item_ids),
            "invoices": None if invoice_ids is None else sorted(invoice_ids),
            "ids": None if ids is None else sorted(ids),
        },
    )


def bases(company_id: int, invoice_ids: Collection[int]) -> dict[int, BasisRow]:
    """Return what invoices come to and the tax in them, by id."""
    rows = sql.fetch(BasisRow, _BASES, {"company_id": company_id, "ids": sorted(invoice_ids)})
    return {row.invoice_id: row for row in rows}


def lost_items(company_id: int) -> frozenset[int]:
    """Return the items of which nothing is open and something stands written off."""
    return frozenset(sql.scalars(_LOST, [company_id]))


def listing(
    company_id: int,
    *,
    customer_id: int | None = None,
    invoice: str = "",
    because: str = "",
    page: int = 1,
    size: int = 50,
) -> WriteOffPage:
    """Return a page of write-offs, the last first."""
    page = max(page, 1)
    params = {"company_id": company_id, "customer_id": customer_id, "invoice": invoice,
              "because": because, "size": size, "offset": (page - 1) * size}  # fmt: skip
    total = sql.scalar(f"SELECT count(*) FROM invoices_writeoff w {_WANTED}", params)
    rows = sql.fetch(
        WriteOffRow,
        f"{_LISTED} {_WANTED} ORDER BY w.id DESC LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return WriteOffPage(rows=tuple(rows), total=total, page=page, size=size)


def totals(company_id: int) -> list[TotalRow]:
    """Return what stands written off by reason and currency."""
    return sql.fetch(TotalRow, _TOTALS, {"company_id": company_id})
