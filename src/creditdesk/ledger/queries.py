"""What the books say, as of an accounting date and as known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

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
