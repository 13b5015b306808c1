"""The books as a Beancount journal, so that an unrelated program can check and add them up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.db import connection, transaction

from creditdesk.kernel.money import exponent, from_minor
from creditdesk.ledger.rules import (
    BAD_DEBT,
    BAD_DEBT_RECOVERED,
    BANK,
    BANK_FEES,
    COMPENSATION,
    DISCOUNT,
    DISCOUNT_UNEARNED,
    DUNNING_FEES,
    ERP_CREDITED,
    ERP_PAID,
    ERP_WRITTEN_OFF,
    FX_GAIN,
    FX_LOSS,
    FX_POSITION,
    INTEREST,
    ONLINE,
    OPENING,
    PAYMENT_FEES,
    PAYOUTS,
    RECEIVABLE,
    RETURN_FEES,
    REVENUE,
    TILL_DIFFERENCES,
    TOLERANCE,
    UNAPPLIED,
    UNDEPOSITED,
    UNIDENTIFIED,
    VAT_OUTPUT,
)
from creditdesk.plumbing import sql

NAMES: Final = {
    RECEIVABLE: "Assets:Receivable",
    BANK: "Assets:Bank",
    ONLINE: "Assets:Online",
    UNDEPOSITED: "Assets:Undeposited",
    TILL_DIFFERENCES: "Expenses:Till-Differences",
    PAYMENT_FEES: "Expenses:Payment-Fees",
    UNAPPLIED: "Liabilities:Unapplied",
    UNIDENTIFIED: "Liabilities:Unidentified",
    REVENUE: "Income:Revenue",
    VAT_OUTPUT: "Liabilities:Vat-Output",
    INTEREST: "Income:Late-Interest",
    COMPENSATION: "Income:Late-Compensation",
    DISCOUNT: "Income:Discount",
    DISCOUNT_UNEARNED: "Income:Discount-Unearned",
    TOLERANCE: "Expenses:Small-Differences",
    BANK_FEES: "Expenses:Bank-Fees",
    FX_POSITION: "Equity:Currency-Position",
    FX_GAIN: "Income:Exchange-Gains",
    FX_LOSS: "Expenses:Exchange-Losses",
    RETURN_FEES: "Income:Return-Fees",
    BAD_DEBT: "Expenses:Bad-Debts",
    BAD_DEBT_RECOVERED: "Income:Bad-Debts-Recovered",
    DUNNING_FEES: "Income:Reminder-Fees",
    PAYOUTS: "Liabilities:Payouts",
    OPENING: "Equity:Opening-Balances",
    ERP_PAID: "Assets:Erp:Paid",
    ERP_CREDITED: "Income:Erp:Credited",
    ERP_WRITTEN_OFF: "Expenses:Erp:Written-Off",
}
# Accounts that stand in the journal once per customer, so that each customer's total is checked.
BY_CUSTOMER: Final = frozenset({RECEIVABLE, UNAPPLIED})
ROWS_AT_ONCE: Final = 5_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class _Line:
    """One posting as the journal needs it."""

    effective_on: date
    source_kind: str
    source_id: int
    recorded_at: datetime
    debit: str
    credit: str
    currency: str
    minor: int
    customer_id: int | None
    item_id: int | None


@dataclass(frozen=True, slots=True)
class _Total:
    """The balance of an account, per customer where it is kept so; debits less credits."""

    account: str
    customer_id: int | None
    currency: str
    minor: int
    first_on: date
    last_on: date


_WITHIN = (
    "p.company_id = %(company_id)s AND (%(as_of)s::date IS NULL OR p.effective_on <= %(as_of)s)"
)
_POSTINGS = f"""
    SELECT p.effective_on, p.source_kind, p.source_id, p.recorded_at, d.code, c.code,
           p.currency, p.minor, p.customer_id, p.item_id
      FROM ledger_posting p
      JOIN ledger_account d ON d.id = p.debit_id
      JOIN ledger_account c ON c.id = p.credit_id
     WHERE {_WITHIN}
     ORDER BY p.effective_on, p.source_kind, p.source_id, p.id
"""
_TOTALS = f"""
    SELECT a.code, CASE WHEN a.code = ANY(%(by_customer)s) THEN s.customer_id END, s.currency,
           SUM(s.minor)::bigint, MIN(s.effective_on), MAX(s.effective_on)
      FROM (SELECT p.debit_id AS account_id, p.customer_id, p.currency, p.minor, p.effective_on
              FROM ledger_posting p WHERE {_WITHIN}
            UNION ALL
            SELECT p.credit_id, p.customer_id, p.currency, -p.minor, p.effective_on
              FROM ledger_posting p WHERE {_WITHIN}) s
      JOIN ledger_account a ON a.id = s.account_id
     GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS FIRST, 3
"""


def beancount_lines(
    company_id: int,
    as_of: date | None = None,
    *,
    title: str = "",
    customers: Mapping[int, str] | None = None,
) -> Iterator[str]:
    """Yield the journal of a company up to a date, line by line, in bounded memory.

    One transaction per source and date, and at the end one balance assertion per account,
    customer and currency, equal to our own totals to the minor unit. All of it is read from one
    snapshot. `customers` gives the words that name a customer by id.
    """
    named = customers or {}
    params = {"company_id": company_id, "as_of": as_of, "by_customer": sorted(BY_CUSTOMER)}
    with _snapshot():
        totals = sql.fetch(_Total, _TOTALS, params)
        yield f'option "title" {_text(title or "creditdesk")}'
        yield from _openings(totals, named)
        for _, lines in groupby(
            _streamed(params), lambda line: (line.effective_on, line.source_kind, line.source_id)
        ):
            yield from _entry(list(lines))
        yield from _assertions(totals)


def account_name(code: str, customer_id: int | None = None) -> str:
    """Return a Beancount account: capitalised parts of letters, digits and dashes only."""
    name = NAMES.get(code) or f"Equity:Other:{_part(code)}"
    if code in BY_CUSTOMER:
        name += f":C{customer_id}" if customer_id is not None else ":Nobody"
    return name


def _part(code: str) -> str:
    """Return an account code as one part of a name; what Beancount does not allow is spelt out."""
    allowed = re.sub(r"[^A-Za-z0-9_]", lambda found: f"-x{ord(found.group()):x}-", code)
    return "A-" + allowed.replace("_", "-")


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read everything as it was at one moment; within a caller's transaction, as that sees it."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _streamed(params: Mapping[str, Any]) -> Iterator[_Line]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_POSTINGS, params)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for row in rows:
                yield _Line(*row)


def _openings(totals: Iterable[_Total], named: Mapping[int, str]) -> Iterator[str]:
    """Yield currencies and accounts, each opened on the first day of the journal."""
    totals = list(totals)
    if not totals:
        return
    first = min(total.first_on for total in totals)
    for currency in sorted({total.currency for total in totals}):
        yield f"{first} commodity {currency}"
    opened = {account_name(t.account, t.customer_id): t.customer_id for t in totals}
    for name, customer_id in opened.items():
        yield f"{first} open {name}"
        if customer_id is not None:
            yield f"  customer: {_text(named.get(customer_id, str(customer_id)))}"


def _entry(lines: list[_Line]) -> Iterator[str]:
    head = lines[0]
    yield ""
    yield f"{head.effective_on} * {_text(f'{head.source_kind} {head.source_id}')}"
    yield f"  source: {_text(f'{head.source_kind}:{head.source_id}')}"
    yield f"  recorded: {_text(head.recorded_at.isoformat())}"
    for line in lines:
        for code, minor in ((line.debit, line.minor), (line.credit, -line.minor)):
            name = account_name(code, line.customer_id)
            yield f"  {name}  {_amount(minor, line.currency)} {line.currency}"
            if line.item_id is not None:
                yield f"    item: {line.item_id}"


def _assertions(totals: Iterable[_Total]) -> Iterator[str]:
    """Yield what each account must come to, on the morning after the last posting."""
    totals = list(totals)
    if not totals:
        return
    after = max(total.last_on for total in totals) + timedelta(days=1)
    yield ""
    for t in totals:
        name = account_name(t.account, t.customer_id)
        yield f"{after} balance {name}  {_amount(t.minor, t.currency)} ~ 0 {t.currency}"


def _amount(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency):.{exponent(currency)}f}"


def _text(text: str) -> str:
    """Return a quoted Beancount string on one line."""
    plain = _CONTROL.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
