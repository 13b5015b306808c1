"""Whom an application is by, as a report may name it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from creditdesk.plumbing import sql

APPLICANTS: Final = """
    SELECT id, reference, name, coalesce(data ->> 'country', '') AS country
      FROM assessment_application WHERE company_id = %s AND reference = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class ApplicantRow:
    """An application and whom it is by."""

    id: int
    reference: str
    name: str
    country: str


def applicants(company_id: int, references: Collection[str]) -> dict[str, ApplicantRow]:
    """Return the applications among the references, each by its own."""
    if not references:
        return {}
    rows = sql.fetch(ApplicantRow, APPLICANTS, [company_id, sql.array(sorted(references))])
    return {row.reference: row for row in rows}
