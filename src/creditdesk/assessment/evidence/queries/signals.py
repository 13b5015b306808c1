"""Signals kept when somebody opened, and how often others opened alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
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
