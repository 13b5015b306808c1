"""What newer reports say that is different from the last of the same source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.assessment.evidence.rules.readings import Facts, from_data
from creditdesk.monitoring.alerts.rules import Reported
from creditdesk.monitoring.alerts.services import BureauChange
from creditdesk.plumbing import sql

_LAST: Final = """
    SELECT DISTINCT ON (customer_id, source) customer_id, source, reported_on, facts::text AS facts
      FROM assessment_evidencereport
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s) AND source = ANY(%(sources)s)
     ORDER BY customer_id, source, reported_on DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class _Last:
    customer_id: int
    source: str
    reported_on: date
    facts: str


def found(company_id: int, new: Sequence[tuple[int, Facts, date]]) -> list[BureauChange]:
    """Return reports that are about to be kept beside the last of their customer and source.

    One that is older than what is kept already says nothing new.
    """
    if not new:
        return []
    last = _last(company_id, new)
    compared = []
    for customer_id, facts, on in sorted(new, key=lambda one: one[2]):
        before, since = last.get((customer_id, facts.source), (Reported(), date.min))
        if on < since:
            continue
        now = _reported(facts)
        compared.append(
            BureauChange(
                customer_id=customer_id, source=facts.source, reported_on=on, before=before, now=now
            )
        )
        last[(customer_id, facts.source)] = (now, on)
    return compared


def _last(
    company_id: int, new: Sequence[tuple[int, Facts, date]]
) -> dict[tuple[int, str], tuple[Reported, date]]:
    rows = sql.fetch(
        _Last,
        _LAST,
        {
            "company_id": company_id,
            "ids": sorted({customer_id for customer_id, _, _ in new}),
            "sources": sorted({facts.source for _, facts, _ in new}),
        },
    )
    return {
        (one.customer_id, one.source): (
            _reported(from_data(json.loads(one.facts), source=one.source)),
            one.reported_on,
        )
        for one in rows
    }


def _reported(facts: Facts) -> Reported:
    return Reported(
        score=facts.score,
        grade=facts.grade,
        status=facts.status,
        is_active=facts.is_active,
        is_insolvent=facts.is_insolvent,
    )
