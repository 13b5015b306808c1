"""Lists, hits and what became of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from creditdesk.assessment.evidence.queries.reports import ABOUT
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

_HITS: Final = """
    SELECT h.id, h.customer_id, h.application_id, h.source, h.reference, h.score,
           h.body::text AS body, h.recorded_at, coalesce(r.verdict, '') AS verdict,
           coalesce(r.body::text, '{}') AS reviewed, coalesce(r.recorded_by, '') AS reviewed_by,
           r.recorded_at AS reviewed_at, coalesce(r.id, 0) AS review_id,
           EXISTS (SELECT 1 FROM assessment_listedname n
                    WHERE n.company_id = h.company_id AND n.source = h.source
                      AND n.reference = h.reference) AS is_listed
      FROM (SELECT * FROM assessment_screeninghit WHERE {where}) h
      LEFT JOIN LATERAL (SELECT * FROM assessment_screeningreview r
                          WHERE r.hit_id = h.id ORDER BY r.id DESC LIMIT 1) r ON true
"""


@dataclass(frozen=True, slots=True)
class _Hit:
    id: int
    customer_id: int | None
    application_id: int | None
    source: str
    reference: str
    score: Decimal
    body: str
    recorded_at: datetime
    verdict: str
    reviewed: str
    reviewed_by: str
    reviewed_at: datetime | None
    review_id: int
    is_listed: bool


@dataclass(frozen=True, slots=True)
class HitRow:
    """A name of ours near a listed one; `verdict` is "" until somebody looked at it.

    `is_listed`: the entry still stands on the list in force. `review_id` names the state.
    """

    id: int
    customer_id: int | None
    application_id: int | None
    source: str
    reference: str
    score: Decimal
    own_name: str
    listed_name: str
    details: dict[str, Any]
    recorded_at: datetime
    verdict: str
    reason: str
    reviewed_by: str
    reviewed_at: datetime | None
    review_id: int
    is_listed: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.verdict not in ("cleared", "confirmed")


def hits(company_id: int, *, application_id: int | None, customer_id: int | None) -> list[HitRow]:
    """Return the hits of an application or a customer, latest first."""
    given = {
        "company_id": company_id, "customer_id": customer_id, "application_id": application_id,
    }  # fmt: skip
    rows = sql.fetch(_Hit, f"{_HITS.replace('{where}', ABOUT)} ORDER BY h.id DESC", given)
    return [_row(one) for one in rows]


def hit(company_id: int, hit_id: int) -> HitRow:
    """Return one hit; NotFound for another company's."""
    where = "company_id = %s AND id = %s"
    row = sql.fetch_one(_Hit, _HITS.replace("{where}", where), [company_id, hit_id])
    if row is None:
        raise NotFound("hit_unknown", "There is no such hit")
    return _row(row)


def _row(row: _Hit) -> HitRow:
    body, reviewed = json.loads(row.body), json.loads(row.reviewed)
    return HitRow(
        row.id, row.customer_id, row.application_id, row.source, row.reference, row.score,
        str(body.get("own_name", "")), str(body.get("listed_name", "")), body, row.recorded_at,
        row.verdict, str(reviewed.get("reason", "")), row.reviewed_by, row.reviewed_at,
        row.review_id, row.is_listed,
    )  # fmt: skip
