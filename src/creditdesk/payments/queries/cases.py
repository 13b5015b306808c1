"""Questions about payments as lists and pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.listing import Listing, Page, like, sorts
from creditdesk.plumbing.listing import counts as counted
from creditdesk.plumbing.queries import kept_file


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One question about a payment."""

    id: int
    reference: str
    kind: str
    state: str
    customer_number: str
    customer_name: str
    payment_reference: str
    invoice_number: str
    currency: str
    minor: int | None
    due_on: date | None
    owner: str
    ending: str
    opened_on: date
    closed_on: date | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """What was said, done or kept in a case; `evidence` is "", "file", "mail" or "notice"."""

    id: int
    act: str
    note: str
    evidence: str
    name: str
    mail_id: int | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence as it was kept, byte for byte."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ChargebackRow:
    """How a card holder's dispute stands with the provider."""

    dispute: str
    state: str
    reason: str
    currency: str
    minor: int
    taken_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class _Kept:
    file_id: int | None
    file_name: str
    event_id: str
    body: bytes | None


_FIELDS = """
    SELECT k.id, k.reference, k.kind, k.state, coalesce(c.number, ''), coalesce(c.name, ''),
           coalesce(p.reference, ''), coalesce(v.number, ''), k.currency, k.minor, k.due_on,
           k.owner, k.ending, k.opened_on, k.closed_on, k.recorded_by
"""
_FROM = """
      FROM payments_case k
      LEFT JOIN customers_customer c ON c.id = k.customer_id
      LEFT JOIN cash_payment p ON p.id = k.payment_id
      LEFT JOIN invoices_item i ON i.id = k.item_id
      LEFT JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE k.company_id = %(company_id)s
"""
_FILTERS = """
       AND CASE %(state)s WHEN '' THEN TRUE WHEN 'live' THEN k.state <> 'closed'
                ELSE k.state = %(state)s END
       AND (%(kind)s = '' OR k.kind = %(kind)s)
       AND (%(customer)s = '' OR c.number = %(customer)s)
       AND (%(like)s = '%%' OR k.reference ILIKE %(like)s OR c.name ILIKE %(like)s
            OR c.number ILIKE %(like)s OR p.reference ILIKE %(like)s OR v.number ILIKE %(like)s)
"""
_SORTS: Mapping[str, str] = {
    "reference": "k.reference",
    "kind": "k.kind",
    "customer": "lower(c.name)",
    "opened_on": "k.opened_on",
    "due_on": "k.due_on",
    "amount": "k.minor",
    "owner": "nullif(k.owner, '')",
    "state": "k.state",
}
SORTS = sorts(_SORTS, last="k.id")
CaseListing = Page[CaseRow]
_LISTING = Listing(row=CaseRow, select=_FIELDS, source=_FROM, filters=_FILTERS, sorts=SORTS)


def listing(
    company_id: int,
    *,
    state: str = "live",
    kind: str = "",
    customer_number: str = "",
    text: str = "",
    sort: str = "due_on",
    page: int = 1,
    size: int = 50,
) -> CaseListing:
    """Return a page of cases: "live" ones, of one state, or all with an empty state.

    A page past the end is the last. An unknown sort is Invalid.
    """
    params = {
        "company_id": company_id,
        "state": state,
        "kind": kind,
        "customer": customer_number,
        "like": like(text),
    }
    return _LISTING.page(params, sort=sort, number=page, size=size)


def counts(company_id: int) -> dict[str, int]:
    """Return how many cases there are by state."""
    return counted(
        "SELECT state, count(*) FROM payments_case WHERE company_id = %s GROUP BY 1", [company_id]
    )


def case(company_id: int, reference: str) -> CaseRow:
    """Return one case; NotFound otherwise."""
    row = sql.fetch_one(
        CaseRow,
        f"{_FIELDS}{_FROM} AND k.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("case_unknown", f"There is no case {reference!r}")
    return row


def entries(company_id: int, case_id: int) -> list[EntryRow]:
    """Return what happened in a case, in order."""
    return sql.fetch(
        EntryRow,
        """
        SELECT e.id, e.act, e.note,
               CASE WHEN e.file_id IS NOT NULL THEN 'file' WHEN e.mail_id IS NOT NULL THEN 'mail'
                    WHEN e.notice_id IS NOT NULL THEN 'notice' ELSE '' END,
               coalesce(n.kind, e.file_name), e.mail_id, e.recorded_at, e.recorded_by
          FROM payments_caseentry e LEFT JOIN payments_notice n ON n.id = e.notice_id
         WHERE e.company_id = %s AND e.case_id = %s ORDER BY e.id
        """,
        [company_id, case_id],
    )


def evidence(company_id: int, reference: str, entry_id: int) -> Evidence:
    """Return a file or what the provider told, as it was kept; NotFound otherwise, or erased."""
    row = sql.fetch_one(
        _Kept,
        """
        SELECT e.file_id, e.file_name, coalesce(n.event_id, ''), n.body
          FROM payments_caseentry e
          JOIN payments_case k ON k.id = e.case_id
          LEFT JOIN payments_notice n ON n.id = e.notice_id
         WHERE e.company_id = %s AND k.reference = %s AND e.id = %s
        """,
        [company_id, reference, entry_id],
    )
    if row is not None and row.file_id is not None:
        return Evidence(row.file_name, kept_file(company_id, row.file_id).content)
    if row is not None and row.body:
        return Evidence(f"{row.event_id}.json", bytes(row.body))
    raise NotFound("evidence_unknown", "There is no such evidence")


def chargeback(company_id: int, case_id: int) -> ChargebackRow | None:
    """Return how the dispute of a case stands; None where the case is none of a chargeback."""
    return sql.fetch_one(
        ChargebackRow,
        """
        SELECT dispute, state, reason, currency, minor, taken_minor, fee_minor
          FROM payments_chargeback WHERE company_id = %s AND case_id = %s
        """,
        [company_id, case_id],
    )
