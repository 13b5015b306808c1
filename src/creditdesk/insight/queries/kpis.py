"""The figures of a date: their inputs in a few statements, the arithmetic in the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.cash import queries as cash
from creditdesk.insight import rules
from creditdesk.insight.queries.aged import (
    Buckets,
    converted,
    exchange_at,
    owed_by_currency,
    totals_by_currency,
)
from creditdesk.insight.rules import Exchange, Figure, Inputs, Matched, MonthSales, PromisesDue
from creditdesk.ledger.rules import UNIDENTIFIED
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class _Sales:
    month: date
    in_window: bool
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class _Cash:
    currency: str
    collected_minor: int
    unidentified_minor: int


@dataclass(frozen=True, slots=True)
class _Promised:
    status: str
    currency: str
    count: int
    minor: int


# What was taken over at going live is what was left of earlier sales, not the sales of its time.
_SALES = """
    SELECT date_trunc('month', issued_on::timestamp)::date, issued_on > %(window_from)s, currency,
           SUM(minor)::bigint
      FROM (SELECT issued_on, currency,
                   SUM(CASE kind WHEN 'invoice' THEN total_minor ELSE -total_minor END) AS minor
              FROM invoices_invoice sold
             WHERE company_id = %(company_id)s AND opening_minor IS NULL AND kind <> 'charge'
               AND CASE WHEN corrects_id IS NULL THEN TRUE
                        ELSE (SELECT kind FROM invoices_invoice WHERE id = sold.corrects_id)
                             <> 'charge' END
               AND issued_on >= %(sales_from)s AND issued_on <= %(as_of)s
             GROUP BY 1, 2) a_day
     GROUP BY 1, 2, 3
"""
# What was unidentified at a past date: what is so today, less what came or was named later.
_CASH = """
    SELECT currency, SUM(collected)::bigint, SUM(unidentified)::bigint
      FROM (SELECT currency, total_minor AS collected, 0 AS unidentified
              FROM cash_payment
             WHERE company_id = %(company_id)s AND customer_id IS NOT NULL
               AND received_on > %(collected_from)s AND received_on <= %(as_of)s
            UNION ALL
            SELECT currency, 0, unapplied_minor
              FROM cash_payment
             WHERE company_id = %(company_id)s AND customer_id IS NULL AND unapplied_minor > 0
            UNION ALL
            SELECT p.currency, 0, CASE p.credit_id WHEN a.id THEN -p.minor ELSE p.minor END
              FROM ledger_posting p
              JOIN ledger_account a ON a.company_id = p.company_id AND a.code = %(unidentified)s
                                   AND a.id IN (p.debit_id, p.credit_id)
             WHERE p.company_id = %(company_id)s AND p.effective_on > %(as_of)s) moved
     GROUP BY currency
"""
_PROMISED = """
    SELECT status, currency, COUNT(*), SUM(minor)::bigint
      FROM collections_promise
     WHERE company_id = %(company_id)s AND status IN ('kept', 'part_kept', 'broken')
       AND due_on > %(promised_from)s AND due_on <= %(as_of)s
     GROUP BY 1, 2
"""


def figures(
    company_id: int, *, as_of: date, aged: Sequence[Buckets] | None = None
) -> tuple[Figure, ...]:
    """Return every figure of a company at a date, in its own currency at the rates of the date."""
    return rules.figures(inputs(company_id, as_of=as_of, aged=aged))


def inputs(company_id: int, *, as_of: date, aged: Sequence[Buckets] | None = None) -> Inputs:
    """Return what the figures of a date are worked out from.

    Who has the totals of the date by currency at hand gives them as `aged`.
    """
    begin = as_of - timedelta(days=rules.WINDOW_DAYS)
    firsts = rules.months_back(as_of, rules.COUNTBACK_MONTHS)
    params = {
        "company_id": company_id,
        "as_of": as_of,
        "unidentified": UNIDENTIFIED,
        "window_from": begin,
        "sales_from": firsts[-1],
        "collected_from": as_of - timedelta(days=rules.COLLECTED_DAYS),
        "promised_from": as_of - timedelta(days=rules.PROMISE_DAYS),
    }
    exchange = exchange_at(company_id, as_of)
    if aged is None:
        aged = totals_by_currency(company_id, as_of=as_of)
    now = converted(aged, exchange)
    owed = owed_by_currency(company_id, as_of=begin)
    sales = sql.fetch(_Sales, _SALES, params)
    money = sql.fetch(_Cash, _CASH, params)
    return Inputs(
        as_of=as_of,
        receivable_minor=now.total_minor,
        not_due_minor=now.not_due_minor,
        over_90_minor=now.late_91_minor,
        begin_minor=sum(exchange.into(one.minor, one.currency) for one in owed),
        sales_minor=sum(exchange.into(s.minor, s.currency) for s in sales if s.in_window),
        months=_months(firsts, as_of, sales, exchange),
        unapplied_minor=now.unapplied_minor,
        unidentified_minor=sum(exchange.into(c.unidentified_minor, c.currency) for c in money),
        collected_minor=sum(exchange.into(c.collected_minor, c.currency) for c in money),
        promises=_promises(sql.fetch(_Promised, _PROMISED, params), exchange),
        matched=_matched(company_id, as_of),
    )


def _matched(company_id: int, as_of: date) -> Matched:
    """Return what cash says of itself: the same counts its screens show."""
    found = cash.metrics(company_id, as_of=as_of, days=rules.WINDOW_DAYS)
    return Matched(
        straight=found.straight_through.part,
        payments=found.straight_through.whole,
        lines_hit=found.line_hit.part,
        lines=found.line_hit.whole,
        undone=found.false_match.part,
        applied=found.false_match.whole,
        oldest_days=found.oldest_days,
    )


def _months(
    firsts: Sequence[date], as_of: date, sales: Sequence[_Sales], exchange: Exchange
) -> tuple[MonthSales, ...]:
    """Return sales by month, latest first; months before the first sale are no history."""
    sums: dict[date, int] = {}
    for s in sales:
        sums[s.month] = sums.get(s.month, 0) + exchange.into(s.minor, s.currency)
    earliest = min(sums, default=as_of)
    return tuple(
        MonthSales(rules.days_in_month_until(first, as_of), sums.get(first, 0))
        for first in firsts
        if first >= earliest
    )


def _promises(rows: Sequence[_Promised], exchange: Exchange) -> PromisesDue:
    counts = dict.fromkeys(("kept", "part_kept", "broken"), 0)
    minors = dict(counts)
    for row in rows:
        counts[row.status] += row.count
        minors[row.status] += exchange.into(row.minor, row.currency)
    return PromisesDue(
        kept=counts["kept"],
        part_kept=counts["part_kept"],
        broken=counts["broken"],
        kept_minor=minors["kept"],
        part_kept_minor=minors["part_kept"],
        broken_minor=minors["broken"],
    )
