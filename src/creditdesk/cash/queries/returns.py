"""Payments that came back: those whose payment is not known yet, and those dealt with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One return; `candidates` are references of payments it may be of, where several fit."""

    id: int
    returned_on: date
    currency: str
    minor: int
    charges_minor: int
    reason_code: str
    state: str
    why: str
    text: str
    counterparty: str
    payment_reference: str
    customer_number: str
    customer_name: str
    candidates: list[str]
    settled_by: str


_RETURNS = """
    SELECT r.id, r.returned_on, r.currency, r.minor, r.charges_minor, r.reason_code, r.state,
           r.why, coalesce(l.text, ''), coalesce(l.counterparty, ''), coalesce(p.reference, ''),
           coalesce(c.number, ''), coalesce(c.name, ''),
           ARRAY(SELECT o.reference FROM cash_payment o
                  WHERE o.id = ANY(r.candidates) AND o.company_id = r.company_id
                  ORDER BY o.received_on DESC, o.id DESC),
           r.settled_by
      FROM cash_return r
      LEFT JOIN cash_bankline l ON l.id = r.bank_line_id
      LEFT JOIN cash_payment p ON p.id = r.payment_id
      LEFT JOIN customers_customer c ON c.id = p.customer_id
     WHERE r.company_id = %(company_id)s AND (r.state = 'waiting') = %(waiting)s
     ORDER BY r.returned_on DESC, r.id DESC LIMIT %(limit)s
"""


def returns(company_id: int, *, waiting: bool, limit: int = 200) -> list[ReturnRow]:
    """Return the returns that wait for a person, or those dealt with, the latest first."""
    return sql.fetch(
        ReturnRow, _RETURNS, {"company_id": company_id, "waiting": waiting, "limit": limit}
    )


def payment_id_of(company_id: int, reference: str) -> int:
    """Return the id of a payment by its reference; 0, which is nobody's, where there is none."""
    found = sql.scalar(
        "SELECT id FROM cash_payment WHERE company_id = %s AND reference = %s",
        [company_id, reference.strip()],
    )
    return int(found or 0)
