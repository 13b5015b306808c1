"""What the ERP says, and what our own books say as of the same date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.ledger import rules as ledger
from creditdesk.plumbing import sql
from creditdesk.reconciliation.rules import (
    BALANCE,
    RECEIVABLE,
    UNAPPLIED,
    Figure,
    Here,
    There,
    bucket_of,
)

ITEMS_KIND = "open_items_snapshot"
FIGURES_KIND = "control_totals"


@dataclass(frozen=True, slots=True)
class ErpFileRow:
    """A file of the ERP's figures that was loaded to its end."""

    import_run_id: int
    kind: str
    as_of: date
    rows_rejected: int


@dataclass(frozen=True, slots=True)
class _Here:
    number: str
    number_key: str
    customer_number: str
    currency: str
    issued_on: date
    open_minor: int
    before_minor: int
    now_minor: int
    paid_minor: int
    credited_minor: int
    is_credit: bool
    is_imported: bool


@dataclass(frozen=True, slots=True)
class _There:
    number: str
    number_key: str
    customer_number: str
    currency: str
    open_minor: int
    line: int


@dataclass(frozen=True, slots=True)
class _Figure:
    account: str
    customer_number: str
    bucket: str
    currency: str
    minor: int
    line: int


@dataclass(frozen=True, slots=True)
class _Aged:
    customer_number: str
    currency: str
    due_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class _Held:
    customer_number: str
    currency: str
    minor: int


_FILES = """
    SELECT f.import_run_id, f.kind, f.as_of, r.rows_rejected
      FROM reconciliation_erpfile f JOIN plumbing_importrun r ON r.id = f.import_run_id
     WHERE f.company_id = %(company_id)s AND r.status = 'done'
       AND (%(kind)s = '' OR f.kind = %(kind)s)
       AND (%(as_of)s::date IS NULL OR f.as_of = %(as_of)s)
     ORDER BY f.as_of DESC, f.import_run_id DESC
"""
# What moved on or after the date is taken back from what is open now.
_LATER = """
    account AS (
        SELECT id FROM ledger_account WHERE company_id = %(company_id)s AND code = %(receivable)s
    ), later AS (
        SELECT p.item_id,
               SUM(CASE p.debit_id WHEN account.id THEN p.minor ELSE -p.minor END)
                   FILTER (WHERE p.effective_on > %(as_of)s) AS after_minor,
               SUM(CASE p.debit_id WHEN account.id THEN p.minor ELSE -p.minor END) AS since_minor
          FROM ledger_posting p JOIN account ON account.id IN (p.debit_id, p.credit_id)
         WHERE p.company_id = %(company_id)s AND p.effective_on >= %(as_of)s GROUP BY 1
    )
"""
_HERE = f"""
    WITH {_LATER}, named AS (
        SELECT DISTINCT number_key FROM reconciliation_erpitem WHERE import_run_id = %(run)s
    ), item AS (
        SELECT i.id, i.invoice_id, i.open_minor, COALESCE(l.after_minor, 0) AS after_minor,
               COALESCE(l.since_minor, 0) AS since_minor
          FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
          LEFT JOIN later l ON l.item_id = i.id
         WHERE i.company_id = %(company_id)s
           AND (i.open_minor > 0 OR l.item_id IS NOT NULL
                OR v.number_key IN (SELECT number_key FROM named))
    ), paid AS (
        SELECT a.item_id, SUM(a.minor) AS minor FROM cash_allocation a
         WHERE a.company_id = %(company_id)s AND a.applied_on <= %(as_of)s
           AND (a.undone_on IS NULL OR a.undone_on > %(as_of)s)
           AND a.item_id IN (SELECT id FROM item) GROUP BY 1
    ), credited AS (
        SELECT c.item_id, SUM(c.minor) AS minor FROM invoices_creditapplication c
         WHERE c.company_id = %(company_id)s AND c.applied_on <= %(as_of)s
           AND c.undone_at IS NULL AND c.item_id IN (SELECT id FROM item) GROUP BY 1
    ), applied_later AS (
        SELECT c.credit_note_id,
               SUM(c.minor) FILTER (WHERE c.applied_on > %(as_of)s) AS after_minor,
               SUM(c.minor) AS since_minor
          FROM (SELECT credit_note_id, minor, applied_on FROM invoices_creditapplication
                 WHERE company_id = %(company_id)s AND applied_on >= %(as_of)s
                   AND undone_at IS NULL
                 UNION ALL
                SELECT r.credit_note_id,
                       CASE p.source_kind WHEN 'payout' THEN p.minor ELSE -p.minor END,
                       p.effective_on
                  FROM treasury_refund r
                  JOIN ledger_posting p ON p.company_id = r.company_id AND p.source_id = r.id
                   AND p.source_kind IN ('payout', 'payout_failed')
                 WHERE r.company_id = %(company_id)s AND r.credit_note_id IS NOT NULL
                   AND p.effective_on >= %(as_of)s) c
         GROUP BY 1
    )
    SELECT v.number, v.number_key, k.number, v.currency, v.issued_on,
           SUM(item.open_minor - item.after_minor)::bigint,
           SUM(item.open_minor - item.since_minor)::bigint,
           SUM(item.open_minor)::bigint, COALESCE(SUM(paid.minor), 0)::bigint,
           COALESCE(SUM(credited.minor), 0)::bigint, FALSE, v.import_run_id IS NOT NULL
      FROM item JOIN invoices_invoice v ON v.id = item.invoice_id
      JOIN customers_customer k ON k.id = v.customer_id
      LEFT JOIN paid ON paid.item_id = item.id LEFT JOIN credited ON credited.item_id = item.id
     GROUP BY v.id, k.number
    UNION ALL
    SELECT v.number, v.number_key, k.number, v.currency, v.issued_on,
           CASE WHEN v.issued_on <= %(as_of)s
                THEN -(v.unapplied_minor + COALESCE(l.after_minor, 0)) ELSE 0 END::bigint,
           CASE WHEN v.issued_on < %(as_of)s
                THEN -(v.unapplied_minor + COALESCE(l.since_minor, 0)) ELSE 0 END::bigint,
           -v.unapplied_minor, 0, 0, TRUE,
           v.import_run_id IS NOT NULL OR v.opening_minor IS NOT NULL
      FROM invoices_invoice v JOIN customers_customer k ON k.id = v.customer_id
      LEFT JOIN applied_later l ON l.credit_note_id = v.id
     WHERE v.company_id = %(company_id)s AND v.kind = 'credit_note'
       AND (v.unapplied_minor > 0 OR l.credit_note_id IS NOT NULL
            OR v.number_key IN (SELECT number_key FROM named))
"""
_AGED = f"""
    WITH {_LATER}
    SELECT k.number, i.currency, i.due_on,
           SUM(i.open_minor - COALESCE(l.after_minor, 0))::bigint
      FROM invoices_item i JOIN customers_customer k ON k.id = i.customer_id
      LEFT JOIN later l ON l.item_id = i.id
     WHERE i.company_id = %(company_id)s AND (i.open_minor > 0 OR l.item_id IS NOT NULL)
     GROUP BY 1, 2, 3
"""
_CONTROL = """
    SELECT k.number, p.currency,
           SUM(CASE p.debit_id WHEN a.id THEN p.minor ELSE -p.minor END)::bigint
      FROM ledger_posting p
      JOIN ledger_account a ON a.company_id = p.company_id AND a.code = %(account)s
                           AND a.id IN (p.debit_id, p.credit_id)
      JOIN customers_customer k ON k.id = p.customer_id
     WHERE p.company_id = %(company_id)s AND p.effective_on <= %(as_of)s GROUP BY 1, 2
"""


def files(company_id: int, *, kind: str = "", as_of: date | None = None) -> list[ErpFileRow]:
    """Return the files loaded to their end, those of the latest date first."""
    return sql.fetch(ErpFileRow, _FILES, {"company_id": company_id, "kind": kind, "as_of": as_of})


def latest_as_of(company_id: int) -> date | None:
    """Return the latest date of which the ERP's whole list of open items is known."""
    found = files(company_id, kind=ITEMS_KIND)
    return found[0].as_of if found else None


def documents_here(company_id: int, *, as_of: date, items_run_id: int) -> list[Here]:
    """Return our documents that are open as of the date or now, or that the ERP's list names."""
    params = {
        "company_id": company_id,
        "as_of": as_of,
        "run": items_run_id,
        "receivable": ledger.RECEIVABLE,
    }
    return [
        Here(**{name: getattr(row, name) for name in sql.column_names(_Here)})
        for row in sql.fetch(_Here, _HERE, params)
    ]


def documents_there(company_id: int, items_run_id: int) -> list[There]:
    """Return the lines of the ERP's list of open items."""
    rows = sql.fetch(
        _There,
        "SELECT number, number_key, customer_number, currency, open_minor, line"
        " FROM reconciliation_erpitem WHERE company_id = %s AND import_run_id = %s ORDER BY line",
        [company_id, items_run_id],
    )
    return [
        There(**{name: getattr(row, name) for name in sql.column_names(_There)}) for row in rows
    ]


def figures_there(company_id: int, figures_run_id: int) -> list[Figure]:
    """Return the control totals of a file."""
    rows = sql.fetch(
        _Figure,
        "SELECT account, customer_number, bucket, currency, minor, line"
        " FROM reconciliation_erpfigure WHERE company_id = %s AND import_run_id = %s ORDER BY line",
        [company_id, figures_run_id],
    )
    return [
        Figure(**{name: getattr(row, name) for name in sql.column_names(_Figure)}) for row in rows
    ]


def figures_here(company_id: int, *, as_of: date) -> dict[tuple[str, ...], int]:
    """Return our control accounts as of a date by account, customer, bucket and currency.

    An empty customer is all of them, an empty bucket all ages.
    """
    params = {"company_id": company_id, "as_of": as_of, "receivable": ledger.RECEIVABLE}
    found: dict[tuple[str, ...], int] = {}

    def add(account: str, customer: str, bucket: str, currency: str, minor: int) -> None:
        for one in {customer, ""}:
            key = (account, one, bucket, currency)
            found[key] = found.get(key, 0) + minor

    for account, code, sign in (
        (RECEIVABLE, ledger.RECEIVABLE, 1),
        (UNAPPLIED, ledger.UNAPPLIED, -1),
    ):
        for row in sql.fetch(_Held, _CONTROL, {**params, "account": code}):
            add(account, row.customer_number, "", row.currency, sign * row.minor)
            add(BALANCE, row.customer_number, "", row.currency, row.minor)
    for aged in sql.fetch(_Aged, _AGED, params):
        bucket = bucket_of(aged.due_on, as_of)
        add(RECEIVABLE, aged.customer_number, bucket, aged.currency, aged.minor)
    return found
