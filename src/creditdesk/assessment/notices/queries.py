"""Notices given, what applicants asked for afterwards, and how their clocks stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.assessment.cases.queries import ApplicationRow
from creditdesk.assessment.notices import rules
from creditdesk.assessment.notices.rules import Deadline
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as it left; without a message it was for the post, or refused by the gate."""

    id: int
    application_id: int
    decision_id: int
    kind: str
    language: str
    reasons: Sequence[str]
    message_id: int | None
    file_id: int
    noticed_on: date
    recorded_by: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Reasons asked for in writing, or an objection, and what came of it."""

    id: int
    application_id: int
    kind: str
    text: str
    asked_on: date
    due_on: date
    settled_on: date | None
    settled_by: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class _Raw:
    id: int
    application_id: int
    decision_id: int
    kind: str
    language: str
    reasons: str
    message_id: int | None
    file_id: int
    noticed_on: date
    recorded_by: str


_NOTICE: Final = """
    SELECT id, application_id, decision_id, kind, language, reasons::text, message_id, file_id,
           noticed_on, recorded_by
      FROM assessment_notice WHERE company_id = %s
"""
_REQUEST: Final = """
    SELECT id, application_id, kind, text, asked_on, due_on, settled_on, settled_by, outcome, note
      FROM assessment_request WHERE company_id = %s AND application_id = %s ORDER BY id
"""


def notices(company_id: int, application_id: int) -> list[NoticeRow]:
    """Return the notices of an application, the last first."""
    rows = sql.fetch(
        _Raw, f"{_NOTICE} AND application_id = %s ORDER BY id DESC", [company_id, application_id]
    )
    return [_notice(row) for row in rows]


def notice(company_id: int, notice_id: int) -> NoticeRow:
    """Return one notice; NotFound for another company's."""
    row = sql.fetch_one(_Raw, f"{_NOTICE} AND id = %s", [company_id, notice_id])
    if row is None:
        raise NotFound("notice_unknown", "There is no such notice")
    return _notice(row)


def _notice(row: _Raw) -> NoticeRow:
    return NoticeRow(
        row.id, row.application_id, row.decision_id, row.kind, row.language,
        json.loads(row.reasons), row.message_id, row.file_id, row.noticed_on, row.recorded_by,
    )  # fmt: skip


def requests(company_id: int, application_id: int) -> list[RequestRow]:
    """Return what the applicant asked for after a decision, in order."""
    return sql.fetch(RequestRow, _REQUEST, [company_id, application_id])


def deadlines(of: ApplicationRow, today: date) -> list[Deadline]:
    """Return the clocks that run, or ran, for an application."""
    given = notices(of.company_id, of.id)
    found = []
    told_on = of.decided_on if of.state != "withdrawn" else of.ended_on
    if of.complete_on is not None:
        found.append(rules.deadline("outcome", of.complete_on, today, met_on=told_on))
    elif of.submitted_on is not None and of.is_open:
        found.append(rules.deadline("incomplete", of.submitted_on, today, met_on=_asked_on(of)))
    offered = next((one for one in given if one.kind == "counter_offer"), None)
    if offered is not None and of.state in ("counter_offer", "expired"):
        # Ours is a combined notice: the reasons stand in it, so that nothing more is due.
        met_on = offered.noticed_on if offered.reasons else None
        found.append(rules.deadline("counter_offer", offered.noticed_on, today, met_on=met_on))
    for one in requests(of.company_id, of.id):
        code: rules.ClockCode = "objection" if one.kind == "objection" else "reasons_answer"
        found.append(rules.deadline(code, one.asked_on, today, met_on=one.settled_on))
    return found


def _asked_on(of: ApplicationRow) -> date | None:
    """Return when the applicant was told what is missing."""
    asked: date | None = sql.scalar(
        "SELECT min(asked_on) FROM assessment_ask WHERE application_id = %s AND kind = 'documents'",
        [of.id],
    )
    return asked
