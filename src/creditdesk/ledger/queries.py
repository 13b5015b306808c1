"""What the books say, as of an accounting date and as known at a moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.ledger import rules
from creditdesk.ledger.rules import Boundary, Period
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class Balance:
    """Debits less credits of an account, in minor units."""

    account: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class CustomerBalance:
    """Debits less credits of one account for one customer, in minor units."""

    customer_id: int
    currency: str
    minor: int


_BALANCES = """
    SELECT a.code, s.currency, SUM(s.minor)::bigint
      FROM (SELECT debit_id AS account_id, currency, minor, effective_on, recorded_at
              FROM ledger_posting WHERE company_id = %(company_id)s
            UNION ALL
            SELECT credit_id, currency, -minor, effective_on, recorded_at
              FROM ledger_posting WHERE company_id = %(company_id)s) s
      JOIN ledger_account a ON a.id = s.account_id
     WHERE (%(as_of)s::date IS NULL OR s.effective_on <= %(as_of)s)
       AND (%(known_at)s::timestamptz IS NULL OR s.recorded_at <= %(known_at)s)
     GROUP BY 1, 2 ORDER BY 1, 2
"""
_BY_CUSTOMER = """
    SELECT p.customer_id, p.currency,
           SUM(CASE WHEN p.debit_id = a.id THEN p.minor ELSE -p.minor END)::bigint
      FROM ledger_posting p
      JOIN ledger_account a ON a.company_id = p.company_id AND a.code = %(account)s
                           AND a.id IN (p.debit_id, p.credit_id)
     WHERE p.company_id = %(company_id)s AND p.customer_id IS NOT NULL
       AND (%(as_of)s::date IS NULL OR p.effective_on <= %(as_of)s)
       AND (%(known_at)s::timestamptz IS NULL OR p.recorded_at <= %(known_at)s)
     GROUP BY 1, 2
    HAVING SUM(CASE WHEN p.debit_id = a.id THEN p.minor ELSE -p.minor END) <> 0
     ORDER BY 1, 2
"""


def balances(
    company_id: int, *, as_of: date | None = None, known_at: datetime | None = None
) -> list[Balance]:
    """Return the balance of every account and currency; they sum to zero per currency."""
    return sql.fetch(
        Balance, _BALANCES, {"company_id": company_id, "as_of": as_of, "known_at": known_at}
    )


def customer_balances(
    company_id: int, account: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> list[CustomerBalance]:
    """Return an account split by customer and currency; balances of zero are left out."""
    return sql.fetch(
        CustomerBalance,
        _BY_CUSTOMER,
        {"company_id": company_id, "account": account, "as_of": as_of, "known_at": known_at},
    )


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One account and currency over a period: what it began with, moved by, and came to."""

    account: str
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int


@dataclass(frozen=True, slots=True)
class BoundaryRow:
    """Up to which day the books are closed, as the last act on the periods left it."""

    number: int
    closed_through: date | None
    soft_closed_through: date | None

    def boundary(self) -> Boundary:
        """Return it as the rules take it."""
        return Boundary(self.number, self.closed_through, self.soft_closed_through)


@dataclass(frozen=True, slots=True)
class ActRow:
    """Who closed or reopened which period, when and why; and what the accounts came to then."""

    number: int
    act: str
    first_on: date
    last_on: date
    closed_through: date | None
    soft_closed_through: date | None
    reason: str
    recorded_at: datetime
    recorded_by: str


LAST_ACT = """
    SELECT number, closed_through, soft_closed_through FROM ledger_periodact
     WHERE company_id = %(company_id)s ORDER BY number DESC LIMIT 1
"""
_ACTS = """
    SELECT number, act, first_on, last_on, closed_through, soft_closed_through, reason,
           recorded_at, recorded_by
      FROM ledger_periodact WHERE company_id = %(company_id)s ORDER BY number DESC
"""
_TRIAL = """
    SELECT a.code, s.currency,
           SUM(CASE WHEN s.effective_on < %(first_on)s THEN s.debit - s.credit ELSE 0 END)::bigint,
           SUM(CASE WHEN s.effective_on >= %(first_on)s THEN s.debit ELSE 0 END)::bigint,
           SUM(CASE WHEN s.effective_on >= %(first_on)s THEN s.credit ELSE 0 END)::bigint,
           SUM(s.debit - s.credit)::bigint
      FROM (SELECT debit_id AS account_id, currency, minor AS debit, 0 AS credit, effective_on,
                   recorded_at
              FROM ledger_posting
             WHERE company_id = %(company_id)s AND effective_on <= %(last_on)s
            UNION ALL
            SELECT credit_id, currency, 0, minor, effective_on, recorded_at
              FROM ledger_posting
             WHERE company_id = %(company_id)s AND effective_on <= %(last_on)s) s
      JOIN ledger_account a ON a.id = s.account_id
     WHERE %(known_at)s::timestamptz IS NULL OR s.recorded_at <= %(known_at)s
     GROUP BY 1, 2 ORDER BY 1, 2
"""
_FIRST_POSTED = "SELECT MIN(effective_on) FROM ledger_posting WHERE company_id = %s"
_ENDS = "SELECT DISTINCT last_on FROM ledger_periodact WHERE company_id = %s"
_POSTED_ON = """
    SELECT source_id, MAX(effective_on) FROM ledger_posting
     WHERE company_id = %(company_id)s AND source_kind = %(kind)s
       AND source_id = ANY(%(ids)s::bigint[])
     GROUP BY 1
"""


def trial_balance(
    company_id: int, *, first_on: date, last_on: date, known_at: datetime | None = None
) -> list[TrialLine]:
    """Return every account and currency over a period; closings sum to zero per currency."""
    return sql.fetch(
        TrialLine,
        _TRIAL,
        {
            "company_id": company_id,
            "first_on": first_on,
            "last_on": last_on,
            "known_at": known_at,
        },
    )


def boundary(company_id: int) -> Boundary:
    """Return up to which day the books of a company are closed."""
    row = sql.fetch_one(BoundaryRow, LAST_ACT, {"company_id": company_id})
    return row.boundary() if row else Boundary()


def periods(company_id: int, *, until: date) -> list[Period]:
    """Return the periods from the first posting to the one that holds `until`, oldest first."""
    first = sql.scalar(_FIRST_POSTED, [company_id])
    if first is None:
        return []
    ends = sql.scalars(_ENDS, [company_id])
    return rules.periods(first, until, ends, boundary(company_id))


def acts(company_id: int) -> list[ActRow]:
    """Return every act on the periods of a company, latest first."""
    return sql.fetch(ActRow, _ACTS, {"company_id": company_id})


def posted_on(company_id: int, source_kind: str, source_ids: Collection[int]) -> dict[int, date]:
    """Return the accounting date of what sources caused, by source id.

    Where books were closed it may be later than the document's; what is unposted is left out.
    """
    rows = sql.fetch(
        _PostedOn,
        _POSTED_ON,
        {"company_id": company_id, "kind": source_kind, "ids": sql.array(sorted(source_ids))},
    )
    return {row.source_id: row.effective_on for row in rows}


@dataclass(frozen=True, slots=True)
class _PostedOn:
    source_id: int
    effective_on: date
