"""The figures of honest matching, counted in the database, and the payments behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from creditdesk.cash.rules.metrics import WINDOW_DAYS, Counts, Honest, honest
from creditdesk.plumbing import sql

Behind = Literal["straight", "not_straight", "undone"]
ROWS_MAX: Final = 200

# A payment with the latest row of a method that applied it, for each application of it.
_APPLIED = """
    WITH received AS (
        SELECT id, reference, received_on, currency, total_minor, unapplied_minor, recorded_at
          FROM cash_payment
         WHERE company_id = %(company_id)s
           AND received_on > %(since)s AND received_on <= %(as_of)s
           -- The credit of a deposit is the bank's word on receipts counted already.
           AND NOT EXISTS (SELECT FROM cash_depositcredit k
                            WHERE k.payment_id = cash_payment.id AND k.undone_at IS NULL)
    ), told AS (
        SELECT a.payment_id, a.item_id, a.undone_at IS NOT NULL AS is_undone,
               (SELECT m.method FROM cash_match m
                 WHERE m.payment_id = a.payment_id AND m.is_certain
                   AND m.recorded_at <= a.recorded_at
                   AND NOT (m.method = 'by_hand' AND m.reasons @> '[{"code": "undone_by_hand"}]')
                 ORDER BY m.id DESC LIMIT 1) AS method
          FROM cash_allocation a JOIN received r ON r.id = a.payment_id
    ), each AS (
        SELECT payment_id, bool_or(method = 'by_hand' OR method IS NULL) AS has_hand,
               bool_or(is_undone) AS was_undone
          FROM told GROUP BY 1
    )
"""
_COUNTS = f"""
    {_APPLIED}
    SELECT (SELECT count(*) FROM received),
           (SELECT count(*) FROM received r JOIN each e ON e.payment_id = r.id
             WHERE r.unapplied_minor = 0 AND NOT e.has_hand AND NOT e.was_undone),
           (SELECT count(*) FROM told WHERE NOT is_undone),
           (SELECT count(*) FROM told WHERE NOT is_undone AND method <> 'by_hand')
"""
_METHODS = f"""
    {_APPLIED}
    SELECT coalesce(method, 'by_hand'), count(DISTINCT payment_id),
           count(DISTINCT payment_id) FILTER (WHERE is_undone)
      FROM told GROUP BY 1 ORDER BY 1
"""
_AGES = """
    SELECT %(as_of)s::date - received_on FROM cash_payment
     WHERE company_id = %(company_id)s AND unapplied_minor > 0 AND NOT on_account
       AND received_on <= %(as_of)s
"""
_BEHIND = f"""
    {_APPLIED}
    SELECT r.reference, r.received_on, r.currency, r.total_minor, r.unapplied_minor,
           coalesce((SELECT string_agg(DISTINCT coalesce(t.method, 'by_hand'), ',')
                       FROM told t WHERE t.payment_id = r.id), '')
      FROM received r LEFT JOIN each e ON e.payment_id = r.id
     WHERE CASE %(behind)s
           WHEN 'undone' THEN e.was_undone
                AND (%(method)s = '' OR EXISTS (SELECT FROM told t WHERE t.payment_id = r.id
                     AND t.is_undone AND coalesce(t.method, 'by_hand') = %(method)s))
           WHEN 'straight' THEN r.unapplied_minor = 0 AND NOT e.has_hand AND NOT e.was_undone
           ELSE (r.unapplied_minor = 0 AND NOT e.has_hand AND NOT e.was_undone) IS NOT TRUE END
     ORDER BY r.received_on DESC, r.id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class _Counted:
    payments: int
    straight: int
    lines: int
    lines_hit: int


@dataclass(frozen=True, slots=True)
class _Method:
    method: str
    applied: int
    undone: int


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
    params = _params(company_id, as_of, days)
    counted = sql.fetch(_Counted, _COUNTS, params)[0]
    methods = sql.fetch(_Method, _METHODS, params)
    return honest(
        Counts(
            payments=counted.payments,
            straight=counted.straight,
            lines=counted.lines,
            lines_hit=counted.lines_hit,
            applied={one.method: one.applied for one in methods},
            undone={one.method: one.undone for one in methods},
            ages=[int(age) for age in sql.scalars(_AGES, params)],
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
    params = _params(company_id, as_of, days)
    return sql.fetch(
        BehindRow, _BEHIND, params | {"behind": what, "method": method, "most": ROWS_MAX}
    )


def _params(company_id: int, as_of: date, days: int) -> dict[str, object]:
    return {"company_id": company_id, "as_of": as_of, "since": as_of - timedelta(days=days)}
