"""The figures of honest matching, counted in the database, and the payments behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from creditdesk.cash.rules.metrics import WINDOW_DAYS, Counts, Honest, honest
from creditdesk.plumbing import sql

Behind = Literal["straight", "not_straight", "undone"]
ROWS_MAX: Final = 200

# Payments of a span came one after the other, so that their ids bound what is read of the larger
# tables. Asked first and told as numbers: a bound the planner does not know it takes for a handful
# of rows, and joins thousands to thousands one by one.
_BOUND = """
    SELECT coalesce(min(id), 0), coalesce(max(id), -1),
           ARRAY(SELECT %(as_of)s::date - received_on FROM cash_payment
                  WHERE company_id = %(company_id)s AND unapplied_minor > 0 AND NOT on_account
                    AND received_on <= %(as_of)s)
      FROM cash_payment
     WHERE company_id = %(company_id)s AND received_on > %(since)s AND received_on <= %(as_of)s
"""
# How the allocations of the payments were made, and what of them stands: each joined once, not
# asked for payment by payment. What the bank took back, or the order of allocation moved, was not
# matched falsely.
_EACH = """
    WITH paid AS MATERIALIZED (
        SELECT r.id, r.reference, r.received_on, r.currency, r.total_minor, r.unapplied_minor,
               r.returned_minor
          FROM cash_payment r
         WHERE r.company_id = %(company_id)s
           AND r.received_on > %(since)s AND r.received_on <= %(as_of)s
           -- The credit of a deposit is the bank's word on receipts counted already.
           AND r.id NOT IN (SELECT k.payment_id FROM cash_depositcredit k
                             WHERE k.company_id = %(company_id)s AND k.undone_at IS NULL)
    ), certain AS MATERIALIZED (
        SELECT m.id, m.payment_id, m.method, m.recorded_at
          FROM cash_match m
         WHERE m.company_id = %(company_id)s
           AND m.payment_id BETWEEN %(low)s AND %(high)s
           AND m.is_certain AND m.method <> 'returned'
           AND NOT (m.method = 'by_hand' AND m.reasons @> '[{"code": "undone_by_hand"}]')
    ), told AS (
        SELECT DISTINCT ON (a.id) a.payment_id, a.undone_at,
               coalesce(m.method, 'by_hand') AS method
          FROM paid
          JOIN cash_allocation a
            ON a.payment_id = paid.id AND a.company_id = %(company_id)s
           AND a.payment_id BETWEEN %(low)s AND %(high)s
          LEFT JOIN certain m
            ON m.payment_id = a.payment_id AND m.recorded_at <= a.recorded_at
         ORDER BY a.id, m.id DESC NULLS LAST
    ), by_method AS MATERIALIZED (
        SELECT payment_id, method, (count(*) FILTER (WHERE undone_at IS NULL))::int AS live,
               bool_or(undone_at IS NOT NULL AND NOT EXISTS (
                       SELECT FROM cash_match m
                        WHERE m.payment_id = told.payment_id AND m.recorded_at = told.undone_at
                          AND m.method IN ('returned', 'by_order'))) AS is_wrong
          FROM told GROUP BY payment_id, method
    ), applied AS (
        SELECT payment_id, sum(live) AS live, sum(live) FILTER (WHERE method <> 'by_hand') AS hit,
               bool_or(method = 'by_hand') AS has_hand, bool_or(is_wrong) AS is_wrong
          FROM by_method GROUP BY payment_id
    ), each AS (
        SELECT r.id, r.reference, r.received_on, r.currency, r.total_minor, r.unapplied_minor,
               coalesce(t.live, 0) AS live, coalesce(t.hit, 0) AS hit,
               r.unapplied_minor = 0 AND r.returned_minor = 0 AND coalesce(t.live, 0) > 0
                   AND NOT t.has_hand AND NOT t.is_wrong AS is_straight,
               CASE WHEN coalesce(t.live, 0) = 0 AND r.unapplied_minor > 0
                    THEN greatest(1, (SELECT count(*)::int FROM cash_remittanceadvice v
                                        JOIN cash_adviceline l ON l.advice_id = v.id
                                       WHERE v.payment_id = r.id AND v.status = 'tied'))
                    ELSE 0 END AS waiting
          FROM paid r LEFT JOIN applied t ON t.payment_id = r.id
    )
"""
_COUNTS = f"""
    {_EACH}
    SELECT '', count(*), count(*) FILTER (WHERE is_straight),
           coalesce(sum(live + waiting), 0)::bigint, coalesce(sum(hit), 0)::bigint
      FROM each
    UNION ALL
    SELECT method, count(*), count(*) FILTER (WHERE is_wrong), 0, 0 FROM by_method GROUP BY 1
"""
_BEHIND = f"""
    {_EACH}, listed AS (
        SELECT payment_id, string_agg(method, ',' ORDER BY method) AS methods,
               array_agg(method) FILTER (WHERE is_wrong) AS wrong
          FROM by_method GROUP BY payment_id
    )
    SELECT reference, received_on, currency, total_minor, unapplied_minor, coalesce(methods, '')
      FROM each LEFT JOIN listed ON listed.payment_id = each.id
     WHERE CASE %(behind)s
           WHEN 'undone' THEN wrong IS NOT NULL AND (%(method)s = '' OR %(method)s = ANY(wrong))
           WHEN 'straight' THEN is_straight
           ELSE NOT is_straight END
     ORDER BY received_on DESC, id DESC LIMIT %(most)s
"""


class _Bound(NamedTuple):
    """The lowest and the highest payment of a span, low above high where it has none.

    `ages` in days of what waits then, however long it has.
    """

    low: int
    high: int
    ages: list[int]


@dataclass(frozen=True, slots=True)
class _Counted:
    """Of all payments and their lines; or of a method: payments applied, and undone."""

    method: str
    payments: int
    good_or_undone: int
    lines: int
    lines_hit: int


@dataclass(frozen=True, slots=True)
class BehindRow:
    """A payment behind a figure; `methods` by which it was applied, with commas between."""

    reference: str
    received_on: date
    currency: str
    total_minor: int
    unapplied_minor: int
    methods: str


def metrics(company_id: int, *, as_of: date, days: int = WINDOW_DAYS) -> Honest:
    """Return the figures of the payments received in the days up to a date, as they stand now."""
    params, ages = _params(company_id, as_of, days)
    rows = sql.fetch(_Counted, _COUNTS, params, planned=False)
    counted = next(row for row in rows if not row.method)
    methods = [row for row in rows if row.method]
    return honest(
        Counts(
            payments=counted.payments,
            straight=counted.good_or_undone,
            lines=counted.lines,
            lines_hit=counted.lines_hit,
            applied={one.method: one.payments for one in methods},
            undone={one.method: one.good_or_undone for one in methods},
            ages=ages,
        )
    )


def behind(
    company_id: int,
    what: Behind,
    *,
    as_of: date,
    days: int = WINDOW_DAYS,
    method: str = "",
) -> list[BehindRow]:
    """Return the payments behind a figure, the newest first, at most so many as a page shows."""
    params, _ = _params(company_id, as_of, days)
    return sql.fetch(
        BehindRow,
        _BEHIND,
        params | {"behind": what, "method": method, "most": ROWS_MAX},
        planned=False,
    )


def _params(company_id: int, as_of: date, days: int) -> tuple[dict[str, object], list[int]]:
    """Return what the figures are asked with, and the ages of what waits."""
    params = {"company_id": company_id, "as_of": as_of, "since": as_of - timedelta(days=days)}
    [bound] = sql.fetch(_Bound, _BOUND, params)
    return params | {"low": bound.low, "high": bound.high}, bound.ages
