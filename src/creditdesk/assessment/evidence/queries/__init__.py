"""Everything that speaks for or against somebody, beside their statements: one call for a case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.assessment.evidence import wording
from creditdesk.assessment.evidence.queries.reports import ReportRow, latest_reports
from creditdesk.assessment.evidence.queries.screening import HitRow, hits
from creditdesk.assessment.evidence.queries.signals import SignalRow, raised
from creditdesk.assessment.evidence.rules.readings import signals_of
from creditdesk.assessment.evidence.rules.signals import Raised, Severity

__all__ = ["Evidence", "HitRow", "ReportRow", "Signal", "SignalRow", "evidence_of"]


@dataclass(frozen=True, slots=True)
class Signal:
    """What speaks against somebody: as a sentence of the reader, and whether it stops a machine."""

    code: str
    severity: Severity
    sentence: str
    stops_automatic: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of somebody from outside, on a day: the latest first."""

    reports: Sequence[ReportRow]
    hits: Sequence[HitRow]
    signals: Sequence[Signal]

    @property
    def stops_automatic(self) -> bool:
        """Whether a person must decide."""
        return any(one.stops_automatic for one in self.signals)


def evidence_of(
    company_id: int, *, application_id: int | None, customer_id: int | None, as_of: date
) -> Evidence:
    """Return what is kept of an application, of a customer, or of both, in three questions.

    Reports are the last of each source; those that expired by `as_of` say so and signal nothing.
    Signals that were answered, and hits that were cleared, do not count any more.
    """
    found = latest_reports(
        company_id, application_id=application_id, customer_id=customer_id, on=as_of
    )
    near = hits(company_id, application_id=application_id, customer_id=customer_id)
    opened = raised(company_id, application_id=application_id, customer_id=customer_id)
    told = [
        *(one.raised for one in opened if not one.is_answered),
        *(each for one in found if not one.is_expired for each in signals_of(one.facts)),
        *_of_hits(near),
    ]
    return Evidence(found, near, [_said(one) for one in dict.fromkeys(map(_hashable, told))])


def _of_hits(near: Sequence[HitRow]) -> Iterator[Raised]:
    for one in near:
        params = {"source": one.source, "name": one.listed_name}
        if one.verdict == "confirmed":
            yield Raised("hit_confirmed", params)
        elif one.verdict != "cleared":
            yield Raised("hit_open", params)


def _hashable(one: Raised) -> tuple[str, tuple[tuple[str, str], ...]]:
    return one.code, tuple(sorted(one.params.items()))


def _said(one: tuple[str, tuple[tuple[str, str], ...]]) -> Signal:
    found = Raised(one[0], dict(one[1]))
    sentence = wording.signal(found.code, found.params)
    return Signal(found.code, found.severity, sentence, found.stops_automatic)
