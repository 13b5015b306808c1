"""Which customers are due to be reviewed, and what is known of each to begin with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import ReviewRules


@dataclass(frozen=True, slots=True)
class Due:
    """A customer to be reviewed: since when anything counts as new, and the limit in force.

    `risk_class` is the grade of the last assessment; empty where there was none.
    """

    customer_id: int
    since: date
    due_on: date
    currency: str
    current_minor: int
    risk_class: str
    assessed_on: date | None
    segment: str


_LIMIT: Final = """
    SELECT currency, minor, valid_from, valid_to, withdrawn_from FROM credit_limit
     WHERE customer_id = c.id AND company_id = %(company_id)s
       AND kind = 'internal' AND NOT only_currency AND valid_from <= %(on)s
     ORDER BY valid_from DESC, id DESC LIMIT 1
"""
_COUNTS: Final = """
    (l.valid_to IS NULL OR l.valid_to >= %(on)s)
    AND (l.withdrawn_from IS NULL OR l.withdrawn_from > %(on)s)
"""
# Customers who may owe something by a limit of their own and are not being reviewed, from the day
# of their last review or of that limit on. Whoever was looked at too lately for any cycle is left
# out before grades are read. Of several cycles that which names class and segment comes first.
_LIMITED: Final = f"""
    SELECT c.id AS customer_id, c.segment, l.currency, l.minor,
           greatest(l.valid_from, r.decided_on) AS since
      FROM customers_customer c
      JOIN LATERAL ({_LIMIT}) AS l ON l.minor > 0 AND {_COUNTS}
      LEFT JOIN LATERAL (SELECT decided_on, state FROM assessment_review
                          WHERE customer_id = c.id ORDER BY id DESC LIMIT 1) AS r ON true
     WHERE c.company_id = %(company_id)s AND c.status = 'active'
       AND r.state IS DISTINCT FROM 'open'
       AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))
"""
_GRADED: Final = """
    LEFT JOIN LATERAL (SELECT grade, assessed_on FROM assessment_assessment
                        WHERE company_id = %(company_id)s AND customer_id = m.customer_id
                        ORDER BY id DESC LIMIT 1) AS a ON true
"""
_DUE: Final = f"""
    WITH limited AS MATERIALIZED ({_LIMITED}), early AS (
        SELECT * FROM limited WHERE since + make_interval(months => %(soonest)s) <= %(until)s
    ), dated AS (
        SELECT m.customer_id, m.since,
               (m.since + make_interval(months => y.months))::date AS due_on,
               m.currency, m.minor, COALESCE(a.grade, '') AS grade, a.assessed_on, m.segment
          FROM early m {_GRADED}
          JOIN LATERAL (
              SELECT y.months FROM unnest(%(classes)s::text[], %(segments)s::text[],
                                          %(months)s::int[]) AS y (risk_class, segment, months)
               WHERE y.risk_class IN ('', COALESCE(a.grade, '')) AND y.segment IN ('', m.segment)
               ORDER BY y.risk_class <> '' DESC, y.segment <> '' DESC LIMIT 1) AS y ON true
    )
    SELECT * FROM dated WHERE due_on <= %(until)s
     ORDER BY due_on, minor DESC, customer_id LIMIT %(count)s
"""
_NAMED: Final = f"""
    WITH m AS ({_LIMITED})
    SELECT m.customer_id, m.since, %(on)s::date, m.currency, m.minor, COALESCE(a.grade, ''),
           a.assessed_on, m.segment
      FROM m {_GRADED} ORDER BY m.customer_id
"""


_AGAIN: Final = f"""
    SELECT m.customer_id, %(since)s::date, %(on)s::date, m.currency, m.current_minor,
           COALESCE(a.grade, ''), a.assessed_on, m.segment
      FROM (SELECT c.id AS customer_id, c.segment, l.currency, l.minor AS current_minor
              FROM customers_customer c JOIN LATERAL ({_LIMIT}) AS l ON {_COUNTS}
             WHERE c.company_id = %(company_id)s AND c.id = %(customer_id)s) AS m {_GRADED}
"""


def due(company_id: int, cycles: ReviewRules, *, on: date, until: date) -> list[Due]:
    """Return whose review falls due through a day, the longest due first, as many as a day opens.

    Whoever has no limit, or a review already, is not among them.
    """
    if not cycles.by_class:
        return []
    return sql.fetch(
        Due,
        _DUE,
        {
            "company_id": company_id,
            "on": on,
            "until": until,
            "ids": None,
            **_cycles(cycles),
            "count": cycles.opened_max or None,
        },
        planned=True,
    )


def named(company_id: int, ids: Collection[int], *, on: date) -> list[Due]:
    """Return those of these customers who have a limit and no open review, due on the day."""
    return sql.fetch(Due, _NAMED, {"company_id": company_id, "on": on, "ids": list(ids)})


def next_due(company_id: int, customer_id: int, on: date) -> date | None:
    """Return when a customer's review is due, by the policy of a day; nothing where it never is."""
    try:
        cycles = policies.in_force(company_id, on).reviews
    except NotFound:
        return None
    if not cycles.by_class:
        return None
    found: date | None = sql.scalar(
        "SELECT due_on FROM assessment_review WHERE customer_id = %s AND state = 'open'",
        [customer_id],
    )
    if found is not None:
        return found
    of = {"company_id": company_id, "on": on, "ids": [customer_id]}
    row = sql.fetch_one(Due, _DUE, {**_cycles(cycles), **of, "count": 1, "until": date.max})
    return row.due_on if row else None


def _cycles(of: ReviewRules) -> dict[str, object]:
    return {
        "soonest": min(one.every_months for one in of.by_class),
        "classes": [one.risk_class for one in of.by_class],
        "segments": [one.segment for one in of.by_class],
        "months": [one.every_months for one in of.by_class],
    }


def again(company_id: int, customer_id: int, *, since: date, on: date) -> Due | None:
    """Return what is known of a customer whose review is open; nothing without a limit."""
    return sql.fetch_one(
        Due,
        _AGAIN,
        {"company_id": company_id, "customer_id": customer_id, "since": since, "on": on},
    )
