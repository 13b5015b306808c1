"""Signals kept when somebody opened, and how often others opened alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditdesk.assessment.evidence.queries.reports import ABOUT
from creditdesk.assessment.evidence.rules.signals import WEIGHT, Raised
from creditdesk.plumbing import sql

_SIGNALS: Final = f"""
    SELECT s.id, s.customer_id, s.application_id, s.code, s.body::text AS body, s.recorded_at,
           a.id IS NOT NULL AS is_answered, coalesce(a.body ->> 'reason', '') AS reason,
           coalesce(a.recorded_by, '') AS answered_by
      FROM (SELECT * FROM assessment_openingsignal WHERE {ABOUT}) s
      LEFT JOIN assessment_signalanswer a ON a.signal_id = s.id
     ORDER BY s.id DESC
"""


@dataclass(frozen=True, slots=True)
class _Signal:
    id: int
    customer_id: int | None
    application_id: int | None
    code: str
    body: str
    recorded_at: datetime
    is_answered: bool
    reason: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal as it was raised, and why it is none after all, if somebody said so."""

    id: int
    raised: Raised
    recorded_at: datetime
    is_answered: bool
    reason: str
    answered_by: str


def raised(
    company_id: int, *, application_id: int | None, customer_id: int | None
) -> list[SignalRow]:
    """Return the signals of an application or a customer, latest first."""
    given = {
        "company_id": company_id, "customer_id": customer_id, "application_id": application_id,
    }  # fmt: skip
    rows = [one for one in sql.fetch(_Signal, _SIGNALS, given) if one.code in WEIGHT]
    return [
        SignalRow(
            one.id, Raised(one.code, json.loads(one.body)), one.recorded_at, one.is_answered,
            one.reason, one.answered_by,
        )
        for one in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Like:
    kind: str
    count: int


def openings_like(
    company_id: int,
    marks: Mapping[str, str],
    *,
    since: date,
    application_id: int | None,
    customer_id: int | None,
) -> dict[str, int]:
    """Return by kind how many other openings since a day left the same mark."""
    if not marks:
        return {}
    rows = sql.fetch(
        _Like,
        """SELECT t.kind, count(DISTINCT coalesce('a' || t.application_id, 'c' || t.customer_id))
             FROM assessment_openingtrace t
             JOIN unnest(%(kinds)s::text[], %(digests)s::text[]) AS g (kind, digest)
               ON g.kind = t.kind AND g.digest = t.digest
            WHERE t.company_id = %(company_id)s AND t.seen_on >= %(since)s
              AND NOT coalesce(t.application_id = %(application_id)s::bigint, false)
              AND NOT coalesce(t.customer_id = %(customer_id)s::bigint, false)
            GROUP BY t.kind""",
        {
            "company_id": company_id, "since": since, "kinds": list(marks),
            "digests": list(marks.values()), "application_id": application_id,
            "customer_id": customer_id,
        },
    )  # fmt: skip
    return {one.kind: one.count for one in rows}


def account_holders(company_id: int, account_key: str, *, besides: int | None) -> list[str]:
    """Return the numbers of other customers who pay from an account."""
    if not account_key:
        return []
    return sql.scalars(
        """SELECT DISTINCT c.number FROM customers_bankdetail b
             JOIN customers_customer c ON c.id = b.customer_id
            WHERE b.company_id = %s AND b.account_key = %s
              AND c.id IS DISTINCT FROM %s::bigint ORDER BY 1""",
        [company_id, account_key, besides],
    )


def is_known(company_id: int, signal_id: int) -> bool:
    """Whether the company has such a signal."""
    return bool(
        sql.scalar(
            "SELECT EXISTS (SELECT 1 FROM assessment_openingsignal"
            " WHERE company_id = %s AND id = %s)",
            [company_id, signal_id],
        )
    )
