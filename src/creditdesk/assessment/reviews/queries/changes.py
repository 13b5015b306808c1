"""What changed of customers since a day: the same figures for then and for now, set-based.

An item counts in full until it is settled: what was owed then is not stored, and is worked out from
when items were issued and settled.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from creditdesk.assessment.rules import Sheet, Spread, spread
from creditdesk.plumbing import sql

BEFORE: Final = 0
NOW: Final = 1
YEAR_DAYS: Final = 365
MONTHS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure of a customer at a moment, then (0) or now (1).

    `value` is minor units of `currency` where there is one, else a count or days; `detail` says of
    what, where a figure is told apart; `day` is when, where it has a day of its own.
    """

    customer_id: int
    moment: int
    code: str
    detail: str
    currency: str
    value: Decimal
    day: date | None


@dataclass(frozen=True, slots=True)
class Span:
    """Whom and since when: a customer, the day of the last review, and the day of this one."""

    customer_id: int
    since: date
    until: date


# Who knows more of what changed: rooms above, told by the wiring.
ReadingsReader = Callable[[int, Sequence[Span]], Iterable[Reading]]
FURTHER: list[ReadingsReader] = []

# Two moments a customer: each with the span before it, of the same length, which events are of.
MOMENTS: Final = """
    w AS (SELECT * FROM unnest(%(ids)s::bigint[], %(sinces)s::date[], %(untils)s::date[])
                   AS w (customer_id, since, until)),
    m AS MATERIALIZED (
        SELECT customer_id, 0 AS moment, since AS at, since - (until - since) AS after FROM w
        UNION ALL
        SELECT customer_id, 1, until, since FROM w)
"""
_OWED: Final = """
    -- What was owed at each moment, and the highest amount in the span before it.
    SELECT m.customer_id, m.moment, 'owed', '', i.currency, sum(i.total_minor), NULL::date
      FROM m JOIN invoices_item i ON i.customer_id = m.customer_id
     WHERE i.company_id = %(company_id)s AND i.issued_on <= m.at
       AND (i.settled_on IS NULL OR i.settled_on > m.at)
     GROUP BY 1, 2, 5
    UNION ALL
    (SELECT DISTINCT ON (customer_id, moment, currency)
            customer_id, moment, 'highest', '', currency, owed, day
       FROM (SELECT customer_id, moment, currency, day,
                    sum(sum(minor)) OVER (PARTITION BY customer_id, moment, currency
                                          ORDER BY day) AS owed
               FROM (SELECT m.customer_id, m.moment, i.currency,
                            greatest(i.issued_on, m.after) AS day, i.total_minor AS minor
                       FROM m JOIN invoices_item i ON i.customer_id = m.customer_id
                      WHERE i.company_id = %(company_id)s AND i.issued_on <= m.at
                        AND (i.settled_on IS NULL OR i.settled_on > m.after)
                     UNION ALL
                     SELECT m.customer_id, m.moment, i.currency, i.settled_on, -i.total_minor
                       FROM m JOIN invoices_item i ON i.customer_id = m.customer_id
                      WHERE i.company_id = %(company_id)s AND i.issued_on <= m.at
                        AND i.settled_on > m.after AND i.settled_on <= m.at) AS moved
              GROUP BY 1, 2, 3, 4) AS running
      ORDER BY customer_id, moment, currency, owed DESC, day)
"""
_BOUGHT: Final = """
    -- What a year bought; a customer who never bought has no figure at all.
    SELECT m.customer_id, m.moment, 'bought', '', i.currency,
           COALESCE(sum(i.total_minor) FILTER (WHERE i.issued_on > m.at - 365), 0),
           min(i.issued_on)
      FROM m JOIN invoices_item i ON i.customer_id = m.customer_id
     WHERE i.company_id = %(company_id)s AND i.issued_on <= m.at
     GROUP BY 1, 2, 5
"""
_PAID: Final = """
    -- Days late of a year, weighted by amount: of what was paid, and of what was not as it ages.
    SELECT m.customer_id, m.moment, 'days_late', '', '',
           round(sum(greatest(least(COALESCE(i.settled_on, m.at), m.at) - i.due_on, 0)::numeric
                     * i.total_minor) / sum(i.total_minor), 1), NULL
      FROM m JOIN customers_customer c ON c.id = m.customer_id
      JOIN invoices_item i ON i.customer_id = m.customer_id AND i.currency = c.currency
     WHERE i.company_id = %(company_id)s AND i.issued_on <= m.at
       AND (i.settled_on <= m.at OR i.due_on <= m.at)
       AND (i.settled_on IS NULL OR i.settled_on > m.at - 365)
     GROUP BY 1, 2
    UNION ALL
    SELECT m.customer_id, m.moment, 'oldest_days', '', '', max(m.at - i.due_on), min(i.due_on)
      FROM m JOIN invoices_item i ON i.customer_id = m.customer_id
     WHERE i.company_id = %(company_id)s AND i.due_on < m.at AND i.issued_on <= m.at
       AND (i.settled_on IS NULL OR i.settled_on > m.at)
       AND NOT EXISTS (SELECT FROM disputes_dispute d
                        WHERE d.item_id = i.id AND d.opened_on <= m.at
                          AND (d.resolved_on IS NULL OR d.resolved_on > m.at))
     GROUP BY 1, 2
    UNION ALL
    SELECT m.customer_id, m.moment, 'broken', '', '', count(*), max(p.judged_on)
      FROM m JOIN collections_promise p ON p.customer_id = m.customer_id
     WHERE p.company_id = %(company_id)s AND p.status = 'broken'
       AND p.judged_on > m.after AND p.judged_on <= m.at
     GROUP BY 1, 2
    UNION ALL
    SELECT m.customer_id, m.moment, 'returned', '', '', count(*), max(r.returned_on)
      FROM m JOIN cash_payment p ON p.customer_id = m.customer_id
      JOIN cash_return r ON r.payment_id = p.id
     WHERE r.company_id = %(company_id)s AND r.state = 'posted'
       AND r.returned_on > m.after AND r.returned_on <= m.at
     GROUP BY 1, 2
    UNION ALL
    SELECT m.customer_id, m.moment, 'disputed', '', d.currency, sum(d.disputed_minor),
           min(d.opened_on)
      FROM m JOIN disputes_dispute d ON d.customer_id = m.customer_id
     WHERE d.company_id = %(company_id)s AND d.opened_on <= m.at
       AND (d.resolved_on IS NULL OR d.resolved_on > m.at)
     GROUP BY 1, 2, 5
"""
_GRANTED: Final = """
    SELECT m.customer_id, m.moment, 'limit', '', l.currency, l.minor, l.valid_from
      FROM m JOIN LATERAL (
          SELECT currency, minor, valid_from, valid_to, withdrawn_from FROM credit_limit
           WHERE customer_id = m.customer_id AND company_id = %(company_id)s
             AND kind = 'internal' AND NOT only_currency AND valid_from <= m.at
           ORDER BY valid_from DESC, id DESC LIMIT 1) AS l
        ON (l.valid_to IS NULL OR l.valid_to >= m.at)
           AND (l.withdrawn_from IS NULL OR l.withdrawn_from > m.at)
    UNION ALL
    SELECT m.customer_id, m.moment, 'limits_set', '', '', count(*), max(l.valid_from)
      FROM m JOIN credit_limit l ON l.customer_id = m.customer_id
     WHERE l.company_id = %(company_id)s AND l.valid_from > m.after AND l.valid_from <= m.at
     GROUP BY 1, 2
    UNION ALL
    SELECT m.customer_id, m.moment, 'blocked', '', '', count(*), max(b.placed_at)::date
      FROM m JOIN credit_block b ON b.customer_id = m.customer_id
     WHERE b.company_id = %(company_id)s AND b.placed_at::date > m.after
       AND b.placed_at::date <= m.at
     GROUP BY 1, 2
    UNION ALL
    SELECT customer_id, moment, 'covered', '', currency, sum(minor), max(valid_from)
      FROM (SELECT DISTINCT ON (m.customer_id, m.moment, k.policy_id)
                   m.customer_id, m.moment, k.currency, k.minor, k.valid_from, k.valid_to, m.at
              FROM m JOIN credit_cover k ON k.customer_id = m.customer_id
             WHERE k.company_id = %(company_id)s AND k.valid_from <= m.at
             ORDER BY m.customer_id, m.moment, k.policy_id, k.valid_from DESC, k.id DESC) AS v
     WHERE minor > 0 AND (valid_to IS NULL OR valid_to >= at)
     GROUP BY 1, 2, 5
"""
_LEARNED: Final = """
    SELECT m.customer_id, m.moment, 'statements', '', '', count(*), max(s.recorded_at)::date
      FROM m JOIN assessment_financialstatement s
        ON s.company_id = %(company_id)s AND s.customer_id = m.customer_id
     WHERE s.recorded_at::date > m.after AND s.recorded_at::date <= m.at
     GROUP BY 1, 2
    UNION ALL
    SELECT m.customer_id, m.moment, 'reports', e.source, '', count(*), max(e.reported_on)
      FROM m JOIN assessment_evidencereport e
        ON e.company_id = %(company_id)s AND e.customer_id = m.customer_id
     WHERE e.reported_on > m.after AND e.reported_on <= m.at
     GROUP BY 1, 2, 4
    UNION ALL
    SELECT m.customer_id, m.moment, 'changed', h.field, '', count(*), max(h.recorded_at)::date
      FROM m JOIN customers_change h ON h.customer_id = m.customer_id
     WHERE h.company_id = %(company_id)s AND h.recorded_at::date > m.after
       AND h.recorded_at::date <= m.at
     GROUP BY 1, 2, 4
    UNION ALL
    SELECT m.customer_id, m.moment, 'bank', '', '', count(*), max(b.decided_at)::date
      FROM m JOIN customers_bankchange b ON b.customer_id = m.customer_id
     WHERE b.company_id = %(company_id)s AND b.state = 'confirmed'
       AND b.decided_at::date > m.after AND b.decided_at::date <= m.at
     GROUP BY 1, 2
"""
_ALL: Final = (_OWED, _BOUGHT, _PAID, _GRANTED, _LEARNED)
_READINGS: Final = f"WITH {MOMENTS} {' UNION ALL '.join(_ALL)}"
_STATEMENTS: Final = """
    SELECT DISTINCT ON (customer_id) customer_id, period_end, months, currency, unit, quality,
           items::text
      FROM assessment_financialstatement
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s) AND NOT items ? 'erased'
     ORDER BY customer_id, period_end DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class _Statement:
    customer_id: int
    period_end: date
    months: int
    currency: str
    unit: int
    quality: str
    items: str


def readings(company_id: int, spans: Sequence[Span]) -> dict[int, list[Reading]]:
    """Return every figure of these customers, then and now; what there was nothing of is absent."""
    found: dict[int, list[Reading]] = defaultdict(list)
    rows: list[Reading] = sql.fetch(Reading, _READINGS, parameters(company_id, spans))
    for reader in FURTHER:
        rows.extend(reader(company_id, spans))
    for row in rows:
        found[row.customer_id].append(row)
    return found


def parameters(company_id: int, spans: Sequence[Span]) -> dict[str, Any]:
    """Return what a statement over `MOMENTS` is given."""
    return {
        "company_id": company_id,
        "ids": [one.customer_id for one in spans],
        "sinces": [one.since for one in spans],
        "untils": [one.until for one in spans],
    }


def last_statements(company_id: int, ids: Sequence[int]) -> Mapping[int, Spread]:
    """Return the last financial statement of customers, as corrected and completed."""
    rows = sql.fetch(_Statement, _STATEMENTS, {"company_id": company_id, "ids": list(ids)})
    return {
        one.customer_id: spread(
            Sheet(
                period_end=one.period_end, months=one.months, currency=one.currency,
                unit=one.unit, quality=one.quality, amounts=json.loads(one.items),
            )
        )
        for one in rows
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class MonthOwed:
    """What was owed at the end of a month, an item in full until it is settled."""

    day: date
    minor: int


_MONTHS: Final = """
    SELECT d.day::date, COALESCE(sum(i.total_minor), 0)::bigint
      FROM generate_series(%(on)s::date - make_interval(months => %(months)s), %(on)s::date,
                           interval '1 month') AS d (day)
      LEFT JOIN invoices_item i
        ON i.company_id = %(company_id)s AND i.customer_id = %(customer_id)s
       AND i.currency = %(currency)s AND i.issued_on <= d.day
       AND (i.settled_on IS NULL OR i.settled_on > d.day)
     GROUP BY 1 ORDER BY 1
"""


def owed_by_month(company_id: int, customer_id: int, currency: str, on: date) -> list[MonthOwed]:
    """Return what was owed in one currency month by month, the last twelve."""
    return sql.fetch(
        MonthOwed,
        _MONTHS,
        {
            "company_id": company_id,
            "customer_id": customer_id,
            "currency": currency,
            "on": on,
            "months": MONTHS_SHOWN,
        },
    )
