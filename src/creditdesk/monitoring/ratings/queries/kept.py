"""Ratings as they were kept, and how customers stand beside them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from creditdesk.plumbing import sql

COLUMNS: Final = """
    r.id, r.customer_id, r.as_of, r.grade, r.days, r.paydex, r.drift, r.inputs::text,
    r.policy_version, r.recorded_at, r.recorded_by
"""
_LAST: Final = f"""
    SELECT {COLUMNS}
      FROM customers_customer c
     CROSS JOIN LATERAL (
           SELECT * FROM monitoring_payerrating p
            WHERE p.company_id = %(company_id)s AND p.customer_id = c.id
            ORDER BY p.id DESC LIMIT 1) r
     WHERE c.company_id = %(company_id)s
       AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))
"""
_OF_ONE: Final = f"""
    SELECT {COLUMNS} FROM monitoring_payerrating r
     WHERE r.company_id = %(company_id)s AND r.customer_id = %(customer_id)s
       AND r.as_of > %(since)s
     ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class RatingRow:
    """A rating as it was kept."""

    id: int
    customer_id: int
    as_of: date
    grade: str
    days: Decimal | None
    paydex: int | None
    drift: str
    inputs_text: str
    policy_version: int
    recorded_at: datetime
    recorded_by: str

    @property
    def says_something(self) -> bool:
        """Whether anything was known then."""
        return bool(self.grade or self.drift or self.paydex is not None)

    @property
    def inputs(self) -> dict[str, Any]:
        """What it rests on, as `rules.from_inputs` reads it."""
        found: dict[str, Any] = json.loads(self.inputs_text)
        return found


def ratings(company_id: int, ids: Collection[int] | None = None) -> dict[int, RatingRow]:
    """Return the last rating of each customer that has one."""
    asked = {"company_id": company_id, "ids": None if ids is None else sorted(ids)}
    return {one.customer_id: one for one in sql.fetch(RatingRow, _LAST, asked, planned=True)}


def rating_history(company_id: int, customer_id: int, *, since: date) -> list[RatingRow]:
    """Return the ratings of one customer after a date, the earliest first."""
    asked = {"company_id": company_id, "customer_id": customer_id, "since": since}
    return sql.fetch(RatingRow, _OF_ONE, asked)
