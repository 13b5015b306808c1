"""Refunds, mandates, collections and files as lists, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund with who did what of it."""

    id: int
    reference: str
    customer_number: str
    customer_name: str
    payment_reference: str
    credit_note: str
    currency: str
    minor: int
    iban: str
    payee: str
    reason: str
    state: str
    check_kind: str
    checked_by: str
    asked_by: str
    asked_at: datetime
    approved_by: str
    file: str
    outcome: str


@dataclass(frozen=True, slots=True)
class MandateRow:
    """A mandate, with a change of its account that waits for a second person."""

    reference: str
    customer_number: str
    customer_name: str
    scheme: str
    is_recurrent: bool
    iban: str
    holder: str
    signed_on: date
    used_on: date | None
    state: str
    stopped_why: str
    pending_iban: str
    pending_by: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A collection, with how many of its debits stand how."""

    reference: str
    scheme: str
    collect_on: date
    state: str
    lines: int
    total_minor: int
    settled: int
    returned: int
    made_by: str
    approved_by: str
    file: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file for the bank, with how often it was fetched."""

    reference: str
    kind: str
    filename: str
    sha256: str
    currency: str
    payments: int
    total_minor: int
    execute_on: date
    recorded_at: datetime
    recorded_by: str
    fetched: int


_REFUNDS = """
    SELECT r.id, r.reference, c.number, c.name, coalesce(p.reference, ''),
           coalesce(n.number, ''), r.currency, r.minor, r.iban, r.payee,
           r.reason, r.state, r.check_kind, r.checked_by, r.asked_by, r.asked_at, r.approved_by,
           coalesce(f.reference, ''), r.outcome
      FROM treasury_refund r
      JOIN customers_customer c ON c.id = r.customer_id
      LEFT JOIN cash_payment p ON p.id = r.payment_id
      LEFT JOIN invoices_invoice n ON n.id = r.credit_note_id
      LEFT JOIN treasury_paymentfile f ON f.id = r.file_id
     WHERE r.company_id = %(company_id)s
     ORDER BY r.state IN ('asked', 'approved') DESC, r.id DESC LIMIT %(limit)s
"""
_MANDATES = """
    SELECT m.reference, c.number, c.name, m.scheme, m.is_recurrent, m.iban, m.holder, m.signed_on,
           m.used_on, m.state, m.stopped_why, m.pending_iban, m.pending_by
      FROM treasury_mandate m JOIN customers_customer c ON c.id = m.customer_id
     WHERE m.company_id = %(company_id)s
     ORDER BY m.pending_iban <> '' DESC, m.state = 'live' DESC, m.id DESC LIMIT %(limit)s
"""
_RUNS = """
    SELECT r.reference, r.scheme, r.collect_on, r.state, r.lines_total, r.total_minor,
           count(d.id) FILTER (WHERE d.state = 'settled'),
           count(d.id) FILTER (WHERE d.state = 'returned'),
           r.made_by, r.approved_by, coalesce(f.reference, '')
      FROM treasury_run r
      LEFT JOIN treasury_runline d ON d.run_id = r.id
      LEFT JOIN treasury_paymentfile f ON f.id = r.file_id
     WHERE r.company_id = %(company_id)s
     GROUP BY r.id, f.reference ORDER BY r.id DESC LIMIT %(limit)s
"""
_FILES = """
    SELECT f.reference, f.kind, f.filename, f.sha256, f.currency, f.payments, f.total_minor,
           f.execute_on, f.recorded_at, f.recorded_by,
           (SELECT count(*) FROM treasury_fileact a WHERE a.file_id = f.id AND a.act = 'fetched')
      FROM treasury_paymentfile f
     WHERE f.company_id = %(company_id)s ORDER BY f.id DESC LIMIT %(limit)s
"""


def refunds(company_id: int, *, limit: int = 200) -> list[RefundRow]:
    """Return the refunds, those that wait for somebody first."""
    return sql.fetch(RefundRow, _REFUNDS, {"company_id": company_id, "limit": limit})


def free_credit(company_id: int, credit_note_id: int) -> int:
    """Return what of a credit note is unapplied and not asked to be paid out yet."""
    found = sql.scalar(
        """
        SELECT d.unapplied_minor - coalesce((
               SELECT sum(r.minor) FROM treasury_refund r
                WHERE r.credit_note_id = d.id AND r.state IN ('asked', 'approved')), 0)::bigint
          FROM invoices_invoice d WHERE d.company_id = %s AND d.id = %s
        """,
        [company_id, credit_note_id],
    )
    return int(found or 0)


@dataclass(frozen=True, slots=True)
class CreditorRow:
    """Under which identifier the company collects, and on which account."""

    identifier: str
    name: str
    iban: str
    bic: str
    recorded_at: datetime
    recorded_by: str


def creditor(company_id: int) -> CreditorRow | None:
    """Return who the company is when it collects; None where nobody said so yet."""
    return sql.fetch_one(
        CreditorRow,
        "SELECT identifier, name, iban, bic, recorded_at, recorded_by FROM treasury_creditor"
        " WHERE company_id = %s",
        [company_id],
    )


def mandates(company_id: int, *, limit: int = 500) -> list[MandateRow]:
    """Return the mandates, those with a change that waits first, then the live ones."""
    return sql.fetch(MandateRow, _MANDATES, {"company_id": company_id, "limit": limit})


def runs(company_id: int, *, limit: int = 100) -> list[RunRow]:
    """Return the collections."""
    return sql.fetch(RunRow, _RUNS, {"company_id": company_id, "limit": limit})


def files(company_id: int, *, limit: int = 100) -> list[FileRow]:
    """Return the files for the bank."""
    return sql.fetch(FileRow, _FILES, {"company_id": company_id, "limit": limit})
