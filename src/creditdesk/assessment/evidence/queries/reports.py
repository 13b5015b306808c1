"""Kept reports of bureaus and registers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditdesk.assessment.evidence.rules.readings import Facts, from_data
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

_COLUMNS: Final = """
    id, customer_id, application_id, source, outcome, identifier::text AS identifier,
    facts::text AS facts, cost_minor, currency, reported_on, expires_on, recorded_at, recorded_by
"""
ABOUT: Final = """
    company_id = %(company_id)s
    AND (customer_id = %(customer_id)s::bigint OR application_id = %(application_id)s::bigint)
"""


@dataclass(frozen=True, slots=True)
class _Report:
    id: int
    customer_id: int | None
    application_id: int | None
    source: str
    outcome: str
    identifier: str
    facts: str
    cost_minor: int
    currency: str
    reported_on: date
    expires_on: date
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as it was read, and whether it still counts on the day that was asked about."""

    id: int
    customer_id: int | None
    application_id: int | None
    source: str
    facts: Facts
    identifier: str
    cost_minor: int
    currency: str
    reported_on: date
    expires_on: date
    recorded_at: datetime
    recorded_by: str
    is_expired: bool


def latest_reports(
    company_id: int, *, application_id: int | None, customer_id: int | None, on: date
) -> list[ReportRow]:
    """Return the last report of each source about an application or a customer, latest first."""
    rows = sql.fetch(
        _Report,
        f"""SELECT * FROM (SELECT DISTINCT ON (source) {_COLUMNS}
                FROM assessment_evidencereport WHERE {ABOUT}
               ORDER BY source, id DESC) AS latest ORDER BY id DESC""",
        {"company_id": company_id, "customer_id": customer_id, "application_id": application_id},
    )
    return [_row(one, on) for one in rows]


def every_report(
    company_id: int, *, application_id: int | None, customer_id: int | None, on: date
) -> list[ReportRow]:
    """Return every report about an application or a customer, latest first."""
    rows = sql.fetch(
        _Report,
        f"SELECT {_COLUMNS} FROM assessment_evidencereport WHERE {ABOUT} ORDER BY id DESC",
        {"company_id": company_id, "customer_id": customer_id, "application_id": application_id},
    )
    return [_row(one, on) for one in rows]


def report(company_id: int, report_id: int, *, on: date) -> ReportRow:
    """Return one report; NotFound for another company's."""
    row = sql.fetch_one(
        _Report,
        f"SELECT {_COLUMNS} FROM assessment_evidencereport WHERE company_id = %s AND id = %s",
        [company_id, report_id],
    )
    if row is None:
        raise NotFound("report_unknown", "There is no such report")
    return _row(row, on)


def answer_of(company_id: int, report_id: int) -> str:
    """Return what came from the source, as it came; an empty text once erased."""
    found = sql.scalar(
        "SELECT answer ->> 'text' FROM assessment_evidencereport WHERE company_id = %s AND id = %s",
        [company_id, report_id],
    )
    return str(found or "")


def _row(row: _Report, on: date) -> ReportRow:
    asked = json.loads(row.identifier)
    return ReportRow(
        row.id, row.customer_id, row.application_id, row.source,
        from_data(json.loads(row.facts), source=row.source), str(asked.get("value", "")),
        row.cost_minor, row.currency, row.reported_on, row.expires_on, row.recorded_at,
        row.recorded_by, row.expires_on < on,
    )  # fmt: skip
