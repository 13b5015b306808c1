"""Blank a customer's statements and assessments past the years of letters."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Model, Q, QuerySet

from creditdesk.assessment.evidence.models import OpeningTrace, ScreeningMark
from creditdesk.assessment.evidence.services.signals import forget_traces
from creditdesk.assessment.models import (
    Assessment,
    EvidenceReport,
    FinancialStatement,
    Investigation,
    InvestigationStep,
    OpeningSignal,
    ScreeningHit,
    ScreeningReview,
    SignalAnswer,
)
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import Line, Part
from creditdesk.controls.privacy.services.redacting import redact

KEPT: tuple[tuple[type[Model], str, str], ...] = (
    (FinancialStatement, "assessment_financialstatement", "items"),
    (Assessment, "assessment_assessment", "inputs"),
    (EvidenceReport, "assessment_evidencereport", "facts"),
    (ScreeningHit, "assessment_screeninghit", "body"),
    (ScreeningReview, "assessment_screeningreview", "body"),
    (Investigation, "assessment_investigation", "body"),
    (InvestigationStep, "assessment_investigationstep", "body"),
    (OpeningSignal, "assessment_openingsignal", "body"),
    (SignalAnswer, "assessment_signalanswer", "body"),
)
# By which way a row leads to its customer, where it does not name one itself.
OF: dict[type[Model], str] = {
    ScreeningReview: "hit__customer_id",
    InvestigationStep: "investigation__customer_id",
    SignalAnswer: "signal__customer_id",
}


def erase_personal(case: Case) -> Part:
    """Erase figures of statements and assessments that no duty keeps; say how many one does."""
    if case.subject.kind != "customer":
        return Part(())
    rule = rules.retention(case.country, "letters", case.actor.today)
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    count, young, latest = 0, 0, None
    for model, table, column in KEPT:
        mine = _standing(case, model, column).filter(**{_owner(model): case.subject.id})
        kept = mine.filter(recorded_at__gte=since)
        young += kept.count()
        moment = kept.aggregate(latest=Max("recorded_at"))["latest"]
        latest = max(filter(None, (latest, moment)), default=None)
        count += _blank(case, table, mine.filter(recorded_at__lt=since))
    for brief in (OpeningTrace, ScreeningMark):
        brief.objects.filter(company_id=case.actor.company_id, customer_id=case.subject.id).delete()
    until = rules.kept_until(rule, latest.date()) if latest else None
    line = Line("financials", young, kept=True, reason="law", until=until, source=rule.source)
    return Part((Line("financials", count), line))


def retain(case: Case) -> tuple[Line, ...]:
    """Erase figures of statements and assessments older than business letters are kept."""
    since = rules.first_kept_moment(case.country, "letters", case.actor.today)
    count = 0
    for model, table, column in KEPT:
        old = _standing(case, model, column).filter(recorded_at__lt=since)
        # Rows of an application without a customer have nobody whose account could be held.
        held = Q(**{f"{_owner(model)}__in": list(case.held)})
        count += _blank(case, table, old.filter(~held | Q(**{f"{_owner(model)}__isnull": True})))
    forget_traces(case.actor)
    return (Line("financials", count),)


def _owner(model: type[Model]) -> str:
    return OF.get(model, "customer_id")


def _standing(case: Case, model: type[Model], column: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.filter(company_id=case.actor.company_id)  # noqa: SLF001 - documented API
    return rows.exclude(**{f"{column}__has_key": "erased"})


def _blank(case: Case, table: str, rows: QuerySet[Any]) -> int:
    ids = list(rows.order_by("id").values_list("id", flat=True))
    return redact(case.actor.company_id, table, ids, erasure_id=case.erasure_id, at=case.actor.at)
