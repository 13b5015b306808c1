"""What evidence says of an applicant: its sentences, and which of it stops automatic approval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.assessment.evidence import queries as evidence
from creditdesk.assessment.evidence.queries import Evidence, Signal

__all__ = ["Evidence", "Signal", "evidence_on", "found"]


def evidence_on(
    company_id: int, *, application_id: int, customer_id: int | None, on: date
) -> Evidence:
    """Return reports, hits on lists and signals of an application, and of its customer if any."""
    return evidence.evidence_of(
        company_id, application_id=application_id, customer_id=customer_id, as_of=on
    )


def found(
    company_id: int, *, application_id: int, customer_id: int | None, on: date
) -> Sequence[Signal]:
    """Return what speaks against an applicant."""
    about = evidence_on(company_id, application_id=application_id, customer_id=customer_id, on=on)
    return about.signals
