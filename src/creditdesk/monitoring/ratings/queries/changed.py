"""Which ratings fell or rose lately, and who pays later than usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from creditdesk.plumbing import sql

# A rating that stays is kept once a week, so that each change has the one before it in the span.
LOOK_BACK_DAYS: Final = 35
_CHANGED: Final = """
    WITH told AS (
        SELECT customer_id, id, as_of, grade, drift,
               lag(grade) OVER (PARTITION BY customer_id ORDER BY id) AS before,
               inputs #>> '{norm,earlier_days}' AS usual, inputs #>> '{norm,recent_days}' AS recent
          FROM monitoring_payerrating
         WHERE company_id = %(company_id)s AND as_of <= %(on)s
           AND as_of > %(on)s::date - %(days)s AND grade <> ''
    ), last AS (
        SELECT DISTINCT ON (customer_id) customer_id, grade, drift, usual, recent
          FROM told ORDER BY customer_id, id DESC
    ), change AS (
        SELECT DISTINCT ON (customer_id) customer_id, before, as_of
          FROM told WHERE before <> grade ORDER BY customer_id, id DESC
    )
    SELECT l.customer_id, coalesce(c.before, ''), l.grade, c.as_of,
           CASE WHEN l.drift = 'later' THEN l.usual::numeric END,
           CASE WHEN l.drift = 'later' THEN l.recent::numeric END
      FROM last l LEFT JOIN change c USING (customer_id)
     WHERE c.customer_id IS NOT NULL OR l.drift = 'later'
     ORDER BY l.customer_id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of a grade, '' before where it stayed; two norms of one who pays later."""

    customer_id: int
    grade_before: str
    grade_now: str
    changed_on: date | None
    days_usual: Decimal | None
    days_now: Decimal | None


def changes(company_id: int, on: date) -> list[Change]:
    """Return whose grade changed in the days up to a date, or who pays later than its norm."""
    asked = {"company_id": company_id, "on": on, "days": LOOK_BACK_DAYS}
    return sql.fetch(Change, _CHANGED, asked, planned=True)
