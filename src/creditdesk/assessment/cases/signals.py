"""What evidence says of an applicant: its sentences, and which of it stops automatic approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Signal:
    """Something found in evidence: its code, a sentence, and whether a person must look."""

    code: str
    sentence: str
    stops_automatic: bool


def found(
    company_id: int,  # noqa: ARG001 - evidence is gathered by a room of its own
    *,
    application_id: int | None,  # noqa: ARG001 - as above
    customer_id: int | None,  # noqa: ARG001 - as above
    on: date,  # noqa: ARG001 - as above
) -> tuple[Signal, ...]:
    """Return what was found of an applicant."""
    return ()
