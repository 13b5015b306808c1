"""Our own customers as a history to learn from: what was known on a day, and who then failed.

On a day a year or more ago each customer we traded with is looked at as it was then; within the
following twelve months it failed if an invoice became 90 days late or was written off as lost.
Customers that were 90 days late already are left out: nobody has to be told about them. Several
such days are taken, a year apart; who is held out for testing is held out on all of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from creditdesk.assessment import rules
from creditdesk.assessment.history import NO_CURRENCY, History
from creditdesk.plumbing import sql

YEAR_DAYS: Final = 365
LATE_DAYS: Final = 90
DAYS_MAX: Final = 3
STATEMENTS_EACH: Final = 5
LOST: Final = ("bad_debt", "insolvency", "limitation")
# What was settled after the day counts as unpaid on it, in full: parts paid before are passed over.
_LOOKED_AT: Final = """
    WITH item AS (
        SELECT i.customer_id, i.issued_on, i.due_on, i.total_minor,
               CASE WHEN i.settled_on <= %(on)s THEN i.settled_on END AS paid_on
          FROM invoices_item i
          JOIN customers_customer c ON c.id = i.customer_id AND c.currency = i.currency
         WHERE i.company_id = %(company_id)s AND i.issued_on <= %(on)s AND i.total_minor > 0),
    own AS (
        SELECT customer_id,
               sum(greatest(coalesce(paid_on, %(on)s) - due_on, 0)::numeric * total_minor)
                 FILTER (WHERE coalesce(paid_on, due_on) <= %(on)s
                           AND coalesce(paid_on, %(on)s) > %(on)s - 365)
               / nullif(sum(total_minor)
                 FILTER (WHERE coalesce(paid_on, due_on) <= %(on)s
                           AND coalesce(paid_on, %(on)s) > %(on)s - 365), 0) AS days_late,
               100 * sum(total_minor) FILTER (WHERE paid_on IS NULL AND due_on < %(on)s)::numeric
               / nullif(sum(total_minor) FILTER (WHERE paid_on IS NULL), 0) AS overdue_percent,
               (%(on)s - min(issued_on)) / 30 AS months_known
          FROM item GROUP BY customer_id
        HAVING bool_or(issued_on > %(on)s - 365 OR paid_on IS NULL)
           AND NOT bool_or(paid_on IS NULL AND %(on)s - due_on >= %(late)s))
    SELECT own.customer_id, own.days_late, own.overdue_percent, own.months_known,
           EXISTS (SELECT 1 FROM invoices_item i
                    WHERE i.company_id = %(company_id)s AND i.customer_id = own.customer_id
                      AND i.total_minor > 0
                      AND i.due_on + %(late)s > %(on)s AND i.due_on + %(late)s <= %(until)s
                      AND (i.settled_on IS NULL OR i.settled_on >= i.due_on + %(late)s))
           OR EXISTS (SELECT 1 FROM invoices_writeoff w
                       WHERE w.company_id = %(company_id)s AND w.customer_id = own.customer_id
                         AND w.act = 'write_off' AND w.because = ANY(%(lost)s)
                         AND w.effective_on > %(on)s AND w.effective_on <= %(until)s
                         AND NOT EXISTS (SELECT 1 FROM invoices_writeoff b
                                          WHERE b.of_id = w.id AND b.act = 'correction')) AS bad
      FROM own ORDER BY own.customer_id
"""
_STATEMENTS: Final = """
    SELECT customer_id, period_end, months, items::text AS items FROM (
        SELECT s.*, row_number() OVER (PARTITION BY customer_id ORDER BY period_end DESC) AS place
          FROM (SELECT DISTINCT ON (customer_id, period_end) customer_id, period_end, months, items
                  FROM assessment_financialstatement
                 WHERE company_id = %(company_id)s AND period_end <= %(on)s
                   AND customer_id = ANY(%(ids)s::bigint[]) AND NOT items ? 'erased'
                 ORDER BY customer_id, period_end, id DESC) s) ranked
     WHERE place <= %(most)s ORDER BY customer_id, period_end
"""


@dataclass(frozen=True, slots=True)
class _Seen:
    customer_id: int
    days_late: Decimal | None
    overdue_percent: Decimal | None
    months_known: int
    bad: bool


@dataclass(frozen=True, slots=True)
class _Statement:
    customer_id: int
    period_end: date
    months: int
    items: str


def days_looked_at(today: date) -> list[date]:
    """Return the days whose twelve months are over, the earliest first."""
    return [today - timedelta(days=YEAR_DAYS * n) for n in range(DAYS_MAX, 0, -1)]


def read(company_id: int, today: date) -> History:
    """Return our own customers on those days, with what became of each."""
    firms: list[str] = []
    points: list[rules.DataPoints] = []
    bad: list[int] = []
    for on in days_looked_at(today):
        for seen, found in _on(company_id, on):
            firms.append(str(seen.customer_id))
            points.append(found)
            bad.append(int(seen.bad))
    return History(tuple(firms), tuple(points), tuple(bad))


def _on(company_id: int, on: date) -> Iterator[tuple[_Seen, rules.DataPoints]]:
    asked = {
        "company_id": company_id, "on": on, "until": on + timedelta(days=YEAR_DAYS),
        "late": LATE_DAYS, "lost": list(LOST),
    }  # fmt: skip
    rows = sql.fetch(_Seen, _LOOKED_AT, asked)
    years = _years(company_id, on, [one.customer_id for one in rows])
    for one in rows:
        yield one, rules.data_points(years.get(one.customer_id, ()), _own(one))


def _own(seen: _Seen) -> dict[str, Decimal | None]:
    return {
        "own.days_late": _tenth(seen.days_late),
        "own.overdue_percent": _tenth(seen.overdue_percent),
        "own.months_known": Decimal(seen.months_known),
    }


def _tenth(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.1"))


def _years(company_id: int, on: date, ids: Sequence[int]) -> Mapping[int, Sequence[rules.Year]]:
    asked = {"company_id": company_id, "on": on, "ids": list(ids), "most": STATEMENTS_EACH}
    found: defaultdict[int, list[rules.Year]] = defaultdict(list)
    for one in sql.fetch(_Statement, _STATEMENTS, asked):
        sheet = rules.Sheet(
            period_end=one.period_end, months=one.months, currency=NO_CURRENCY,
            amounts=json.loads(one.items),
        )  # fmt: skip
        amounts = rules.spread(sheet).amounts
        found[one.customer_id].append(rules.Year(one.period_end, amounts, one.months))
    return found
