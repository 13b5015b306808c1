"""Bank accounts and statements: what was taken in, how fresh it is, what went out or came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class AccountFreshness:
    """A collecting account and the last day its statements tell of; None before the first."""

    account_id: int
    identifier: str
    name: str
    currency: str
    latest_closing: date | None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement taken in, with what became of the receipts it brought first."""

    id: int
    account: str
    account_name: str
    currency: str
    format: str
    statement_id: str
    from_date: date | None
    to_date: date | None
    opening_minor: int | None
    closing_minor: int | None
    proof: str
    lines_total: int
    lines_new: int
    received_minor: int
    payments: int
    payments_waiting: int
    file_id: int
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A bank line; `payment_reference` is empty where no payment came of it.

    `kind` is "received", "returned" (a reversal) or "outgoing".
    """

    id: int
    booked_on: date
    value_on: date | None
    currency: str
    minor: int
    reference: str
    counterparty: str
    counterparty_account: str
    text: str
    kind: Literal["received", "returned", "outgoing"]
    payment_reference: str
    unapplied_minor: int


_FRESHNESS = """
    SELECT b.id, b.identifier, b.name, b.currency,
           greatest((SELECT max(coalesce(s.to_date, s.from_date)) FROM cash_statement s
                      WHERE s.account_id = b.id),
                    (SELECT max(l.booked_on) FROM cash_bankline l
                      JOIN cash_statement s ON s.id = l.statement_id
                     WHERE l.account_id = b.id AND s.to_date IS NULL))
      FROM cash_bankaccount b
     WHERE b.company_id = %s AND b.is_collecting
     ORDER BY b.identifier, b.currency
"""
STATEMENT_FIELDS = """
    s.id, b.identifier, b.name, b.currency, s.format, s.statement_id, s.from_date, s.to_date,
    s.opening_minor, s.closing_minor, s.proof, s.lines_total, s.lines_new,
    coalesce(k.minor, 0)::bigint, coalesce(k.payments, 0), coalesce(k.waiting, 0),
    s.file_id, s.recorded_at, s.recorded_by
"""
STATEMENT_COUNTS = """
      LEFT JOIN LATERAL (
           SELECT sum(p.total_minor) AS minor, count(*) AS payments,
                  count(*) FILTER (WHERE p.unapplied_minor > 0 AND NOT p.on_account) AS waiting
             FROM cash_bankline l JOIN cash_payment p ON p.bank_line_id = l.id
            WHERE l.statement_id = s.id) k ON TRUE
"""
_STATEMENTS = f"""
    SELECT {STATEMENT_FIELDS}
      FROM (SELECT * FROM cash_statement WHERE company_id = %(company_id)s
             ORDER BY recorded_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s) s
      JOIN cash_bankaccount b ON b.id = s.account_id
      {STATEMENT_COUNTS}
     ORDER BY s.recorded_at DESC, s.id DESC
"""
_STATEMENT = f"""
    SELECT {STATEMENT_FIELDS}
      FROM cash_statement s JOIN cash_bankaccount b ON b.id = s.account_id
      {STATEMENT_COUNTS}
     WHERE s.company_id = %(company_id)s AND s.id = %(statement_id)s
"""
_LINE = """
    SELECT l.id, l.booked_on, l.value_on, l.currency, l.minor, l.reference, l.counterparty,
           l.counterparty_account, l.text,
           CASE WHEN l.is_reversal THEN 'returned' WHEN l.minor > 0 THEN 'received'
                ELSE 'outgoing' END,
           coalesce(p.reference, ''), coalesce(p.unapplied_minor, 0)
      FROM cash_bankline l LEFT JOIN cash_payment p ON p.bank_line_id = l.id AND p.part = 0
     WHERE l.company_id = %(company_id)s
"""


def bank_freshness(company_id: int) -> list[AccountFreshness]:
    """Return every collecting account with the last day its statements tell of."""
    return sql.fetch(AccountFreshness, _FRESHNESS, [company_id])


def statements(company_id: int, *, limit: int | None = None, offset: int = 0) -> list[StatementRow]:
    """Return the statements taken in, the latest first, with counts of their payments."""
    return sql.fetch(
        StatementRow, _STATEMENTS, {"company_id": company_id, "limit": limit, "offset": offset}
    )


def statement(company_id: int, statement_id: int) -> StatementRow:
    """Return one statement with counts of its payments; NotFound otherwise."""
    row = sql.fetch_one(
        StatementRow, _STATEMENT, {"company_id": company_id, "statement_id": statement_id}
    )
    if row is None:
        raise NotFound("statement_unknown", "There is no such statement")
    return row


def statement_lines(company_id: int, statement_id: int) -> list[LineRow]:
    """Return the lines a statement brought first."""
    return sql.fetch(
        LineRow,
        f"{_LINE} AND l.statement_id = %(statement_id)s ORDER BY l.line_no, l.id",
        {"company_id": company_id, "statement_id": statement_id},
    )


def not_received(
    company_id: int,
    kind: Literal["returned", "outgoing"],
    *,
    since: date,
    limit: int | None = None,
) -> list[LineRow]:
    """Return lines that are no payment to us, the newest first: returned, or money we paid out."""
    condition = "l.is_reversal" if kind == "returned" else "l.minor <= 0 AND NOT l.is_reversal"
    return sql.fetch(
        LineRow,
        f"{_LINE} AND l.booked_on >= %(since)s AND {condition}"
        " ORDER BY l.booked_on DESC, l.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "since": since, "limit": limit},
    )
