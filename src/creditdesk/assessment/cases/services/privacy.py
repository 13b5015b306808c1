"""Blank what applicants gave, once no clock of a notice runs and no duty keeps it."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db.models import QuerySet

from creditdesk.assessment.cases.models import Application, Ask, Condition, Decision
from creditdesk.assessment.notices import rules as clocks
from creditdesk.assessment.notices.models import Notice, Request
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part
from creditdesk.controls.privacy.services.redacting import redact

TABLE: Final = "assessment_decision"
WHAT: Final = "applications"


def erase_personal(case: Case) -> Part:
    """Blank a customer's applications that have ended; say how many a clock still keeps."""
    if case.subject.kind != "customer":
        return Part(())
    mine = _standing(case).filter(party_id=case.subject.id)
    kept, free = _parted(case, mine)
    values = frozenset(
        value for row in mine.filter(id__in=free) for value in (row.name, *row.data.values())
    )
    lines = [Line(WHAT, _blank(case, free))]
    if kept:
        source = clocks.RETENTIONS[-1].source
        lines.append(Line(WHAT, len(kept), kept=True, reason="law", source=source))
    return Part(tuple(lines), values=values)


def retain(case: Case) -> tuple[Line, ...]:
    """Blank applications that ended without an account once their papers need not be kept."""
    ended = _standing(case).filter(state__in=("declined", "expired", "withdrawn"))
    _, free = _parted(case, ended.exclude(party_id__in=case.held))
    return (Line(WHAT, _blank(case, free)),)


def _standing(case: Case) -> QuerySet[Application]:
    return Application.objects.filter(company_id=case.actor.company_id).exclude(name=ERASED)


def _parted(case: Case, rows: QuerySet[Application]) -> tuple[list[int], list[int]]:
    """Return the ids of applications that must be kept today, and of those that need not."""
    today = case.actor.today
    asked = set(Request.objects.filter(application__in=rows).values_list("application", flat=True))
    noticed: dict[int, date] = {}
    for one in Notice.objects.filter(application__in=rows).order_by("id"):
        noticed[one.application_id] = one.noticed_on
    kept: list[int] = []
    free: list[int] = []
    for row in rows:
        last = noticed.get(row.id, row.ended_on)
        if row.ended_on is None or last is None:
            kept.append(row.id)
            continue
        until = clocks.kept_until(last, has_asked=row.id in asked)
        (kept if today <= until else free).append(row.id)
    return kept, free


def _blank(case: Case, ids: list[int]) -> int:
    if not ids:
        return 0
    Ask.objects.filter(application_id__in=ids).update(
        recipient=ERASED, recipient_name="", answer={}, state="withdrawn"
    )
    Request.objects.filter(application_id__in=ids).update(text=ERASED, note=ERASED)
    Condition.objects.filter(decision__application_id__in=ids).update(text="", note="")
    decisions = Decision.objects.filter(application_id__in=ids).exclude(inputs__has_key="erased")
    redact(
        case.actor.company_id, TABLE, list(decisions.order_by("id").values_list("id", flat=True)),
        erasure_id=case.erasure_id, at=case.actor.at,
    )  # fmt: skip
    return Application.objects.filter(id__in=ids).update(name=ERASED, email="", data={})
