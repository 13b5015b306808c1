"""Lists, hits and what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from creditdesk.assessment.evidence.queries.reports import ABOUT
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

_HITS: Final = """
    SELECT h.id, h.customer_id, h.application_id, h.source, h.reference, h.score,
           h.body::text AS body, h.recorded_at, coalesce(r.verdict, '') AS verdict,
           coalesce(r.body::text, '{}') AS reviewed, coalesce(r.recorded_by, '') AS reviewed_by,
           r.recorded_by_id AS reviewed_by_id, r.recorded_at AS reviewed_at,
           coalesce(r.id, 0) AS review_id,
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
    reviewed_by_id: int | None
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
    reviewed_by_id: int | None
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
        row.verdict, str(reviewed.get("reason", "")), row.reviewed_by,
        row.reviewed_by_id, row.reviewed_at, row.review_id, row.is_listed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListRow:
    """The list in force of a source."""

    id: int
    source: str
    filename: str
    sha256: str
    listed_on: date
    entry_count: int
    recorded_at: datetime
    recorded_by: str


def lists(company_id: int) -> list[ListRow]:
    """Return the list in force of each source, by source."""
    return sql.fetch(
        ListRow,
        """SELECT DISTINCT ON (source) id, source, filename, sha256, listed_on, entry_count,
                  recorded_at, recorded_by
             FROM assessment_screeninglist WHERE company_id = %s ORDER BY source, id DESC""",
        [company_id],
    )


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A listed name, laid out for comparing."""

    source: str
    reference: str
    kind: str
    name: str
    name_key: str
    is_alias: bool
    programme: str
    countries: str
    entry_sha256: str


def listed(company_id: int) -> list[ListedRow]:
    """Return every name of the lists in force, in one order."""
    return sql.fetch(
        ListedRow,
        """SELECT source, reference, kind, name, name_key, is_alias, programme, countries,
                  entry_sha256
             FROM assessment_listedname WHERE company_id = %s ORDER BY id""",
        [company_id],
    )


@dataclass(frozen=True, slots=True)
class NamedRow:
    """Somebody to be screened: every name we know, and the digest of them."""

    customer_id: int
    names: Sequence[str]
    names_sha256: str


_CHANGED: Final = """
    SELECT n.customer_id, n.names, n.digest
      FROM (SELECT c.id AS customer_id, c.company_id, array_agg(k.name ORDER BY k.name) AS names,
                   encode(sha256(convert_to(string_agg(k.name, E'\\n' ORDER BY k.name), 'UTF8')),
                          'hex') AS digest
              FROM customers_customer c
              JOIN LATERAL (SELECT c.name UNION SELECT a.name FROM customers_alias a
                             WHERE a.customer_id = c.id AND a.company_id = c.company_id) k
                ON true
             WHERE c.company_id = %(company_id)s AND c.status <> 'closed'
             GROUP BY c.id, c.company_id) n
      LEFT JOIN assessment_screeningmark m
        ON m.company_id = n.company_id AND m.customer_id = n.customer_id
       AND m.application_id IS NULL
     WHERE m.id IS NULL OR m.lists_sha256 <> %(lists)s OR m.names_sha256 <> n.digest
     ORDER BY n.customer_id
"""


def unscreened(company_id: int, lists_sha256: str) -> list[NamedRow]:
    """Return the customers whose names, or the lists, changed since they were screened."""
    return sql.fetch(NamedRow, _CHANGED, {"company_id": company_id, "lists": lists_sha256})


_STANDING: Final = """
    SELECT h.id, h.customer_id, h.application_id, h.source, h.reference, h.score,
           h.body::text AS body, h.recorded_at, coalesce(r.verdict, '') AS verdict,
           coalesce(r.body::text, '{}') AS reviewed, coalesce(r.recorded_by, '') AS reviewed_by,
           r.recorded_by_id AS reviewed_by_id, r.recorded_at AS reviewed_at,
           coalesce(r.id, 0) AS review_id, true AS is_listed
      FROM assessment_screeninghit h
      LEFT JOIN LATERAL (SELECT * FROM assessment_screeningreview r
                          WHERE r.hit_id = h.id ORDER BY r.id DESC LIMIT 1) r ON true
     WHERE h.company_id = %(company_id)s AND NOT h.body ? 'erased'
       AND (%(verdict)s = 'open' AND coalesce(r.verdict, '') IN ('', 'proposed', 'sent_back')
            OR r.verdict = %(verdict)s)
     ORDER BY h.score DESC, h.id LIMIT %(size)s OFFSET %(skip)s
"""


def queue(company_id: int, *, verdict: str = "open", page: int = 1, size: int = 50) -> list[HitRow]:
    """Return hits to be looked at, or those of a verdict, nearest first; one more than a page."""
    asked = {
        "company_id": company_id, "verdict": verdict, "size": size + 1, "skip": (page - 1) * size,
    }  # fmt: skip
    return [_row(one) for one in sql.fetch(_Hit, _STANDING, asked)]


def confirmed_unblocked(company_id: int) -> list[HitRow]:
    """Return confirmed hits of customers who have credit all the same, one of each customer."""
    given = {"company_id": company_id}
    where = """company_id = %(company_id)s AND id IN (
        SELECT DISTINCT ON (h.customer_id) h.id FROM assessment_screeninghit h
          JOIN LATERAL (SELECT verdict FROM assessment_screeningreview r
                         WHERE r.hit_id = h.id ORDER BY r.id DESC LIMIT 1) r
            ON r.verdict = 'confirmed'
         WHERE h.company_id = %(company_id)s AND h.customer_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM credit_block b
                            WHERE b.customer_id = h.customer_id AND b.lifted_at IS NULL)
         ORDER BY h.customer_id, h.id)"""
    return [_row(one) for one in sql.fetch(_Hit, _HITS.replace("{where}", where), given)]
