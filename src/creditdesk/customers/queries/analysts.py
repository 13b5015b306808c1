"""Which person of credit a customer is in the hands of on a date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditdesk.plumbing import sql

_NAME: Final = """
    coalesce(nullif(concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, '')), ''),
             u.username)
"""
# Whoever left, or no longer works in credit, is nobody's analyst any more.
_WORKS: Final = """
    u.is_active AND EXISTS (SELECT FROM controls_membership m
                             WHERE m.user_id = u.id AND m.company_id = %(company_id)s
                               AND m.role IN ('analyst', 'manager'))
"""
_CANDIDATES: Final = f"""
    SELECT u.id AS user_id, {_NAME} AS name FROM controls_user u WHERE {_WORKS} ORDER BY 2, 1
"""
_OF: Final = f"""
    SELECT a.customer_id, u.id AS user_id, {_NAME} AS name
      FROM (SELECT DISTINCT ON (customer_id) customer_id, user_id FROM customers_analyst
             WHERE company_id = %(company_id)s AND customer_id = ANY(%(customers)s)
               AND valid_from <= %(on)s
             ORDER BY customer_id, valid_from DESC, id DESC) a
      JOIN controls_user u ON u.id = a.user_id
     WHERE {_WORKS}
"""
_HISTORY: Final = f"""
    SELECT a.user_id, coalesce({_NAME}, '') AS name, a.valid_from, a.recorded_at, a.recorded_by
      FROM customers_analyst a LEFT JOIN controls_user u ON u.id = a.user_id
     WHERE a.company_id = %s AND a.customer_id = %s
     ORDER BY a.valid_from DESC, a.id DESC
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the analyst of a customer."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class AnalystRow:
    """The analyst of a customer."""

    customer_id: int
    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class AnalystStep:
    """Whom a customer was given to from a date; nobody: back to the role."""

    user_id: int | None
    name: str
    valid_from: date
    recorded_at: datetime
    recorded_by: str


def may_be_analysts(company_id: int) -> list[Candidate]:
    """Return who may be the analyst of a customer, by name."""
    return sql.fetch(Candidate, _CANDIDATES, {"company_id": company_id})


def analysts_of(company_id: int, customer_ids: Collection[int], on: date) -> dict[int, AnalystRow]:
    """Return the analysts of customers on a day; who has none, or one who left, is left out."""
    params = {"company_id": company_id, "customers": sorted(customer_ids), "on": on}
    return {row.customer_id: row for row in sql.fetch(AnalystRow, _OF, params)}


def analyst_history(company_id: int, customer_id: int) -> list[AnalystStep]:
    """Return every naming of an analyst of a customer, the latest first."""
    return sql.fetch(AnalystStep, _HISTORY, [company_id, customer_id])
