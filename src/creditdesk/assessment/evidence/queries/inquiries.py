"""Investigations with their steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditdesk.assessment.evidence.queries.reports import ABOUT
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

_INQUIRIES: Final = """
    SELECT i.id, i.reference, i.customer_id, i.application_id,
           coalesce(i.body ->> 'question', '') AS question, i.recorded_at, i.recorded_by,
           coalesce((SELECT f.outcome FROM assessment_investigationstep f
                      WHERE f.investigation_id = i.id AND f.kind = 'finding'), '') AS outcome
      FROM assessment_investigation i
"""


@dataclass(frozen=True, slots=True)
class InquiryRow:
    """An investigation: its question, and its outcome once there is a finding."""

    id: int
    reference: str
    customer_id: int | None
    application_id: int | None
    question: str
    recorded_at: datetime
    recorded_by: str
    outcome: str


@dataclass(frozen=True, slots=True)
class _Step:
    id: int
    kind: str
    outcome: str
    body: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of an investigation: what was done, and where it is from."""

    id: int
    kind: str
    outcome: str
    text: str
    source: str
    recorded_at: datetime
    recorded_by: str


def inquiries_of(
    company_id: int, *, application_id: int | None, customer_id: int | None
) -> list[InquiryRow]:
    """Return the investigations of an application or a customer, latest first."""
    given = {
        "company_id": company_id, "customer_id": customer_id, "application_id": application_id,
    }  # fmt: skip
    return sql.fetch(InquiryRow, f"{_INQUIRIES} WHERE {ABOUT} ORDER BY i.id DESC", given)


def inquiry(company_id: int, reference: str) -> InquiryRow:
    """Return one investigation; NotFound for another company's."""
    row = sql.fetch_one(
        InquiryRow,
        f"{_INQUIRIES} WHERE i.company_id = %s AND i.reference = %s",
        [company_id, reference],
    )
    if row is None:
        raise NotFound("inquiry_unknown", "There is no such investigation")
    return row


def steps(company_id: int, inquiry_id: int) -> Sequence[StepRow]:
    """Return the steps of an investigation, first to last."""
    rows = sql.fetch(
        _Step,
        """SELECT id, kind, outcome, body::text, recorded_at, recorded_by
             FROM assessment_investigationstep
            WHERE company_id = %s AND investigation_id = %s ORDER BY id""",
        [company_id, inquiry_id],
    )
    return [_step(one) for one in rows]


def _step(row: _Step) -> StepRow:
    body = json.loads(row.body)
    return StepRow(
        row.id, row.kind, row.outcome, str(body.get("text", "")), str(body.get("source", "")),
        row.recorded_at, row.recorded_by,
    )  # fmt: skip
